import { PRESENCE_LEASE } from '../../handlers/chat/connections';
import { channelId, directRoomId, newId } from '../../handlers/chat/ids';
import { aConnection, SECRET_NAME, SECRET_ROOM } from '../support/memory/examples';
import { commandWorld } from './commands';
import { everyCrash } from './every-crash';

const ROOM = channelId(SECRET_ROOM);

describe('creating a room', () => {
  it('gives the creator the room as its owner, with the position, and who is there', async () => {
    const it = commandWorld();
    const person = await it.connected();
    const { connectionId, userId } = person;
    const reply = await it.toRooms(person, {
      action: 'createRoom',
      name: ` ${SECRET_ROOM}`,
      retentionSeconds: 60,
    });
    expect(reply).toEqual({
      ...{ id: 'c1', ok: true, roomId: ROOM, room: SECRET_ROOM, kind: 'channel', role: 'owner' },
      ...{ epoch: expect.stringMatching(/^e_/), seq: 0 },
      ...{ members: [{ userId, name: SECRET_NAME }], count: 1, estimated: false },
    });
    expect(await it.rooms.find(ROOM)).toMatchObject({ owner: userId, retentionSeconds: 60 });
    expect(it.audienceOf(ROOM)).toEqual([connectionId]);
    expect(it.notices()).toEqual(['MemberJoined']);
  });

  it('refuses a name that somebody else has, and leaves the room alone', async () => {
    const it = commandWorld();
    const [one, other] = [await it.connected(), await it.connected()];
    await it.toRooms(one, { action: 'createRoom', name: SECRET_ROOM });
    const refused = await it.toRooms(other, { action: 'createRoom', name: SECRET_ROOM.toUpperCase() });
    expect(refused).toMatchObject({ ok: false, error: { name: 'conflict', field: '/name' } });
    expect(await it.members.find(ROOM, other.userId)).toBeUndefined();
  });

  it('does not make a creator the owner again who was demoted, whether they stayed or left', async () => {
    const it = commandWorld();
    const [creator, heir] = [await it.connected(), await it.connected()];
    const create = () => it.toRooms(creator, { action: 'createRoom', name: SECRET_ROOM });
    await create();
    await it.toRooms(heir, { action: 'joinRoom', room: SECRET_ROOM });
    expect(await create()).toMatchObject({ ok: true, role: 'owner' });
    await it.members.setRole(ROOM, heir.userId, 'owner');
    await it.members.setRole(ROOM, creator.userId, 'member');
    expect(await create()).toMatchObject({ error: { name: 'conflict', field: '/name' } });
    await it.toRooms(creator, { action: 'leaveRoom', room: SECRET_ROOM });
    expect(await create()).toMatchObject({ error: { name: 'conflict', field: '/name' } });
    expect(await it.members.find(ROOM, creator.userId)).toBeUndefined();
    const back = await it.toRooms(creator, { action: 'joinRoom', room: SECRET_ROOM });
    expect(back).toMatchObject({ ok: true, role: 'member' });
  });

  it('gives nobody the default room, because its owner could close it for everybody', async () => {
    const it = commandWorld();
    const { defaultRoom } = it.channels;
    const refused = await it.toRooms(await it.connected(), {
      action: 'createRoom',
      name: ` ${defaultRoom} `,
    });
    expect(refused).toMatchObject({ ok: false, error: { name: 'conflict', field: '/name' } });
    expect(it.rooms.rows.size).toBe(0);
  });

  it.each(['', ' ', 'a\u0000b', 'x'.repeat(65), newId('r'), newId('m')])(
    'refuses the name %j',
    async (name) => {
      const it = commandWorld();
      const refused = await it.toRooms(await it.connected(), { action: 'createRoom', name });
      expect(refused).toMatchObject({ ok: false, error: { name: 'bad_request', field: '/name' } });
      expect(it.rooms.rows.size).toBe(0);
    },
  );

  it('comes to the same when it is sent again, wherever it broke off', async () => {
    const tried = await everyCrash(async () => {
      const it = commandWorld();
      const person = await it.connected();
      const send = () => it.toRooms(person, { action: 'createRoom', name: SECRET_ROOM });
      return {
        world: it,
        run: send,
        check: async () => {
          expect(await send()).toMatchObject({ ok: true, role: 'owner', count: 1 });
          expect(it.audienceOf(ROOM)).toEqual([person.connectionId]);
          expect(await it.connections.find(person.connectionId)).toMatchObject({ rooms: [ROOM] });
        },
      };
    });
    expect(tried).toBeGreaterThan(10);
  });
});

