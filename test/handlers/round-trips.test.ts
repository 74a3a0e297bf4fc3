import type { Connection } from '../../handlers/chat/connections';
import { newId } from '../../handlers/chat/ids';
import { HeadHints, RoomGuesses } from '../../handlers/chat/sending/hints';
import { acceptMessage } from '../../handlers/websocket/accept-message';
import { session } from '../../handlers/websocket/session';
import { SECRET_ROOM } from '../support/memory/examples';
import { chattingWorld, frameEvent } from './people-who-chat';

const OTHER = 'Bob';

/** Somebody who has been talking for a while, also with somebody else; each port's call is one round trip. */
async function talking() {
  const it = await chattingWorld();
  const ports = { ...it, hints: new HeadHints(), guesses: new RoomGuesses() };
  const [one, other] = [await it.connected(), await it.connected({ name: OTHER })];
  const give = async (
    from: Pick<Connection, 'connectionId'> & Partial<Connection>,
    frame: object,
    route: typeof acceptMessage | typeof session = acceptMessage,
  ) => {
    const made = it.calls.made.length;
    it.calls.depth = 0;
    const { body } = await (route as typeof acceptMessage)(frameEvent(from, frame), ports);
    const reply = JSON.parse(body) as { ok: boolean };
    return { reply, trips: it.calls.depth, calls: it.calls.made.slice(made) };
  };
  await give(one, { action: 'sendMessage', message: 'hi' });
  await give(one, { action: 'sendPrivate', to: other.userId, message: 'hi' });
  it.clock.advance(10_000);
  return { ...ports, one, other, give };
}

describe('the reply waits for as few calls one after the other as there may be', () => {
  it.each([
    ['a message', { action: 'sendMessage' }, 3],
    ['a message to a named room', { action: 'sendMessage', room: SECRET_ROOM }, 3],
    ['a message with an id', { action: 'sendMessage', room: SECRET_ROOM, clientMessageId: 'm1' }, 3],
    ['a message with an id to the room last joined', { action: 'sendMessage', clientMessageId: 'm1' }, 4],
    ['a private message', { action: 'sendPrivate', to: OTHER }, 4],
    ['a private message with an id', { action: 'sendPrivate', to: OTHER, clientMessageId: 'm1' }, 5],
  ])('%s: %j: %d', async (_, frame, trips) => {
    const { one, give } = await talking();
    const given = await give(one, { ...frame, message: 'hi' });
    expect(given.reply).toMatchObject({ ok: true });
    expect(given.trips).toBe(trips);
  });

  it('one more where nobody told whose the connection is, with the same calls', async () => {
    const { one, give } = await talking();
    const told = await give(one, { action: 'sendMessage', message: 'hi' });
    const untold = await give({ connectionId: one.connectionId }, { action: 'sendMessage', message: 'hi' });
    expect([told.trips, untold.trips]).toEqual([3, 4]);
    expect(told.calls.toSorted()).toEqual(untold.calls.toSorted());
    expect(told.calls).toHaveLength(5);
  });

  it('a command costs no round trip more for being counted for its person', async () => {
    const { one, give } = await talking();
    const { trips, calls } = await give(one, { action: 'hello' }, session);
    expect(calls.slice(0, 2).toSorted()).toEqual(['connections.admit', 'limits.take']);
    expect(trips).toBe(
      (await give({ connectionId: one.connectionId }, { action: 'hello' }, session)).trips - 1,
    );
  });
});

