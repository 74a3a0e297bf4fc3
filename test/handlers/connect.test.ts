import { MEMBER_JOINED, MEMBER_LEFT } from '../../handlers/chat/events';
import { LIFETIME } from '../../handlers/chat/connections';
import { channelId, directRoomId, guestId, newId } from '../../handlers/chat/ids';
import { connect } from '../../handlers/websocket/connect';
import { disconnect } from '../../handlers/websocket/disconnect';
import { capturedLog } from '../support/memory/captured-log';
import { DAY, HOUR } from '../support/memory/clock';
import { SECRET_NAME, SECRET_ROOM } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { everyCrash } from './every-crash';
import { roomWithPeople } from './rooms-with-people';

const CONNECTION = 'abc=';
const event = (queryStringParameters?: unknown) => ({
  requestContext: { connectionId: CONNECTION, requestId: 'request' },
  queryStringParameters,
});
const ports = () => ({ ...world(), log: capturedLog().log });

describe('connecting', () => {
  it('registers a guest under the name and in the room asked for, and under itself for its other devices', async () => {
    const it = ports();
    const answer = await connect(event({ name: SECRET_NAME, room: SECRET_ROOM }), it);
    expect(answer).toEqual({ statusCode: 200 });
    const roomId = channelId(SECRET_ROOM);
    const connection = await it.connections.find(CONNECTION);
    expect(connection).toMatchObject({ name: SECRET_NAME, rooms: [roomId], openedAt: it.now() });
    expect(connection?.expiresAt).toBe(it.now() + LIFETIME);
    const partitions = [...it.audience.rows.values()].map(({ partition }) => partition);
    expect(partitions.toSorted()).toEqual([`@${connection?.userId}`, roomId].toSorted());
    expect(await it.rooms.find(roomId)).toMatchObject({ name: SECRET_ROOM, head: 0 });
  });

  it.each([undefined, null, {}])('puts a guest without wishes into the default room: %j', async (query) => {
    const it = ports();
    expect(await connect(event(query), it)).toEqual({ statusCode: 200 });
    expect(await it.connections.find(CONNECTION)).toMatchObject({
      name: 'guest',
      rooms: [channelId('lobby')],
    });
  });

  it.each(['', ' ', 'x'.repeat(65), 'a\u0000b', '\u202elobby'])(
    'refuses a room that cannot be called %j and stores nothing, because nobody could find it',
    async (room) => {
      const it = ports();
      expect(await connect(event({ room }), it)).toEqual({ statusCode: 400 });
      expect([it.connections.rows.size, it.audience.rows.size, it.rooms.rows.size]).toEqual([0, 0, 0]);
    },
  );

  it('makes the person a member and says that they joined, so that others can hear of it', async () => {
    const it = ports();
    await connect(event({ name: SECRET_NAME, room: SECRET_ROOM }), it);
    const roomId = channelId(SECRET_ROOM);
    const { userId } = (await it.connections.find(CONNECTION))!;
    const expiresAt = it.now() + LIFETIME;
    expect(await it.members.find(roomId, userId)).toMatchObject({
      standing: 'in',
      role: 'member',
      expiresAt,
    });
    expect(await it.users.find(userId)).toEqual({ userId, name: SECRET_NAME, expiresAt });
    expect(it.bus.events).toEqual([
      { type: MEMBER_JOINED, detail: { roomId, userId, connectionId: CONNECTION } },
    ]);
  });

  it('opens the socket although the bus is down, because a notice is all that is lost', async () => {
    for (const state of ['fails', 'refuses'] as const) {
      const it = ports();
      it.bus.state = state;
      expect(await connect(event(), it)).toEqual({ statusCode: 200 });
      expect(it.connections.rows.size).toBe(1);
    }
  });

  it('does not keep a nameless guest under a name, because nobody means them by it', async () => {
    const it = ports();
    await connect(event(), it);
    expect(it.users.rows.size).toBe(0);
  });

  it.each([
    ['direct', { people: ['u_1', 'u_2'] as const }, 403],
    ['meeting', {}, 403],
    ['channel', { closedAt: 1 }, 403],
    ['channel', {}, 200],
  ] as const)(
    'answers somebody new who asks for a %s with %j by its id with %d',
    async (kind, more, statusCode) => {
      const it = ports();
      const roomId = kind === 'direct' ? directRoomId('u_1', 'u_2') : newId(kind === 'meeting' ? 'm' : 'r');
      it.rooms.rows.set(roomId, { room: { roomId, kind, name: 'x', epoch: 'e', head: 0, ...more } });
      expect(await connect(event({ room: roomId }), it)).toEqual({ statusCode });
      expect(it.connections.rows.size).toBe(statusCode === 200 ? 1 : 0);
    },
  );

  it('S2, a failed $connect: leaves no connection behind when a call fails, because a row without a socket holds up each fan-out', async () => {
    const clean = ports();
    await connect(event({ name: SECRET_NAME }), clean);
    expect(clean.calls.made).toHaveLength(10);
    for (const [index, call] of clean.calls.made.entries()) {
      for (const when of ['before', 'after'] as const) {
        const it = ports();
        it.calls.failAt(index, when);
        const connected = connect(event({ name: SECRET_NAME }), it);
        if (call === 'bus.publish') await connected;
        else {
          await expect(connected).rejects.toThrow(call);
          expect([it.connections.rows.size, it.audience.rows.size]).toEqual([0, 0]);
        }
      }
    }
  });

  it('throws on an event that is none, because API Gateway then refuses the upgrade', async () => {
    await expect(connect({}, ports())).rejects.toThrow();
  });
});

