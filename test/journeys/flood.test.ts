import type { Runtime } from '../../local/runtime';
import { connect, UpgradeRefused, type ChatClient } from '../support/chat-client';
import { runFlood } from '../support/flood-run';
import { startTestRuntime } from '../support/runtime';

let runtime: Runtime;

beforeAll(async () => {
  runtime = await startTestRuntime({ context: { alerts: 'off', ...LIMITS } });
}, 120_000);
afterAll(() => runtime.close(), 30_000);

/** Small, so that it is the limit that holds a flood back and not a busy machine. */
const LIMITS = {
  messagesPerSecond: '1',
  messageBurst: '5',
  userMessagesPerSecond: '2',
  userMessageBurst: '10',
  userCommandsPerSecond: '1',
  userCommandBurst: '5',
  connectsPerMinute: '10',
};
const SECONDS = 3;
/** Of the messages that may pass in a time, this many can be on the other side of its ends. */
const AT_THE_ENDS = 2;

test.each([
  ['one connection', { connections: 1, perSecond: 15 }, { rate: 1, burst: 5 }],
  ['one person on ten connections', { connections: 10, perSecond: 20 }, { rate: 2, burst: 10 }],
])(
  'a flood from %s passes at the rate that is set, and the others lose nothing by it',
  async (_, flood, { rate, burst }) => {
    const run = await runFlood(runtime.url, { seconds: SECONDS, pace: 1000, flood });
    expect(run).toMatchObject({ failed: 0, lost: 0, doubled: 0 });
    // Counted until the last reply, which is all that is seen from here of when a frame was looked at.
    expect(run.accepted).toBeLessThanOrEqual(burst + (rate * run.floodedMs) / 1000 + AT_THE_ENDS);
    expect(run.accepted).toBeGreaterThanOrEqual(burst);
    expect(run.accepted + run.refused).toBe(flood.perSecond * SECONDS);
    expect(run.shortestRetryMs).toBeGreaterThanOrEqual(1);
    expect(Math.max(...run.deliveries)).toBeLessThan(30_000);
    await runtime.stateMachines.idle();
  },
  60_000,
);

test('commands from one person on ten connections pass at the rate that is set, and another is none of it', async () => {
  const asking = async (secret: string) =>
    connect(`${runtime.url}?room=asking`, { protocols: ['parley.v1', `guest.${secret}`] });
  const devices = await Promise.all(Array.from({ length: 10 }, () => asking('asks-for-much')));
  const other = await asking('asks-for-little');
  const began = performance.now();
  const replies: Record<string, unknown>[] = [];
  for (const id of [1, 2, 3]) {
    const ask = (device: ChatClient) => {
      device.send({ action: 'history', id, room: 'asking' });
      return device.next({ id }, 30_000);
    };
    replies.push(...(await Promise.all(devices.map(ask))));
  }
  const seconds = (performance.now() - began) / 1000;
  const [accepted, refused] = [true, false].map((ok) => replies.filter((reply) => reply.ok === ok));
  expect(accepted!.length).toBeGreaterThanOrEqual(5);
  expect(accepted!.length).toBeLessThanOrEqual(5 + seconds + AT_THE_ENDS);
  expect(accepted!.length + refused!.length).toBe(30);
  for (const reply of refused!) {
    expect(reply).toMatchObject({ error: { name: 'too_many_requests', temporary: true } });
  }
  other.send({ action: 'history', id: 'mine', room: 'asking' });
  expect(await other.next({ id: 'mine' })).toMatchObject({ ok: true });
  for (const client of [...devices, other]) client.kill();
}, 60_000);

test('a frame that is sent again when its refusal said so is accepted', async () => {
  const client = await connect(`${runtime.url}?name=Patient&room=patience`);
  const say = (id: string) => {
    client.send({ action: 'sendMessage', id, message: 'hi' });
    return client.next({ id }, 30_000);
  };
  for (let n = 0; n < 10; n += 1) client.send({ action: 'sendMessage', message: 'hi' });
  for (let n = 0; n < 10; n += 1) await client.next((frame) => typeof frame === 'object' && 'ok' in frame);
  // One at a time from here on, so that nothing else can use up what the wait is for.
  let refused = await say('0');
  for (let n = 1; refused.ok === true; n += 1) refused = await say(`${n}`);
  const { error } = refused as { error: { retryAfterMs: number } };
  expect(error).toMatchObject({ name: 'too_many_requests', temporary: true });
  await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
  expect(await say('again')).toMatchObject({ ok: true });
  client.kill();
}, 60_000);

test('a person who connects too often is answered with 429, and another is not', async () => {
  const protocols = ['parley.v1', 'guest.comes-and-goes'];
  const attempts = await Promise.allSettled(
    Array.from({ length: 20 }, () => connect(runtime.url, { protocols })),
  );
  const refused = attempts.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  for (const one of attempts) if (one.status === 'fulfilled') one.value.kill();
  expect(refused.length).toBeGreaterThanOrEqual(5);
  for (const reason of refused) expect(reason).toEqual(new UpgradeRefused(429));
  (await connect(runtime.url, { protocols: ['parley.v1', 'guest.somebody-else'] })).kill();
}, 30_000);
