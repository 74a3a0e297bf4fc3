import { connect, type ChatClient } from './chat-client';

export interface Contention {
  readonly connections: number;
  /** Messages that all connections together send a second. */
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Contended {
  readonly sent: number;
  /** Numbers given, in no order. */
  readonly numbers: readonly number[];
  /** Refusals by name; `gateway` where the gateway answered for a function that did not. */
  readonly refused: Readonly<Record<string, number>>;
  /** From when a message was due to its `ok`, in milliseconds. */
  readonly replies: readonly number[];
  /** How many were accepted a second. */
  readonly rate: number;
}

/** How long one reply is waited for, in milliseconds: a machine that many share can be far behind. */
const PATIENCE = 60_000;

/**
 * So many connections write into one room at a steady pace. As the client library does, each waits for its reply
 * before it sends the next, and sends again what was refused for a time, under the same id; who is late catches up.
 */
export async function contend(url: string, load: Contention): Promise<Contended> {
  const room = `contended-${Math.random().toString(36).slice(2)}`;
  const names = Array.from({ length: load.connections }, (_, index) => `sender-${index}`);
  const clients = await Promise.all(names.map((name) => connect(`${url}?name=${name}&room=${room}`)));
  const each = Math.round((load.perSecond * load.seconds) / load.connections);
  const gap = 1000 / load.perSecond;
  const numbers: number[] = [];
  const replies: number[] = [];
  const refused: Record<string, number> = {};
  const start = performance.now();
  const write = async (client: ChatClient, index: number) => {
    for (let count = 0; count < each; count += 1) {
      const due = start + (count * load.connections + index) * gap;
      await pause(due - performance.now());
      const frame = { action: 'sendMessage', message: 'contended', clientMessageId: String(count) };
      for (;;) {
        client.send(frame);
        const reply = await client.next((one) => typeof one !== 'string' && one.type === undefined, PATIENCE);
        if (reply.ok === true) {
          numbers.push(Number(reply.seq));
          replies.push(performance.now() - due);
          break;
        }
        const { name, retryAfterMs = 1000 } = (reply.error ?? { name: 'gateway' }) as Refusal;
        refused[name] = (refused[name] ?? 0) + 1;
        await pause(retryAfterMs);
      }
    }
  };
  try {
    await Promise.all(clients.map(write));
  } finally {
    for (const client of clients) client.kill();
  }
  const sent = each * load.connections;
  return { sent, numbers, refused, replies, rate: (1000 * sent) / (performance.now() - start) };
}

interface Refusal {
  readonly name: string;
  readonly retryAfterMs?: number;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