describe('leaving a room', () => {
  const peopled = async () => {
    const it = commandWorld();
    const [phone, stays] = [await it.connected(), await it.connected()];
    const laptop = await it.connected({ userId: phone.userId });
    for (const one of [phone, laptop, stays])
      await it.toRooms(one, { action: 'joinRoom', room: SECRET_ROOM });
    return { ...it, phone, laptop, stays };
  };

  it('takes out all devices of the person, says so of each, and leaves the others', async () => {
    const it = await peopled();
    const reply = await it.toRooms(it.phone, { action: 'leaveRoom', room: SECRET_ROOM });
    expect(reply).toEqual({ id: 'c1', ok: true, roomId: ROOM });
    expect(it.audienceOf(ROOM)).toEqual([it.stays.connectionId]);
    for (const { connectionId } of [it.phone, it.laptop])
      expect(await it.connections.find(connectionId)).toMatchObject({ rooms: [] });
    expect(await it.members.find(ROOM, it.phone.userId)).toBeUndefined();
    expect(it.notices().filter((type) => type === 'MemberLeft')).toHaveLength(2);
    const again = await it.toRooms(it.phone, { action: 'leaveRoom', room: SECRET_ROOM });
    expect(again).toMatchObject({ error: { name: 'unknown_room', field: '/room' } });
  });

  it('also takes out a device that comes in while the others leave', async () => {
    const it = await peopled();
    const tablet = await it.connected({ userId: it.phone.userId });
    const remove = it.members.remove.bind(it.members);
    it.members.remove = async (...who) => {
      await it.toRooms(tablet, { action: 'joinRoom', room: SECRET_ROOM });
      return remove(...who);
    };
    expect(await it.toRooms(it.phone, { action: 'leaveRoom', room: SECRET_ROOM })).toMatchObject({
      ok: true,
    });
    expect(it.audienceOf(ROOM)).toEqual([it.stays.connectionId]);
    expect(await it.connections.find(tablet.connectionId)).toMatchObject({ rooms: [] });
  });

  it('leaves the room last joined where none is named', async () => {
    const it = await peopled();
    expect(await it.toRooms(it.phone, { action: 'leaveRoom' })).toMatchObject({ roomId: ROOM });
    expect(await it.toRooms(it.phone, { action: 'leaveRoom' })).toMatchObject({
      error: { name: 'unknown_room' },
    });
  });

  it('says as much of a room that one is not in as of none', async () => {
    const it = await peopled();
    const stranger = await it.connected();
    for (const action of ['leaveRoom', 'members']) {
      const ofARoom = await it.toRooms(stranger, { action, roomId: ROOM });
      expect(await it.toRooms(stranger, { action, roomId: newId('r') })).toEqual(ofARoom);
      expect(ofARoom).toMatchObject({ error: { name: 'unknown_room', field: '/roomId' } });
    }
    expect(it.audienceOf(ROOM)).toHaveLength(3);
  });

  it('does not leave a direct room, because the other one may write at any time', async () => {
    const it = commandWorld();
    const person = await it.connected();
    const people = [person.userId, 'u_2'] as const;
    await it.rooms.create({ roomId: directRoomId(...people), kind: 'direct', name: '', people });
    const refused = await it.toRooms(person, { action: 'leaveRoom', roomId: directRoomId(...people) });
    expect(refused).toMatchObject({ error: { name: 'bad_request', field: '/roomId' } });
  });

  it('comes to an end when it is sent again, wherever it broke off', async () => {
    await everyCrash(async () => {
      const it = await peopled();
      return {
        world: it,
        run: () => it.toRooms(it.phone, { action: 'leaveRoom', roomId: ROOM }),
        check: async () => {
          // A device that did not hear of it can still leave.
          await it.toRooms(it.laptop, { action: 'leaveRoom', roomId: ROOM });
          expect(await it.members.find(ROOM, it.phone.userId)).toBeUndefined();
          expect(it.audienceOf(ROOM)).toEqual([it.stays.connectionId]);
          expect(it.notices()).toContain('MemberLeft');
        },
      };
    });
  });
});

