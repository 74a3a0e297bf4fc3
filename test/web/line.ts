import { connect, createServer, type Socket } from 'node:net';

/** A line to a server, which a test can cut and mend: a phone's network. */
export interface Line {
  /** The server's address, through this line. */
  readonly url: string;
  /** Ends all connections at once and lets none through until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function lineTo(serverUrl: string): Promise<Line> {
  const { hostname, port, pathname } = new URL(serverUrl);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The line has no port');
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    url: `ws://127.0.0.1:${address.port}${pathname}`,
    cut,
    mend: () => {
      isCut = false;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
