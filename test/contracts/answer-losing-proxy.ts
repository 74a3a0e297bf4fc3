import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AnswerLosingProxy {
  readonly url: string;
  /** The next request of this action (e.g. `PutItem`) is carried out, and its answer lost. */
  loseNext(action: string): void;
  /** The next request of this action waits until this is done. */
  before(action: string, work: () => Promise<unknown>): void;
  /** Requests of an action that were carried out. */
  carriedOut(action: string): number;
  close(): Promise<void>;
}

/** Stands between an AWS SDK and an endpoint, and cuts the connection after the effect, before the answer. */
export async function startAnswerLosingProxy(target: string): Promise<AnswerLosingProxy> {
  const losing: string[] = [];
  const done: string[] = [];
  const before = new Map<string, () => Promise<unknown>>();
  const server = createServer((incoming, outgoing) => {
    const action = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const { method, headers, url = '/' } = incoming;
    const forwarded = request(new URL(url, target), { method, headers }, (answer) => {
      done.push(action);
      const index = losing.indexOf(action);
      if (index >= 0) {
        losing.splice(index, 1);
        answer.resume();
        answer.once('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    const first = before.get(action);
    before.delete(action);
    void (first?.() ?? Promise.resolve()).then(() => incoming.pipe(forwarded));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    loseNext: (action) => void losing.push(action),
    before: (action, work) => void before.set(action, work),
    carriedOut: (action) => done.filter((one) => one === action).length,
    close: async () => {
      if (losing.length > 0) throw new Error(`There was no answer to lose of ${losing.join(', ')}`);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