describe('who is there', () => {
  it('counts people, not devices, and not whoever was silent for the lease of presence', async () => {
    const it = commandWorld();
    const [phone, silent] = [await it.connected(), await it.connected()];
    const laptop = await it.connected({ userId: phone.userId });
    await it.toRooms(silent, { action: 'joinRoom', room: SECRET_ROOM });
    it.clock.advance(PRESENCE_LEASE);
    for (const one of [laptop, phone]) await it.toRooms(one, { action: 'joinRoom', room: SECRET_ROOM });
    expect(await it.toRooms(phone, { action: 'members' })).toEqual({
      ...{ id: 'c1', ok: true, roomId: ROOM, count: 1, estimated: false, next: null },
      members: [{ userId: phone.userId, name: SECRET_NAME }],
    });
  });

  it('with details tells of a channel how far those have read who are here, because anybody may look and who belongs to it is not theirs to know', async () => {
    const it = commandWorld();
    const [here, away] = [await it.connected(), await it.connected()];
    for (const one of [here, away]) {
      await it.toRooms(one, { action: 'joinRoom', room: SECRET_ROOM });
      const receipt = { receivedSeq: 5, readSeq: 3, now: it.now(), gap: 0 };
      await it.members.giveReceipt(ROOM, one.userId, receipt);
    }
    const guest = await it.connected({ kind: 'guest', userId: newId('g') });
    await it.toRooms(guest, { action: 'joinRoom', room: SECRET_ROOM });
    await it.connections.remove(away.connectionId);
    expect(await it.toRooms(guest, { action: 'members', details: true })).toMatchObject({
      receipts: [{ userId: here.userId, receivedSeq: 5, readSeq: 3 }],
    });
  });

  it('with details tells of a direct room how far the other one has read, here or not', async () => {
    const it = commandWorld();
    const [one, other] = [await it.connected(), aConnection(it.now())];
    const people = [one.userId, other.userId] as const;
    const roomId = directRoomId(...people);
    await it.rooms.create({ roomId, kind: 'direct', name: '', people });
    const { userId } = other;
    await it.members.enter({ roomId, userId, role: 'member', since: it.now() });
    await it.members.giveReceipt(roomId, userId, { receivedSeq: 5, readSeq: 3, now: it.now(), gap: 0 });
    expect(await it.toRooms(one, { action: 'members', roomId, details: true })).toMatchObject({
      receipts: [{ userId, receivedSeq: 5, readSeq: 3 }],
    });
  });

  it('pages through a large room, everybody once, with an estimate of how many there are', async () => {
    const it = commandWorld();
    await it.rooms.open({ roomId: ROOM, name: SECRET_ROOM });
    const people = await Promise.all(Array.from({ length: 300 }, () => it.connected({ rooms: [ROOM] })));
    const seen: string[] = [];
    let after: string | null | undefined;
    let pages = 0;
    do {
      const frame = { action: 'members', limit: 120, ...(after === undefined ? {} : { after }) };
      const reply = await it.toRooms(people[0]!, frame);
      expect(reply.estimated).toBe(true);
      expect(Math.abs(reply.count - 300)).toBeLessThan(100);
      seen.push(...reply.members.map(({ userId }) => userId));
      after = reply.next;
      pages += 1;
    } while (after !== null);
    expect(pages).toBe(3);
    expect(seen.toSorted()).toEqual(people.map(({ userId }) => userId).toSorted());
  });

  it('shows the two of a direct room', async () => {
    const it = commandWorld();
    const [one, other] = [await it.connected(), await it.connected()];
    const people = [one.userId, other.userId] as const;
    const roomId = directRoomId(...people);
    await it.rooms.create({ roomId, kind: 'direct', name: '', people });
    const reply = await it.toRooms(one, { action: 'members', roomId });
    expect(reply.members.map(({ userId }) => userId).toSorted()).toEqual([...people].toSorted());
    expect(await it.toRooms(await it.connected(), { action: 'members', roomId })).toMatchObject({
      error: { name: 'unknown_room' },
    });
  });
});

