import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ChatClient, type Frame } from './chat-client';

/** The limits of messages as the settings have them by default, for runtimes of tests. */
export const LIMITS_AS_SET = {
  messagesPerSecond: '5',
  messageBurst: '20',
  userMessagesPerSecond: '10',
  userMessageBurst: '40',
} as const;

export interface Flood {
  /** Of one person: each connection sends at the same pace. */
  readonly connections: number;
  /** Frames a second, of all connections together. */
  readonly perSecond: number;
}

export interface FloodRun {
  /** Frames of the flood that were accepted and that were refused as too many; any other reply is a failure. */
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
  /** From the first frame of the flood to the reply to its last one, in milliseconds. */
  readonly floodedMs: number;
  /** The shortest wait that a refusal named, in milliseconds. */
  readonly shortestRetryMs: number;
  /** From a frame of the others to its push at each of them, in milliseconds. */
  readonly deliveries: readonly number[];
  /** Pushes of the others that never came, and those that came twice. */
  readonly lost: number;
  readonly doubled: number;
}

const OTHERS = 5;
const PATIENCE = 30_000;
let runs = 0;

/** Five people talk in a room, a message every `pace` milliseconds, while somebody floods another room, with `flood`. */
export async function runFlood(
  url: string,
  { seconds, pace = 500, flood }: { seconds: number; pace?: number; flood?: Flood | undefined },
): Promise<FloodRun> {
  const run = (runs += 1);
  const others = await Promise.all(
    Array.from({ length: OTHERS }, (_, index) => connect(`${url}?name=other-${index}&room=office-${run}`)),
  );
  const protocols = ['parley.v1', `guest.flood-of-run-${run}`];
  const flooders = await Promise.all(
    Array.from({ length: flood?.connections ?? 0 }, () =>
      connect(`${url}?name=flood&room=flood-${run}`, { protocols }),
    ),
  );
  const [calm, storm] = await Promise.all([
    talk(others, { seconds, pace }),
    flood === undefined ? undefined : pour(flooders, flood.perSecond, seconds),
  ]);
  for (const client of [...others, ...flooders]) client.kill();
  return { ...calm, ...(storm ?? { accepted: 0, refused: 0, failed: 0, floodedMs: 0, shortestRetryMs: 0 }) };
}

/** Frames that came after the first of them, by the time of their arrival. */
function listen(client: ChatClient): { frame: Frame; at: number }[] {
  const heard: { frame: Frame; at: number }[] = [];
  client.socket.on('message', () => heard.push({ frame: client.frames.at(-1)!, at: performance.now() }));
  return heard;
}

async function talk(others: readonly ChatClient[], { seconds, pace }: { seconds: number; pace: number }) {
  const heard = others.map(listen);
  const sent = new Map<string, number>();
  const began = performance.now();
  for (let n = 0; n < (seconds * 1000) / pace; n += 1) {
    await pause(Math.max(0, began + n * pace - performance.now()));
    sent.set(`said ${n}`, performance.now());
    others[n % others.length]!.send({ action: 'sendMessage', message: `said ${n}`, echo: true });
  }
  const pushes = () =>
    heard.flatMap((frames) =>
      frames.filter(({ frame }) => typeof frame === 'object' && frame.type === 'message'),
    );
  const wanted = sent.size * others.length;
  const deadline = performance.now() + PATIENCE;
  while (pushes().length < wanted && performance.now() < deadline) await pause(20);
  const deliveries: number[] = [];
  let distinct = 0;
  for (const frames of heard) {
    const seen = new Set<unknown>();
    for (const { frame, at } of frames) {
      if (typeof frame !== 'object' || frame.type !== 'message' || seen.has(frame.message)) continue;
      seen.add(frame.message);
      deliveries.push(at - sent.get(String(frame.message))!);
    }
    distinct += seen.size;
  }
  return { deliveries, lost: wanted - distinct, doubled: pushes().length - distinct };
}

async function pour(flooders: readonly ChatClient[], perSecond: number, seconds: number) {
  const heard = flooders.map(listen);
  const count = Math.round(perSecond * seconds);
  const began = performance.now();
  for (let n = 0; n < count; n += 1) {
    await pause(Math.max(0, began + (n * 1000) / perSecond - performance.now()));
    flooders[n % flooders.length]!.send({ action: 'sendMessage', id: n, message: 'flood' });
  }
  const replies = () => heard.flat().filter(({ frame }) => typeof frame === 'object' && 'ok' in frame);
  const deadline = performance.now() + PATIENCE;
  while (replies().length < count && performance.now() < deadline) await pause(20);
  const frames = replies().map(({ frame }) => frame as { ok: boolean; error?: Refusal });
  const refusals = frames.flatMap(({ error }) => (error?.name === 'too_many_requests' ? [error] : []));
  const accepted = frames.filter(({ ok }) => ok).length;
  return {
    accepted,
    refused: refusals.length,
    failed: count - accepted - refusals.length,
    floodedMs: Math.max(...replies().map(({ at }) => at)) - began,
    shortestRetryMs: Math.min(...refusals.map(({ retryAfterMs }) => retryAfterMs)),
  };
}

interface Refusal {
  readonly name: string;
  readonly retryAfterMs: number;
}