describe('a guest with a secret', () => {
  const SECRET = 'my-secret_4711';
  const withProtocols = (protocols: string, query?: unknown, header = 'Sec-WebSocket-Protocol') => ({
    ...event(query),
    headers: { Host: 'localhost', [header]: protocols },
  });
  const userOf = async (it: ReturnType<typeof ports>) => (await it.connections.find(CONNECTION))!;

  it('is the same person whenever they come, and other people for other secrets', async () => {
    const ids = new Set<string>();
    for (const secret of [SECRET, SECRET, 'another-secret']) {
      const it = ports();
      await connect(withProtocols(`parley.v1, guest.${secret}`), it);
      ids.add((await userOf(it)).userId);
    }
    expect(ids.size).toBe(2);
    expect(ids).toContain(guestId(SECRET));
  });

  it.each([
    [`parley.v1, guest.${SECRET}`, 'parley.v1'],
    [`guest.${SECRET},parley.v1`, 'parley.v1'],
    ['parley.v1', 'parley.v1'],
    [`guest.${SECRET}`, `guest.${SECRET}`],
  ])('is answered for %s with %s, because their client hangs up without', async (offered, accepted) => {
    for (const header of ['Sec-WebSocket-Protocol', 'sec-websocket-protocol']) {
      const answer = await connect(withProtocols(offered, undefined, header), ports());
      expect(answer).toEqual({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': accepted } });
    }
  });

  it('accepts no subprotocol that it does not know', async () => {
    expect(await connect(withProtocols('mqtt'), ports())).toEqual({ statusCode: 200 });
  });

  it.each(['guest.short', `guest.${'x'.repeat(129)}`, 'guest.with space', 'guest.'])(
    'is refused with %s, because it could be guessed or would not come through',
    async (protocol) => {
      const it = ports();
      expect(await connect(withProtocols(protocol), it)).toEqual({ statusCode: 400 });
      expect(it.connections.rows.size).toBe(0);
    },
  );

  it('keeps the name, the role and the rooms for 30 days after the last connection', async () => {
    const it = ports();
    const protocols = `parley.v1, guest.${SECRET}`;
    await connect(withProtocols(protocols, { name: SECRET_NAME }), it);
    const roomId = channelId('lobby');
    await it.members.setRole(roomId, guestId(SECRET), 'moderator');
    it.clock.advance(29 * DAY);
    await connect(withProtocols(protocols), it);
    expect(await userOf(it)).toMatchObject({ name: SECRET_NAME });
    it.clock.advance(29 * DAY);
    it.sweepExpired();
    expect(await it.members.find(roomId, guestId(SECRET))).toMatchObject({ role: 'moderator' });
    await connect(withProtocols(protocols, { name: 'Joe' }), it);
    expect(await userOf(it)).toMatchObject({ name: 'Joe' });
    it.clock.advance(31 * DAY);
    await connect(withProtocols(protocols), it);
    expect(await userOf(it)).toMatchObject({ name: 'guest' });
    expect(await it.members.find(roomId, guestId(SECRET))).toMatchObject({ role: 'member' });
  });

  it('is kept out by a ban wherever they connect from', async () => {
    const it = ports();
    await it.members.ban({ roomId: channelId('lobby'), userId: guestId(SECRET), since: 0 });
    expect(await connect(withProtocols(`guest.${SECRET}`), it)).toEqual({ statusCode: 403 });
    expect([it.connections.rows.size, it.audience.rows.size]).toEqual([0, 0]);
  });

  it('is kept out by a ban that comes while they connect', async () => {
    const it = ports();
    const enter = it.members.enter.bind(it.members);
    it.members.enter = async (member) => {
      const entered = await enter(member);
      await it.members.ban({ roomId: member.roomId, userId: member.userId, since: 0 });
      return entered;
    };
    expect(await connect(withProtocols(`guest.${SECRET}`), it)).toEqual({ statusCode: 403 });
    expect([it.connections.rows.size, it.audience.rows.size]).toEqual([0, 0]);
  });
});

describe('disconnecting', () => {
  const event = (connectionId: string) => ({ requestContext: { connectionId } });

  it('removes the connection and its places in the audience, and nobody else', async () => {
    const room = await roomWithPeople(2);
    const [leaving, staying] = room.people;
    expect(await disconnect(event(leaving!.connectionId), room)).toEqual({ statusCode: 200 });
    expect([...room.connections.rows.keys()]).toEqual([staying!.connectionId]);
    const left = [...room.audience.rows.values()].map(({ connectionId }) => connectionId);
    expect(left).toEqual([staying!.connectionId, staying!.connectionId]);
    const { connectionId, userId } = leaving!;
    expect(room.bus.events).toEqual([
      { type: MEMBER_LEFT, detail: { roomId: room.roomId, userId, connectionId, unannounced: true } },
    ]);
  });

  it('has nothing to do for a connection that is unknown or expired, because it may come twice or late', async () => {
    const room = await roomWithPeople(1);
    expect(await disconnect(event('unknown='), room)).toEqual({ statusCode: 200 });
    room.clock.advance(3 * HOUR);
    expect(await disconnect(event(room.people[0]!.connectionId), room)).toEqual({ statusCode: 200 });
    await expect(disconnect({}, room)).rejects.toThrow();
  });

  it('never leaves a connection without a place by which it is found, because nobody tries it again', async () => {
    await everyCrash(async () => {
      const room = await roomWithPeople(1);
      return {
        world: room.world,
        run: () => disconnect(event(room.people[0]!.connectionId), room),
        check: () => expect(room.connections.rows.size).toBe(0),
      };
    });
  });
});
