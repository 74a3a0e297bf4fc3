import { directRoomId } from '../../handlers/chat/ids';
import { aConnection, SECRET_NAME, SECRET_TEXT } from '../support/memory/examples';
import { everyCrash } from './every-crash';
import { senders } from './senders';

const PRIVATE = { action: 'sendPrivate', message: SECRET_TEXT };
const OTHER_NAME = 'canary Bob';

/** Two people who are known by name. */
async function carlaAndBob() {
  const room = await senders(2);
  const [carla, bob] = room.people;
  await room.users.remember({ userId: carla!.userId, name: SECRET_NAME });
  await room.users.remember({ userId: bob!.userId, name: OTHER_NAME });
  return { ...room, carla: carla!, bob: bob!, directId: directRoomId(carla!.userId, bob!.userId) };
}

describe('a private message', () => {
  it('goes to the direct room of the two, which both belong to from then on', async () => {
    const { send, bob, carla, directId, rooms, members } = await carlaAndBob();
    const reply = await send({ ...PRIVATE, to: bob.userId, id: 1 });
    expect(reply).toMatchObject({ id: 1, ok: true, roomId: directId, room: directId, seq: 1 });
    expect(await rooms.find(directId)).toMatchObject({
      kind: 'direct',
      people: [carla.userId, bob.userId],
    });
    for (const { userId } of [carla, bob]) {
      expect(await members.find(directId, userId)).toMatchObject({ role: 'member', standing: 'in' });
    }
  });

  it('finds the same room from both sides, by id, by name and by the room itself', async () => {
    const { send, bob, carla, directId, kept } = await carlaAndBob();
    await send({ ...PRIVATE, to: bob.userId });
    await send({ ...PRIVATE, to: '  CANARY  bob ' });
    await send({ ...PRIVATE, to: carla.userId }, bob.connectionId);
    await send({ action: 'sendMessage', message: SECRET_TEXT, roomId: directId }, bob.connectionId);
    expect(kept().map(({ roomId, seq }) => [roomId, seq])).toEqual(
      [1, 2, 3, 4].map((seq) => [directId, seq]),
    );
  });

  it('can be to oneself, as a note', async () => {
    const { send, carla, rooms } = await carlaAndBob();
    const reply = await send({ ...PRIVATE, to: carla.userId });
    expect(reply).toMatchObject({ ok: true, roomId: directRoomId(carla.userId, carla.userId) });
    expect((await rooms.find(String(reply.roomId)))?.people).toEqual([carla.userId, carla.userId]);
  });

  it('is not sent where several people go by the name: the sender is asked which', async () => {
    const { send, users, bob, kept, people } = await carlaAndBob();
    await users.remember({ userId: people[0]!.userId, name: OTHER_NAME });
    const { error } = await send({ ...PRIVATE, to: OTHER_NAME });
    expect(error).toMatchObject({ name: 'ambiguous_recipient', code: 123, field: '/to' });
    expect((error as { candidates: { userId: string }[] }).candidates).toEqual(
      expect.arrayContaining([{ userId: bob.userId, name: OTHER_NAME }]),
    );
    expect(kept()).toEqual([]);
  });

  it.each(['u_00000000000000', 'Nobody'])('to %s is refused, because there is no such person', async (to) => {
    const { send, kept, rooms } = await carlaAndBob();
    expect((await send({ ...PRIVATE, to })).error).toMatchObject({ name: 'bad_request', field: '/to' });
    expect([kept().length, rooms.rows.size]).toEqual([0, 1]);
  });

  it('can be answered although its sender has no name by which to be found', async () => {
    const { send, users, people } = await senders(2);
    const [nameless, bob] = people;
    await users.remember({ userId: bob!.userId, name: OTHER_NAME });
    const answer = { ...PRIVATE, to: nameless!.userId };
    expect((await send(answer, bob!.connectionId)).error).toMatchObject({ name: 'bad_request' });
    await send({ ...PRIVATE, to: bob!.userId });
    expect(await send(answer, bob!.connectionId)).toMatchObject({ ok: true, seq: 2 });
  });

  it('does not let a third person write to or read of the room', async () => {
    const { send, bob, directId, people, connections } = await carlaAndBob();
    await send({ ...PRIVATE, to: bob.userId });
    const eve = { ...people[0]!, connectionId: 'eve=', userId: 'u_eve00000000000' };
    await connections.add(eve);
    const ask = async (frame: object) => (await send(frame, 'eve=')).error;
    const there = await ask({ action: 'sendMessage', message: 'hi', roomId: directId });
    expect(there).toMatchObject({ name: 'unknown_room', field: '/roomId' });
    expect(await ask({ action: 'sendMessage', message: 'hi', roomId: 'd_00000000000000' })).toEqual(there);
    expect(await ask({ action: 'deleteMessage', messageId: `${directId}.1` })).toMatchObject({
      name: 'unknown_room',
    });
  });

  it('is one message with its id, also by another spelling of the name and wherever an invocation ends', async () => {
    const crashes = await everyCrash(async () => {
      const { send, kept, clock, world, members, directId, rooms } = await carlaAndBob();
      const seqs: unknown[] = [];
      const attempt = async (to: string) => {
        const reply = await send({ ...PRIVATE, to, clientMessageId: 'p1' });
        if (reply.ok === true) seqs.push(reply.seq);
        else clock.advance(16_000);
        return reply;
      };
      return {
        world,
        run: () => attempt(OTHER_NAME),
        check: async () => {
          expect(await attempt(OTHER_NAME.toUpperCase())).toMatchObject({ ok: true });
          expect(new Set(seqs)).toEqual(new Set([1]));
          expect(kept()).toHaveLength(1);
          for (const person of (await rooms.find(directId))!.people!) {
            expect(await members.find(directId, person)).toMatchObject({ standing: 'in' });
          }
        },
      };
    });
    expect(crashes).toBeGreaterThanOrEqual(20);
  });

  it('whose reply was lost is found, not sent to somebody else, when the name has become theirs meanwhile', async () => {
    const { send, kept, clock, calls, users, bob, directId, world } = await carlaAndBob();
    const frame = { ...PRIVATE, to: OTHER_NAME, clientMessageId: 'p1' };
    await send({ ...PRIVATE, to: OTHER_NAME });
    const before = calls.made.length;
    await send({ ...frame, clientMessageId: 'p0' });
    const append = calls.made.indexOf('outbox.append', before) - before;
    calls.failAt(calls.made.length + append, 'after');
    expect(await send(frame)).toMatchObject({ ok: false });
    await users.remember({ userId: bob.userId, name: 'canary Robert' });
    const eve = aConnection(world.now());
    await users.remember({ userId: eve.userId, name: OTHER_NAME });
    clock.advance(16_000);
    expect(await send(frame)).toMatchObject({ ok: true, roomId: directId, seq: 3, duplicate: true });
    expect(kept().map(({ roomId }) => roomId)).toEqual([directId, directId, directId]);
  });

  it('with its id gives the first reply again, also when nobody goes by the name any more', async () => {
    const { send, users, bob } = await carlaAndBob();
    const frame = { ...PRIVATE, to: OTHER_NAME, clientMessageId: 'p1' };
    const first = await send(frame);
    await users.remember({ userId: bob.userId, name: 'canary Robert' });
    expect(await send(frame)).toEqual({ ...first, duplicate: true });
    expect((await send({ ...frame, clientMessageId: 'p2' })).error).toMatchObject({ name: 'bad_request' });
  });
});