describe('the rooms of a person', () => {
  it('lists those that they belong to, with what they have not read', async () => {
    const it = commandWorld();
    const person = await it.connected();
    await it.toRooms(person, { action: 'createRoom', name: SECRET_ROOM });
    await it.toRooms(person, { action: 'joinRoom', room: 'other' });
    it.rooms.raiseHead(ROOM, 5);
    const { userId } = person;
    await it.members.giveReceipt(ROOM, userId, { receivedSeq: 5, readSeq: 3, now: it.now(), gap: 0 });
    const reply = await it.toRooms(person, { action: 'rooms' });
    expect(reply.next).toBeNull();
    expect(reply.rooms).toHaveLength(2);
    expect(reply.rooms.find(({ roomId }) => roomId === ROOM)).toMatchObject({
      ...{ role: 'owner', unread: 2, seq: 5, readSeq: 3, kind: 'channel' },
    });
    const members = await it.toRooms(person, { action: 'members', roomId: ROOM, details: true });
    expect(members).toMatchObject({ receipts: [{ userId, receivedSeq: 5, readSeq: 3 }] });
  });

  it('names the other one of a direct room, whoever began it, and whom there is no row of any more', async () => {
    const it = commandWorld();
    const [one, other, gone] = [await it.connected(), await it.connected(), await it.connected()];
    await it.users.remember({ userId: other.userId, name: 'Elaine' });
    await it.users.remember({ userId: one.userId, name: 'George' });
    for (const [a, b] of [
      [other, one],
      [one, gone],
      [one, one],
    ] as const) {
      const people = [a.userId, b.userId] as const;
      const roomId = directRoomId(...people);
      await it.rooms.create({ roomId, kind: 'direct', name: roomId, people });
      for (const userId of new Set(people)) {
        await it.members.enter({ roomId, userId, role: 'member', since: it.now() });
      }
    }
    const partnersOf = async (person: typeof one) =>
      (await it.toRooms(person, { action: 'rooms' })).rooms.map(({ partner }) => partner);
    expect(await partnersOf(one)).toHaveLength(3);
    expect(await partnersOf(one)).toEqual(
      expect.arrayContaining([
        { userId: other.userId, name: 'Elaine' },
        { userId: gone.userId, name: 'guest' },
        { userId: one.userId, name: 'George' },
      ]),
    );
    expect(await partnersOf(other)).toEqual([{ userId: one.userId, name: 'George' }]);
  });
});

describe('any command about rooms', () => {
  it('is answered with bye where the connection is not known, so that the client connects again', async () => {
    const it = commandWorld();
    for (const action of ['createRoom', 'joinRoom', 'leaveRoom', 'members', 'rooms', 'joinMeeting'])
      expect(await it.toRooms({ connectionId: 'unknown=' }, { action })).toMatchObject({
        type: 'bye',
        code: 3010,
      });
    expect(await it.toModerate({ connectionId: 'unknown=' }, { action: 'ban' })).toMatchObject({
      type: 'bye',
    });
  });

  it('is refused where there is no such action', async () => {
    const it = commandWorld();
    const person = await it.connected();
    for (const send of [it.toRooms, it.toModerate])
      expect(await send(person, { action: 'fly' })).toMatchObject({ error: { name: 'unknown_action' } });
  });
});
