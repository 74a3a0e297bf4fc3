import type { Runtime } from '../../local/runtime';
import type { NumberedPush } from '../../handlers/chat/protocol/pushes';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';

const PATIENCE = { timeout: 20_000, interval: 50 };

let runtime: Runtime;
let deployed: Deployed;
beforeAll(async () => {
  runtime = await startTestRuntime();
  deployed = new Deployed(runtime.endpoint);
}, 120_000);
afterAll(async () => {
  deployed.close();
  await runtime.close();
});

/** Sends a command and gives its reply. */
/** Opens a connection of somebody who keeps an identity over reconnects. */
async function comeAs(name: string, room = 'lobby'): Promise<ChatClient> {
  const address = `${runtime.url}?name=${name}&room=${encodeURIComponent(room)}`;
  return connect(address, { protocols: ['parley.v1', `guest.secret-of-${name}`] });
}

async function say(client: ChatClient, room: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    expect(await client.ask('sendMessage', { room, message: `said ${index}` })).toMatchObject({
      ok: true,
    });
  }
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('S0, only what changed: coming back with position 40 where the head is 45 gives exactly 41 to 45, and what comes then is pushed', async () => {
  const room = 'recovered';
  const george = await comeAs('George', room);
  const elaine = await comeAs('Elaine', room);
  await say(elaine, room, 40);
  const { epoch } = await elaine.ask('history', { room, limit: 1 });
  george.kill();
  await george.closed;
  await say(elaine, room, 5);

  // By another door: the room is entered by resuming it.
  const again = await comeAs('George');
  const { rooms } = await again.ask('resume', { rooms: { [room]: { epoch, seq: 40 } } });
  const answer = (rooms as Record<string, { messages: NumberedPush[] }>)[room]!;
  expect(answer).toMatchObject({ recovered: true, seq: 45, more: false });
  expect(answer.messages.map(({ seq }) => seq)).toEqual([41, 42, 43, 44, 45]);
  await say(elaine, room, 1);
  await again.next({ type: 'message', room, seq: 46 });
}, 120_000);

test('S0, erased after a time: a room that keeps messages for some seconds leaves tombstones of them, and their words are read nowhere', async () => {
  const pool = new UserPool(runtime);
  await pool.add('George');
  const headers = { Authorization: `Bearer ${await pool.signIn('George')}` };
  pool.close();
  const george = await connect(runtime.url, { headers });
  const created = await george.ask('createRoom', { name: 'forgetful', retentionSeconds: 6 });
  const { roomId, epoch } = created;
  await say(george, 'forgetful', 2);
  const before = await george.ask('history', { roomId });
  expect(before.messages).toMatchObject([{ message: 'said 0' }, { message: 'said 1' }]);
  await eventually(async () => {
    const after = await george.ask('history', { roomId });
    expect(after.messages).toMatchObject([
      { type: 'tombstone', reason: 'expired', seq: 1 },
      { type: 'tombstone', reason: 'expired', seq: 2 },
    ]);
    expect(JSON.stringify(after)).not.toContain('said');
  }, PATIENCE);
  const { rooms } = await george.ask('resume', { rooms: { forgetful: { epoch, seq: 0 } } });
  expect(rooms).toEqual({ forgetful: { recovered: false, reason: 'retention', roomId, epoch, seq: 2 } });
}, 120_000);

test('a message that was edited and then deleted is read nowhere any more, not in the rows either', async () => {
  const room = 'regrets';
  const george = await comeAs('George', room);
  const { messageId } = await george.ask('sendMessage', { room, message: 'a rash word' });
  await george.ask('editMessage', { messageId, message: 'a rash word, mended' });
  const shown = await george.ask('history', { room });
  expect(JSON.stringify(shown)).toContain('mended');
  expect(await george.ask('deleteMessage', { messageId })).toMatchObject({ ok: true, seq: 3 });
  await eventually(async () => {
    const rows = (await deployed.rows('ChatHistory')).filter(({ roomId }) => roomId === shown.roomId);
    expect(rows.map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
    expect(JSON.stringify(rows)).not.toContain('rash');
  }, PATIENCE);
  const { messages } = await george.ask('history', { room });
  expect(messages).toMatchObject([
    { type: 'tombstone', reason: 'deleted', seq: 1 },
    { type: 'tombstone', reason: 'deleted', seq: 2 },
    { type: 'deleted', ref: messageId, seq: 3 },
  ]);
}, 120_000);

test('whoever joins while people talk is pushed everything above the position of the reply, and can page to all below', async () => {
  const room = 'busy';
  const talkers = await Promise.all(['Jerry', 'Kramer', 'Newman'].map((name) => comeAs(name, room)));
  let talking = true;
  const talk = Promise.all(
    talkers.map(async (talker) => {
      while (talking) await say(talker, room, 1);
    }),
  );
  const joiners: { client: ChatClient; position: number }[] = [];
  for (let index = 0; index < 12; index += 1) {
    const client = await comeAs(`Joiner${index}`);
    const joined = await client.ask('joinRoom', { room });
    expect(joined).toMatchObject({ ok: true });
    joiners.push({ client, position: Number(joined.seq) });
  }
  talking = false;
  await talk;
  const newest = await talkers[0]!.ask('history', { room, limit: 1 });
  const head = (newest.messages as NumberedPush[])[0]!.seq;
  expect(new Set(joiners.map(({ position }) => position)).size).toBeGreaterThan(3);
  for (const { client, position } of joiners) {
    await eventually(
      () => expect(pushedIn(client, room)).toEqual(expect.arrayContaining(numbers(position + 1, head))),
      PATIENCE,
    );
    const below: number[] = [];
    for (let before = position + 1, more = position > 0; more;) {
      const page = await client.ask('history', { room, before });
      below.unshift(...(page.messages as NumberedPush[]).map(({ seq }) => seq));
      before = below[0]!;
      more = page.more as boolean;
    }
    expect(below).toEqual(numbers(1, position));
  }
}, 120_000);

function pushedIn(client: ChatClient, room: string): number[] {
  return client.frames.flatMap((frame) =>
    typeof frame !== 'string' && frame.type === 'message' && frame.room === room ? [Number(frame.seq)] : [],
  );
}
