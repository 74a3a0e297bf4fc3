import { MEMBER_LEFT } from '../../handlers/chat/events';
import { LIFETIME } from '../../handlers/chat/connections';
import { channelId } from '../../handlers/chat/ids';
import { connect } from '../../handlers/websocket/connect';
import { disconnect } from '../../handlers/websocket/disconnect';
import { capturedLog } from '../support/memory/captured-log';
import { HOUR } from '../support/memory/clock';
import { SECRET_NAME, SECRET_ROOM } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { everyCrash } from './every-crash';
import { roomWithPeople } from './rooms-with-people';

const CONNECTION = 'abc=';
const event = (queryStringParameters?: unknown) => ({
  requestContext: { connectionId: CONNECTION, requestId: 'request' },
  queryStringParameters,
});
const ports = () => ({ ...world(), log: capturedLog().log, defaultRoom: 'lobby' });

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

  it('leaves nobody behind when a write fails, because a row without a socket holds up each fan-out', async () => {
    const calls = ['connections.add', 'audience.join'];
    for (const call of calls) {
      for (const when of ['before', 'after'] as const) {
        const it = ports();
        it.calls.failAt(1 + calls.indexOf(call), when);
        await expect(connect(event(), it)).rejects.toThrow(call);
        expect([it.connections.rows.size, it.audience.rows.size]).toEqual([0, 0]);
      }
    }
  });

  it('throws on an event that is none, because API Gateway then refuses the upgrade', async () => {
    await expect(connect({}, ports())).rejects.toThrow();
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
      { type: MEMBER_LEFT, detail: { roomId: room.roomId, userId, connectionId } },
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
