import { newId } from '../../handlers/chat/ids';
import { audienceRows } from '../../handlers/chat/connections';
import { ERASED_USER } from '../../handlers/chat/personal-data/personal-rows';
import { recall } from '../../handlers/chat/recall/recall';
import { archiveMessage } from '../../handlers/chat/recall/history';
import { sentKey } from '../../handlers/chat/sending/dedupe';
import type { Message } from '../../handlers/chat/messages';
import { eraseFrom, type EraseResult } from '../../handlers/personal-data/erase-page';
import { revokeAccess } from '../../handlers/personal-data/revoke-access';
import { Unavailable } from '../support/memory/calls';
import { aConnection, aDraft, SECRET_NAME, SECRET_TEXT } from '../support/memory/examples';
import { capturedLog } from '../support/memory/captured-log';
import { world } from '../support/memory/world';
import { everyCrash } from './every-crash';

const PLENTY = () => 120_000;

/** Carla, whom others called and who said things in two rooms, is to be erased; Bob stays. */
async function carlaAndBob() {
  const it = { ...world(), log: capturedLog().log };
  const [carla, bob, late] = ['u_carla000000000', 'u_bob00000000000', 'u_late0000000000'];
  const { roomId } = await it.rooms.open({ roomId: 'r_channel0000000', name: 'channel' });
  const owned = { roomId: 'r_owned000000000', kind: 'channel', name: 'owned', owner: carla } as const;
  const meetingDetails = { media: 'chat', approval: false, code: 'code', userName: SECRET_NAME } as const;
  const meeting = { roomId: 'm_meeting0000000', kind: 'meeting', name: 'm', owner: carla } as const;
  const direct = { roomId: 'd_direct00000000', kind: 'direct', name: 'd', people: [bob, carla] } as const;
  await it.rooms.create(owned);
  await it.rooms.create({ ...meeting, meeting: meetingDetails });
  await it.rooms.create(direct);
  await it.users.remember({ userId: carla, name: SECRET_NAME });
  await it.users.remember({ userId: bob, name: 'Bob' });
  for (const room of [roomId, owned.roomId]) {
    await it.members.enter({ roomId: room, userId: bob, role: 'member', since: 2 });
    await it.members.enter({ roomId: room, userId: late, role: 'member', since: 3 });
    await it.members.enter({ roomId: room, userId: carla, role: 'owner', since: 1 });
  }
  const connection = aConnection(it.now(), { userId: carla, rooms: [roomId] });
  await it.connections.add(connection);
  await it.audience.join(audienceRows(connection));

  let last = 0;
  const say = async (overrides: Partial<Message>, archived = true): Promise<Message> => {
    last += 1;
    const message = { ...aDraft(it.now(), { roomId, ...overrides }), seq: last };
    await it.outbox.append(message, it.now());
    if (archived) await archiveMessage(message, undefined, it.history);
    return message;
  };
  const byCarla = { senderId: carla, sender: SECRET_NAME };
  const byBob = { senderId: bob, sender: 'Bob' };
  const reservation = { sent: sentKey(carla, 'id1'), body: 'hash', roomId, by: 'x', at: it.now() };
  await it.dedupe.reserve(reservation);
  // Of an attempt that an invocation did not survive.
  await it.dedupe.reserve({ ...reservation, sent: sentKey(carla, 'id2') });
  await say({ ...byCarla, clientMessageId: 'id1' }); // 1
  await say({ ...byBob, text: 'Bob speaks' }); // 2
  await say({ ...byCarla, kind: 'edit', ref: 1 }); // 3
  await say({ ...byBob, kind: 'edit', ref: 1, text: `Bob quotes ${SECRET_TEXT}` }); // 4
  await say({ ...byBob, text: 'Bob is edited by her' }); // 5
  await say({ ...byCarla, kind: 'edit', ref: 5 }); // 6
  await say({ ...byBob, text: 'Bob goes on' }); // 7
  await say({ ...byCarla, kind: 'delete', ref: 7, text: '' }); // 8
  await say(byCarla, false); // 9, not archived yet
  await say({ ...byBob, text: 'Bob ends' }); // 10
  return { ...it, it, carla, bob, late, roomId, owned, meeting, direct, say, byCarla };
}
type Story = Awaited<ReturnType<typeof carlaAndBob>>;