describe('before somebody is admitted', () => {
  const FRAMES = [
    { action: 'sendMessage', room: SECRET_ROOM, message: 'hi', clientMessageId: 'm1' },
    { action: 'sendPrivate', to: OTHER, message: 'hi', clientMessageId: 'm1' },
  ];

  it.each([
    ['whose token has ended', 'token_expired'],
    ['whose connection is refused', 'too_many_requests'],
    ['who is refused', 'too_many_requests'],
  ])('nothing is kept of somebody %s, and the id is free again', async (who, name) => {
    for (const frame of FRAMES) {
      const it = await talking();
      const over = { tokenExpiresAt: it.now() + 1000 };
      const one = await it.connected({ userId: it.one.userId, ...(name === 'token_expired' ? over : {}) });
      const connection = it.connections.rows.get(one.connectionId)!;
      if (name === 'token_expired') it.clock.advance(1000);
      const tight = { perSecond: 1, burst: 1 };
      if (who === 'whose connection is refused') it.rates.messages = tight;
      if (who === 'who is refused') it.rates.userMessages = tight;
      if (name !== 'token_expired') await it.give(one, { action: 'sendMessage', message: 'the last' });
      const before = it.outbox.rows.size;
      const refused = await it.give(one, frame);
      expect(refused.reply).toMatchObject({ error: { name } });
      expect(refused.calls).toEqual(expect.arrayContaining(['dedupe.reserve', 'dedupe.release']));
      expect([it.outbox.rows.size, it.dedupe.rows.size]).toEqual([before, 0]);
      // Refused a moment ago, the next is looked at one step after the other, and costs what it did before.
      const next = await it.give(one, frame);
      expect(next.calls.filter((call) => !/^(connections\.admit|limits\.)/.test(call))).toEqual([]);
      it.connections.rows.set(one.connectionId, { ...connection, tokenExpiresAt: undefined });
      it.clock.advance(10_000);
      expect((await it.give(one, frame)).reply).toMatchObject({ ok: true, duplicate: false });
    }
  });

  it('a frame of somebody who was just refused costs one write on any of their connections, and passes once they may', async () => {
    const it = await talking();
    const another = await it.connected({ userId: it.one.userId });
    it.rates.userMessages = { perSecond: 2, burst: 1 };
    const frame = { action: 'sendMessage', room: SECRET_ROOM, message: 'hi' };
    await it.give(it.one, frame);
    expect((await it.give(it.one, frame)).reply).toMatchObject({ error: { name: 'too_many_requests' } });
    const refused = await it.give(another, frame);
    expect(refused.reply).toMatchObject({ error: { name: 'too_many_requests' } });
    expect(refused.calls).toEqual(['limits.take']);
    it.clock.advance(600);
    expect((await it.give(another, frame)).reply).toMatchObject({ ok: true });
  });

  it('nothing stays of somebody whose connection is gone, although API Gateway still says whose it is', async () => {
    for (const frame of FRAMES) {
      const it = await talking();
      it.connections.rows.delete(it.one.connectionId);
      const { reply, calls } = await it.give(it.one, frame);
      expect(reply).toMatchObject({ type: 'bye' });
      expect(calls).toContain('dedupe.reserve');
      expect(it.dedupe.rows.size).toBe(0);
    }
  });

  it('guests begin sixty direct rooms with one person at once and then one a minute; who is signed in is not counted', async () => {
    const it = await talking();
    const write = async (kind: 'guest' | 'user') => {
      const stranger = await it.connected({ name: 'Eve', kind, userId: newId(kind === 'guest' ? 'g' : 'u') });
      return (await it.give(stranger, { action: 'sendPrivate', to: it.other.userId, message: 'hi' })).reply;
    };
    for (let count = 0; count < 60; count += 1) expect(await write('guest')).toMatchObject({ ok: true });
    const before = it.rooms.rows.size;
    expect(await write('guest')).toMatchObject({
      error: { name: 'too_many_requests', retryAfterMs: 60_000 },
    });
    expect(it.rooms.rows.size).toBe(before);
    expect(await write('user')).toMatchObject({ ok: true });
    it.clock.advance(60_000);
    expect(await write('guest')).toMatchObject({ ok: true });
  });

  it('no direct room is opened for somebody who is refused', async () => {
    const { one, other, give, rates, rooms, connected } = await talking();
    const stranger = await connected({ name: 'Eve' });
    rates.userMessages = { perSecond: 1, burst: 1 };
    await give(one, { action: 'sendMessage', message: 'the last' });
    const before = rooms.rows.size;
    for (const from of [one, { connectionId: one.connectionId }]) {
      const { reply } = await give(from, { action: 'sendPrivate', to: stranger.userId, message: 'hi' });
      expect(reply).toMatchObject({ error: { name: 'too_many_requests' } });
    }
    expect(rooms.rows.size).toBe(before);
    expect(other.userId).not.toBe(stranger.userId);
  });
});
