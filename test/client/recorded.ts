import { ParleyClient, type ClientOptions } from '../../client';
import type { OwnEvent } from '../../client/events';
import type { NumberedPush } from '../../handlers/chat/protocol/pushes';
import { FakeServer } from './fake-server';
import { ManualTime } from './manual-time';

/** What a client told, as it came. */
export interface Recorded {
  readonly client: ParleyClient;
  readonly messages: NumberedPush[];
  readonly recoveries: Extract<OwnEvent, { type: 'recovery' }>[];
  readonly others: OwnEvent[];
  /** The numbers delivered from one room. */
  readonly seqs: (roomId?: string) => number[];
}

export function recorded(options: ClientOptions): Recorded {
  const client = new ParleyClient(options);
  const messages: NumberedPush[] = [];
  const recoveries: Recorded['recoveries'] = [];
  const others: OwnEvent[] = [];
  for (const type of ['message', 'edited', 'deleted', 'tombstone'] as const) {
    client.on(type, (push) => messages.push(push));
  }
  for (const type of ['connected', 'disconnected', 'ended', 'accepted', 'unsendable', 'unkept'] as const) {
    client.on(type, (event) => others.push(event));
  }
  client.on('recovery', (event) => recoveries.push(event));
  const seqs = (roomId = 'lobby') => messages.filter((push) => push.roomId === roomId).map(({ seq }) => seq);
  return { client, messages, recoveries, others, seqs };
}

/** A fake server, and clients of it, in time that a test lets pass. */
export function world(seed = 1) {
  const time = new ManualTime();
  const server = new FakeServer(time, { seed });
  let random = seed;
  const client = (options: Partial<ClientOptions> = {}) =>
    recorded({
      url: 'ws://fake/dev',
      guest: { name: 'George' },
      WebSocket: server.WebSocket,
      time,
      random: () => (random = (random * 16807) % 2147483647) / 2147483647,
      ...options,
    });
  return { time, server, client };
}

/** George, connected a moment ago, and his world. */
export async function connected(options: Partial<ClientOptions> = {}) {
  const { time, server, client } = world();
  const { client: george, ...heard } = client(options);
  george.start();
  await time.pass(100);
  return { time, server, george, ...heard };
}

export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