/** One pass, in as many invocations as it takes. */
async function pass(it: Story['it'], userId: string, number = 2, remaining = PLENTY): Promise<EraseResult> {
  let result: EraseResult = { next: null, erased: 0, counts: {} };
  let invocations = 0;
  do {
    result = await eraseFrom({ userId, pass: number, ...result }, { ...it, remaining });
    expect((invocations += 1)).toBeLessThan(200);
  } while (result.next !== null);
  return result;
}

const everything = ({ users, members, rooms, outbox, history, dedupe, connections, audience }: Story['it']) =>
  JSON.stringify(
    [users, members, rooms, outbox, history, dedupe, connections, audience].map(({ rows }) => [...rows]),
  );

async function expectErased({ it, carla, bob, roomId, owned, meeting, direct }: Story): Promise<void> {
  const left = everything(it);
  expect(left).not.toContain(SECRET_TEXT);
  expect(left).not.toContain(SECRET_NAME);
  // What is left of the id is the note that signs the person out.
  expect(left.replaceAll(JSON.stringify([carla, it.users.rows.get(carla)]), '')).not.toContain(carla);

  const room = (await it.rooms.find(roomId))!;
  const ports = { history: it.history, outbox: it.outbox, now: it.now, retentionDays: 0 };
  const messages = await recall(room, 1, 10, ports);
  expect(messages.map((one) => [one.seq, one.type === 'message' ? one.message : one.type])).toEqual([
    [1, 'tombstone'],
    [2, 'Bob speaks'],
    [3, 'tombstone'],
    [4, 'tombstone'],
    [5, 'tombstone'],
    [6, 'tombstone'],
    [7, 'tombstone'],
    [8, 'deleted'],
    [9, 'tombstone'],
    [10, 'Bob ends'],
  ]);
  expect(messages[7]).toMatchObject({ senderId: ERASED_USER, sender: '', ref: `${roomId}.7` });
  for (const one of messages) if (one.type === 'tombstone') expect(one.reason).toBe('deleted');

  expect(await it.rooms.find(owned.roomId)).not.toHaveProperty('closedAt');
  expect(await it.members.find(owned.roomId, bob)).toMatchObject({ role: 'owner' });
  expect(await it.rooms.find(meeting.roomId)).toHaveProperty('closedAt');
  expect(await it.rooms.find(direct.roomId)).toMatchObject({ people: [bob, ERASED_USER] });
  expect(await it.rooms.find(direct.roomId)).toHaveProperty('closedAt');
  expect((await it.members.ofRoom(roomId)).members.map(({ userId }) => userId)).not.toContain(carla);
}

