import { enterRoom } from '../../handlers/chat/membership/entering';
import { channelId, directRoomId, newId } from '../../handlers/chat/ids';
import { aDraft, SECRET_ROOM } from '../support/memory/examples';
import { commandWorld, onceSeen } from './commands';
import { everyCrash } from './every-crash';

const ROOM = channelId(SECRET_ROOM);

describe('joining a room', () => {
  it('opens a channel that is not there yet, and owns it to nobody', async () => {
    const it = commandWorld();
    const reply = await it.toRooms(await it.connected(), { action: 'joinRoom', room: SECRET_ROOM });
    expect(reply).toMatchObject({ ok: true, roomId: ROOM, role: 'member', seq: 0 });
    expect((await it.rooms.find(ROOM))?.owner).toBeUndefined();
  });

  it('gives a position that no later message is below, because messages go on while people join', async () => {
    const it = commandWorld();
    await it.rooms.open({ roomId: ROOM, name: SECRET_ROOM });
    for (const seq of [1, 2, 3]) await it.outbox.append({ ...aDraft(it.now(), { roomId: ROOM }), seq }, 0);
    const person = await it.connected();
    expect(await it.toRooms(person, { action: 'joinRoom', roomId: ROOM })).toMatchObject({ seq: 3 });
    const join = it.calls.made.lastIndexOf('audience.join');
    expect(it.calls.made.lastIndexOf('outbox.lastSeq')).toBeGreaterThan(join);
    it.rooms.raiseHead(ROOM, 9);
    expect(await it.toRooms(person, { action: 'joinRoom', roomId: ROOM })).toMatchObject({ seq: 9 });
  });

  it('makes the room the one last joined, and may be repeated', async () => {
    const it = commandWorld();
    const person = await it.connected();
    for (const room of ['a', 'b', 'a']) await it.toRooms(person, { action: 'joinRoom', room });
    const { rooms = [] } = (await it.connections.find(person.connectionId)) ?? {};
    expect(rooms).toEqual([channelId('b'), channelId('a')]);
    expect(it.audienceOf(channelId('a'))).toHaveLength(1);
  });

  it.each([{}, { room: '' }, { room: 7 }, { room: 'a\u0000b' }])('refuses %j', async (frame) => {
    const it = commandWorld();
    const refused = await it.toRooms(await it.connected(), { action: 'joinRoom', ...frame });
    expect(refused).toMatchObject({ ok: false, error: { name: 'bad_request', field: '/room' } });
  });

  it('says the same of a room that is none, a meeting and a direct room of others', async () => {
    const it = commandWorld();
    const people = ['u_1', 'u_2'] as const;
    const [direct, meeting] = [directRoomId(...people), newId('m')];
    await it.rooms.create({ roomId: direct, kind: 'direct', name: '', people });
    await it.rooms.create({ roomId: meeting, kind: 'meeting', name: SECRET_ROOM });
    const person = await it.connected();
    const replies = await Promise.all(
      [direct, meeting, newId('m'), newId('r'), directRoomId('u_3', 'u_4')].map((roomId) =>
        it.toRooms(person, { action: 'joinRoom', roomId }),
      ),
    );
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    expect(replies[0]).toMatchObject({ error: { name: 'unknown_room', field: '/roomId' } });
    expect(it.members.rows.size).toBe(0);
    const own = await it.connected({ userId: 'u_1' });
    expect(await it.toRooms(own, { action: 'joinRoom', roomId: direct })).toMatchObject({
      error: { name: 'already_joined' },
    });
  });

  it('keeps out whoever has a ban, and closed rooms shut to all but members', async () => {
    const it = commandWorld();
    const [banned, member, stranger] = [await it.connected(), await it.connected(), await it.connected()];
    const join = (person: typeof banned) => it.toRooms(person, { action: 'joinRoom', room: SECRET_ROOM });
    await join(member);
    await it.members.ban({ roomId: ROOM, userId: banned.userId, since: 0 });
    await it.rooms.close(ROOM, it.now());
    expect(await join(stranger)).toMatchObject({ error: { name: 'not_available' } });
    expect(await join(member)).toMatchObject({ ok: true });
    await it.rooms.open({ roomId: channelId('open'), name: 'open' });
    await it.members.ban({ roomId: channelId('open'), userId: banned.userId, since: 0 });
    const refused = await it.toRooms(banned, { action: 'joinRoom', room: 'open' });
    expect(refused).toMatchObject({ error: { name: 'permission_denied' } });
    expect(it.audienceOf(channelId('open'))).toEqual([]);
  });

  it('takes back the place of a connection that ends meanwhile, and says goodbye to it', async () => {
    const it = commandWorld();
    const person = await it.connected();
    const join = it.audience.join.bind(it.audience);
    it.audience.join = async (rows) => {
      await join(rows);
      await it.connections.remove(person.connectionId);
    };
    expect(await it.toRooms(person, { action: 'joinRoom', room: SECRET_ROOM })).toMatchObject({
      type: 'bye',
    });
    expect(it.audienceOf(ROOM)).toEqual([]);
  });

  it('takes back the place of somebody who is banned meanwhile, because the ban did not find it', async () => {
    const it = commandWorld();
    const person = await it.connected();
    const room = await it.rooms.open({ roomId: ROOM, name: SECRET_ROOM });
    const enter = it.connections.enterRoom.bind(it.connections);
    it.connections.enterRoom = async (...entry) => {
      const entered = await enter(...entry);
      await it.members.ban({ roomId: ROOM, userId: person.userId, since: 0 });
      return entered;
    };
    await expect(enterRoom(person, room, it)).rejects.toMatchObject({ error: 'permission_denied' });
    expect(it.audienceOf(ROOM)).toEqual([]);
    expect(await it.connections.find(person.connectionId)).toMatchObject({ rooms: [] });
  });

  it('keeps out of a closed room a member who is taken out meanwhile', async () => {
    const it = commandWorld();
    const person = await it.connected();
    await it.toRooms(person, { action: 'joinRoom', room: SECRET_ROOM });
    await it.toRooms(person, { action: 'leaveRoom', room: SECRET_ROOM });
    const { roomId, userId } = { roomId: ROOM, userId: person.userId };
    await it.members.enter({ roomId, userId, role: 'member', since: 0, expiresAt: undefined });
    await it.rooms.close(ROOM, it.now());
    onceSeen(it, person, () => it.members.remove(ROOM, userId));
    const refused = await it.toRooms(person, { action: 'joinRoom', room: SECRET_ROOM });
    expect(refused).toMatchObject({ error: { name: 'not_available' } });
    expect(await it.members.find(ROOM, userId)).toBeUndefined();
    expect(it.audienceOf(ROOM)).toEqual([]);
  });

  it('takes back its place when it fails, because whoever was taken out meanwhile would listen on', async () => {
    let crashes = 0;
    for (const step of ['audience.join', 'connections.enterRoom', 'outbox.lastSeq', 'members.find']) {
      for (const when of ['before', 'after'] as const) {
        const it = commandWorld();
        const person = await it.connected();
        const room = await it.rooms.open({ roomId: ROOM, name: SECRET_ROOM });
        const clean = commandWorld();
        const other = await clean.connected();
        await clean.rooms.open({ roomId: ROOM, name: SECRET_ROOM });
        const from = clean.calls.made.length;
        await enterRoom(other, room, clean);
        it.calls.failAt(it.calls.made.length + clean.calls.made.slice(from).lastIndexOf(step), when);
        await expect(enterRoom(person, room, it)).rejects.toThrow('canary');
        expect(it.audienceOf(ROOM)).toEqual([]);
        expect(await it.connections.find(person.connectionId)).toMatchObject({ rooms: [] });
        crashes += 1;
      }
    }
    expect(crashes).toBe(8);
  });

  it('comes to the same when it is sent again, wherever it broke off', async () => {
    await everyCrash(async () => {
      const it = commandWorld();
      const person = await it.connected();
      const room = await it.rooms.open({ roomId: ROOM, name: SECRET_ROOM });
      return {
        world: it,
        run: () => enterRoom(person, room, it),
        check: async () => {
          expect(it.audienceOf(ROOM)).toEqual([person.connectionId]);
          expect(await it.connections.find(person.connectionId)).toMatchObject({ rooms: [ROOM] });
          expect(await it.members.find(ROOM, person.userId)).toMatchObject({ standing: 'in' });
        },
      };
    });
  });
});