describe('erasing a person', () => {
  test('leaves numbers without words or names, hands rooms on and closes what was theirs alone', async () => {
    const story = await carlaAndBob();
    const { counts } = await pass(story.it, story.carla);
    await expectErased(story);
    expect(counts).toEqual({
      ...{ Users: 1, ChatHistory: 4, Outbox: 1, Deliveries: 0, Rooms: 3, Members: 2, Limits: 0, Tickets: 0 },
      Dedupe: 2,
      // Ending the connection takes its places in the audience with it.
      ...{ Connections: 1, Audience: 0 },
    });
    expect(await pass(story.it, story.carla)).toMatchObject({ erased: 0 });
  });

  test('comes to the same however often an invocation has time for one page only', async () => {
    const story = await carlaAndBob();
    await pass(story.it, story.carla, 2, () => 0);
    await expectErased(story);
  });

  test('comes to the same after a crash at any call and a repetition', async () => {
    const crashes = await everyCrash(async () => {
      const story = await carlaAndBob();
      return {
        world: story.it,
        run: () => pass(story.it, story.carla),
        check: () => expectErased(story),
      };
    });
    expect(crashes).toBeGreaterThan(100);
  });

  test('leaves connections alone in the first pass, because whoever closes them needs their rows', async () => {
    const { it, carla } = await carlaAndBob();
    const first = await pass(it, carla, 1);
    expect(Object.keys(first.counts)).not.toContain('Connections');
    expect(it.connections.rows.size).toBe(1);
    expect(await pass(it, carla, 2)).toMatchObject({ erased: 1, counts: { Connections: 1 } });
    expect(it.connections.rows.size).toBe(0);
  });

  test('finds in the next pass what was archived behind the back of the last', async () => {
    const { it, carla, roomId, say, byCarla } = await carlaAndBob();
    const late = await say({ ...byCarla, text: 'under way' }, false);
    await pass(it, carla);
    // The archive had read the message before its copy was erased.
    await archiveMessage(late, undefined, it.history);
    expect(everything(it)).toContain(SECRET_NAME);
    expect(everything(it)).not.toContain('under way');
    expect(await pass(it, carla)).toMatchObject({ erased: 1 });
    expect(everything(it)).not.toContain(SECRET_NAME);
    expect(await it.history.range(roomId, late.seq, late.seq)).toMatchObject([{ erased: true }]);
  });

  test('closes a channel that nobody is left in, and leaves others’ channels to their owners', async () => {
    const it = { ...world(), log: capturedLog().log };
    const [carla, owner] = [newId('u'), newId('u')];
    const [alone, shared] = ['r_alone000000000', 'r_shared00000000'];
    await it.rooms.create({ roomId: alone, kind: 'channel', name: 'alone', owner: carla });
    await it.rooms.create({ roomId: shared, kind: 'channel', name: 'shared', owner });
    await it.members.enter({ roomId: alone, userId: carla, role: 'owner', since: 1 });
    await it.members.ban({ roomId: alone, userId: owner, since: 1 });
    await it.members.enter({ roomId: shared, userId: carla, role: 'owner', since: 1 });
    await it.members.enter({ roomId: shared, userId: newId('u'), role: 'moderator', since: 2 });
    await it.members.enter({ roomId: shared, userId: owner, role: 'owner', since: 3 });
    await pass(it, carla);
    expect(await it.rooms.find(alone)).toHaveProperty('closedAt');
    expect(await it.rooms.find(shared)).toMatchObject({ owner });
    expect(await it.rooms.find(shared)).not.toHaveProperty('closedAt');
    const { members } = await it.members.ofRoom(shared);
    expect(members.map(({ role }) => role).sort()).toEqual(['moderator', 'owner']);
  });

  test('answers the workflow with ids and numbers only', async () => {
    const { it, carla, bob, roomId } = await carlaAndBob();
    // Clients make these ids up, so they can be anything.
    for (let index = 0; index < 6; index += 1) {
      const sent = sentKey(bob, `${SECRET_TEXT} ${index}`);
      await it.dedupe.reserve({ sent, body: 'hash', roomId, by: 'x', at: it.now() });
    }
    let result: EraseResult = { next: null, erased: 0, counts: {} };
    do {
      result = await eraseFrom({ userId: carla, pass: 2, ...result }, { ...it, remaining: () => 0 });
      const answer = JSON.stringify(result);
      for (const secret of [SECRET_TEXT, SECRET_NAME, 'id1', 'code']) expect(answer).not.toContain(secret);
    } while (result.next !== null);
  });

  test('has their connections closed, and fails where the bus does not take that', async () => {
    const { bus } = world();
    expect(await revokeAccess({ userId: 'u_x' }, { bus })).toEqual({ revoked: true });
    expect(bus.events).toEqual([{ type: 'AccessRevoked', detail: { userId: 'u_x', reason: 'erased' } }]);
    bus.state = 'refuses';
    await expect(revokeAccess({ userId: 'u_x' }, { bus })).rejects.toThrow('did not take');
    bus.state = 'fails';
    await expect(revokeAccess({ userId: 'u_x' }, { bus })).rejects.toThrow(Unavailable);
  });
});
