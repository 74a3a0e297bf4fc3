import { GUEST_NAME, type Connection } from '../../handlers/chat/connections';
import { MEMBER_RENAMED, MEMBER_TYPING, RECEIPTS_GIVEN } from '../../handlers/chat/events';
import { directRoomId, newId } from '../../handlers/chat/ids';
import type { Members } from '../../handlers/chat/storage/rooms';
import { TALKATIVE_ROOM } from '../../handlers/chat/audience';
import {
  errorReplySchema,
  helloReply,
  nameReply,
  pongReply,
  receiptReply,
  roomReply,
} from '../../handlers/chat/protocol/replies';
import { rooms } from '../../handlers/websocket/rooms';
import { session } from '../../handlers/websocket/session';
import { HOUR, SECOND } from '../support/memory/clock';
import { aDraft, aRoomId, SECRET_NAME, SECRET_ROOM } from '../support/memory/examples';
import { chattingWorld, frameEvent } from './people-who-chat';

/** Elaine in the canary room, in which two messages stand, and what she gets back for a frame. */
async function elaineIsThere() {
  const it = await chattingWorld();
  const elaine = await it.connected();
  for (const seq of [1, 2]) await it.outbox.append({ ...aDraft(it.now()), seq }, it.now());
  const ask = async (frame: object, from: Pick<Connection, 'connectionId'> = elaine) => {
    const { statusCode, body } = await session(frameEvent(from, frame), it);
    expect(statusCode).toBe(200);
    return JSON.parse(body) as Record<string, unknown>;
  };
  return { ...it, elaine, ask };
}

const FRAME = 32 * 1024;

/** Elaine, in so many rooms more. `everyRoom` has their ids in the order in which they are given. */
async function withRooms({
  channels = 0,
  meetings = 0,
  direct = 0,
  name = 'room',
  listens = false,
}: {
  channels?: number;
  meetings?: number;
  direct?: number;
  name?: string;
  listens?: boolean;
}) {
  const it = await elaineIsThere();
  const { userId, connectionId } = it.elaine;
  const enter = async (roomId: string, hears: boolean) => {
    await it.members.enter({ roomId, userId, role: 'moderator', since: 0 });
    if (hears) await it.connections.enterRoom(connectionId, roomId);
    return roomId;
  };
  const everyRoom = [it.roomId];
  for (let index = 0; index < channels; index += 1) {
    const { roomId } = await it.rooms.open({ roomId: aRoomId(), name });
    everyRoom.push(await enter(roomId, listens));
  }
  for (let index = 0; index < meetings; index += 1) {
    const roomId = newId('m');
    await it.rooms.create({ roomId, kind: 'meeting', name, meeting: { media: 'chat', approval: false } });
    everyRoom.push(await enter(roomId, listens));
  }
  for (let index = 0; index < direct; index += 1) {
    const stranger = newId('g');
    const roomId = directRoomId(userId, stranger);
    await it.users.remember({ userId: stranger, name: '\uffe6'.repeat(40) });
    await it.rooms.create({ roomId, kind: 'direct', name: roomId, people: [userId, stranger] });
    everyRoom.push(await enter(roomId, false));
  }
  const askRooms = async (frame: object) => {
    const { body } = await rooms(frameEvent(it.elaine, frame), {
      ...it,
      channels: { byJoining: 'everyone', defaultRoom: 'lobby' },
      roomsPerUser: 500,
    });
    return JSON.parse(body) as Record<string, unknown>;
  };
  return { ...it, askRooms, everyRoom: everyRoom.sort().reverse() };
}

const COMMANDS = [
  { action: 'hello' },
  { action: 'ping' },
  { action: 'setName', name: 'Elaine' },
  { action: 'typing' },
  { action: 'receipt', readSeq: 1 },
];

describe('hello', () => {
  it('says who one is, where the rooms stand and what is unread, and what the limits are', async () => {
    const { ask, elaine, roomId, epoch, members, now } = await elaineIsThere();
    const cursors = { receivedSeq: 1, readSeq: 1, now: now(), gap: 0 };
    await members.giveReceipt(roomId, elaine.userId, cursors);
    const reply = await ask({ action: 'hello', id: 'h' });
    expect(helloReply.parse(reply)).toEqual({
      id: 'h',
      ok: true,
      connectionId: elaine.connectionId,
      userId: elaine.userId,
      name: SECRET_NAME,
      rooms: [
        {
          ...{ roomId, room: SECRET_ROOM, kind: 'channel', epoch, role: 'member' },
          ...{ seq: 2, readSeq: 1, unread: 1 },
        },
      ],
      next: null,
      limits: { textBytes: 8000, frameBytes: 32768, pageMessages: 100 },
      protocol: 1,
    });
  });

  it('has channels and meetings before direct rooms, however many of these others have opened', async () => {
    const { ask } = await withRooms({ channels: 2, meetings: 2, direct: 250 });
    const { rooms: page, next } = helloReply.parse(await ask({ action: 'hello' }));
    const own = ['channel', 'channel', 'channel', 'meeting', 'meeting'];
    expect(page.slice(0, 5).map(({ kind }) => kind)).toEqual(own);
    expect(new Set(page.slice(5).map(({ kind }) => kind))).toEqual(new Set(['direct']));
    expect(next).toBe(page.at(-1)?.roomId);
  });

  it('and its further pages give every room once, each in one frame, also with the longest names', async () => {
    const it = await withRooms({ channels: 250, meetings: 50, direct: 250, name: '\uffe6'.repeat(64) });
    const frames = [await it.ask({ action: 'hello', id: '\uffe6'.repeat(64) })];
    for (let after = frames[0]!['next']; after !== null; after = frames.at(-1)!['next']) {
      frames.push(await it.askRooms({ action: 'rooms', id: '\uffe6'.repeat(64), after }));
    }
    for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(FRAME);
    const given = frames.flatMap(({ rooms }) => (rooms as { roomId: string }[]).map(({ roomId }) => roomId));
    expect(given).toEqual(it.everyRoom);
  });

  it('fits into one frame also for a connection that listens to all its rooms', async () => {
    const it = await withRooms({ channels: 500, direct: 250, listens: true });
    const reply = await it.ask({ action: 'hello' });
    expect(Buffer.byteLength(JSON.stringify(reply))).toBeLessThanOrEqual(FRAME);
    expect((reply['rooms'] as { roomId: string }[]).map(({ roomId }) => roomId)).toEqual(
      it.everyRoom.slice(0, 100),
    );
  });

  it('leaves out a room that the connection listens to still, although its person was taken out', async () => {
    const { ask, elaine, members, roomId } = await elaineIsThere();
    await members.ban({ roomId, userId: elaine.userId, since: 0 });
    expect(helloReply.parse(await ask({ action: 'hello' })).rooms).toEqual([]);
  });

  it('knows rooms that the person belongs to and this connection does not listen to, and direct ones', async () => {
    const { ask, elaine, rooms, members } = await elaineIsThere();
    const direct = directRoomId(elaine.userId, 'u_george');
    await rooms.create({ roomId: direct, kind: 'direct', name: direct, people: [elaine.userId, 'u_george'] });
    await rooms.open({ roomId: 'r_cellar', name: 'cellar' });
    for (const roomId of [direct, 'r_cellar'])
      await members.enter({ roomId, userId: elaine.userId, role: 'owner', since: 0 });
    const { rooms: summaries } = helloReply.parse(await ask({ action: 'hello' }));
    expect(summaries.map(({ room, role }) => `${room} ${role}`).sort()).toEqual(
      [`${SECRET_ROOM} member`, 'cellar owner', `${direct} owner`].sort(),
    );
  });

  it('knows the room just joined although the index by person lags', async () => {
    const { ask, roomId, members } = await elaineIsThere();
    jest.spyOn(members, 'roomsOf').mockResolvedValue({ members: [], next: null });
    expect(helloReply.parse(await ask({ action: 'hello' })).rooms).toEqual([
      expect.objectContaining({ roomId, seq: 2, unread: 2 }),
    ]);
  });
});

describe('ping', () => {
  it('answers where the rooms stand, so that nobody misses a message for longer than a ping', async () => {
    const { ask, roomId, epoch } = await elaineIsThere();
    const reply = pongReply.parse(await ask({ action: 'ping', id: 1 }));
    const rooms = { [roomId]: { epoch, seq: 2 } };
    expect(reply).toEqual({ id: 1, ok: true, pong: true, rooms, next: null });
  });

  it('takes the head for the position where the outbox has forgotten the numbers', async () => {
    const { ask, rooms, roomId, epoch } = await elaineIsThere();
    rooms.raiseHead(roomId, 41);
    expect((await ask({ action: 'ping' })).rooms).toEqual({ [roomId]: { epoch, seq: 41 } });
  });

  it('has the direct rooms too, which one hears without having joined them', async () => {
    const { ask, elaine, rooms, members, outbox, now } = await elaineIsThere();
    const roomId = directRoomId(elaine.userId, 'u_george');
    await rooms.create({ roomId, kind: 'direct', name: roomId, people: [elaine.userId, 'u_george'] });
    await members.enter({ roomId, userId: elaine.userId, role: 'member', since: 0 });
    await outbox.append({ ...aDraft(now()), roomId, seq: 1 }, now());
    expect((await ask({ action: 'ping' })).rooms).toMatchObject({ [roomId]: { seq: 1 } });
  });

  it('names a room that another device entered, so that this one can follow', async () => {
    const { ask, elaine, members, rooms } = await elaineIsThere();
    const { roomId } = await rooms.open({ roomId: 'r_cellar', name: 'cellar' });
    await members.enter({ roomId, userId: elaine.userId, role: 'member', since: 0 });
    expect((await ask({ action: 'ping' })).rooms).toMatchObject({ r_cellar: { seq: 0 } });
  });

  it('names a room that the index by person does not know yet, on the page where it belongs', async () => {
    const it = await withRooms({ channels: 150, direct: 150, listens: true });
    const none: Awaited<ReturnType<Members['roomsOf']>> = { members: [], next: null };
    jest.spyOn(it.members, 'roomsOf').mockResolvedValue(none);
    const first = pongReply.parse(await it.ask({ action: 'ping' }));
    const second = pongReply.parse(await it.ask({ action: 'ping', after: first.next }));
    const heard = it.everyRoom.filter((roomId) => !roomId.startsWith('d_'));
    expect([first, second].flatMap(({ rooms }) => Object.keys(rooms))).toEqual(heard);
    expect(second.next).toBeNull();
  });

  it('gives the head of every room once, page by page, each in one frame', async () => {
    const it = await withRooms({ channels: 500, meetings: 50, direct: 250, listens: true });
    const heads: string[] = [];
    let after: string | null | undefined;
    while (after !== null) {
      const reply = await it.ask({ action: 'ping', ...(after === undefined ? {} : { after }) });
      expect(Buffer.byteLength(JSON.stringify(reply))).toBeLessThanOrEqual(FRAME);
      const page = pongReply.parse(reply);
      heads.push(...Object.keys(page.rooms));
      after = page.next;
    }
    expect(heads).toEqual(it.everyRoom);
  });

  it('renews the lease of presence', async () => {
    const { ask, elaine, clock, connections } = await elaineIsThere();
    clock.advance(HOUR);
    await ask({ action: 'ping' });
    expect((await connections.find(elaine.connectionId))?.seenAt).toBe(clock.now());
  });
});

describe('setName', () => {
  it('renames all devices of the person and says so in every room that one of them listens to', async () => {
    const { ask, elaine, connected, connections, users, rooms, bus } = await elaineIsThere();
    await rooms.open({ roomId: 'r_cellar', name: 'cellar' });
    const phone = await connected({ userId: elaine.userId, rooms: ['r_cellar'] });
    const reply = nameReply.parse(await ask({ action: 'setName', id: 'n', name: '  Elaine   B. ' }));
    expect(reply).toEqual({ id: 'n', ok: true, userId: elaine.userId, name: 'Elaine B.' });
    for (const { connectionId } of [elaine, phone])
      expect((await connections.find(connectionId))?.name).toBe('Elaine B.');
    const user = { userId: elaine.userId, name: 'Elaine B.', formerName: SECRET_NAME };
    expect(await users.find(elaine.userId)).toMatchObject(user);
    const details = [...elaine.rooms, 'r_cellar'].map((roomId) => ({ roomId, userId: elaine.userId }));
    expect(bus.events).toHaveLength(2);
    expect(bus.events).toEqual(
      expect.arrayContaining(details.map((detail) => ({ type: MEMBER_RENAMED, detail }))),
    );
  });

  it.each([
    [2 * HOUR, 30 * 24 * HOUR, 30 * 24 * HOUR],
    [30 * 24 * HOUR, 2 * HOUR, 30 * 24 * HOUR],
    [2 * HOUR, undefined, undefined],
    [undefined, 2 * HOUR, undefined],
  ])('keeps the name for the longer of %s and %s', async (ofConnection, ofUser, kept) => {
    const { ask, connected, users, now } = await elaineIsThere();
    const from = (duration: number | undefined) => (duration === undefined ? undefined : now() + duration);
    const one = await connected({ userExpiresAt: from(ofConnection) });
    await users.remember({ userId: one.userId, name: SECRET_NAME, expiresAt: from(ofUser) });
    await ask({ action: 'setName', name: 'Elaine' }, one);
    expect((await users.find(one.userId))?.expiresAt).toBe(from(kept));
  });

  it('says nothing where the name stays as it is', async () => {
    const { ask, bus } = await elaineIsThere();
    expect(await ask({ action: 'setName', name: SECRET_NAME })).toMatchObject({ ok: true });
    expect(bus.events).toEqual([]);
  });

  it.each([
    ['missing', undefined],
    ['a number', 7],
    ['empty', ''],
    ['only white space', '   '],
    ['too long', 'x'.repeat(41)],
    ['far too long', 'x'.repeat(5000)],
    ['with a control character', 'Elaine\u0007'],
    ['turned around', '\u202eenialE'],
    ['with half a character', 'E\ud800'],
    ['what nameless people are called', ` ${GUEST_NAME.toUpperCase()} `],
  ])('refuses a name that is %s, naming the field', async (_, name) => {
    const { ask, bus, elaine, connections } = await elaineIsThere();
    const reply = errorReplySchema.parse(await ask({ action: 'setName', name }));
    expect(reply.error).toMatchObject({ name: 'bad_request', field: '/name' });
    expect((await connections.find(elaine.connectionId))?.name).toBe(SECRET_NAME);
    expect(bus.events).toEqual([]);
  });
});

describe('typing', () => {
  it('goes over the bus with ids alone, at most once in three seconds', async () => {
    const { ask, bus, clock, elaine, roomId } = await elaineIsThere();
    const { userId, connectionId } = elaine;
    const said = { type: MEMBER_TYPING, detail: { roomId, userId, connectionId } };
    expect(roomReply.parse(await ask({ action: 'typing', id: 1 }))).toEqual({ id: 1, ok: true, roomId });
    clock.advance(3 * SECOND - 1);
    expect(await ask({ action: 'typing', room: SECRET_ROOM })).toMatchObject({ ok: true });
    expect(bus.events).toEqual([said]);
    clock.advance(1);
    await ask({ action: 'typing', roomId });
    expect(bus.events).toEqual([said, said]);
  });
});

describe('receipt', () => {
  it('moves cursors forward alone, as what is read has also arrived, and never past the last message', async () => {
    const { ask, clock, roomId } = await elaineIsThere();
    const reply = receiptReply.parse(await ask({ action: 'receipt', readSeq: 1 }));
    expect(reply).toEqual({ ok: true, roomId, receivedSeq: 1, readSeq: 1 });
    const next = async (receipt: object) => {
      clock.advance(5 * SECOND);
      return ask({ action: 'receipt', room: SECRET_ROOM, ...receipt });
    };
    expect(await next({ receivedSeq: 999 })).toMatchObject({ receivedSeq: 2, readSeq: 1 });
    expect(await next({ readSeq: 0 })).toMatchObject({ receivedSeq: 2, readSeq: 1 });
  });

  it('is taken once in five seconds, and says how long to wait', async () => {
    const { ask, clock } = await elaineIsThere();
    await ask({ action: 'receipt', readSeq: 1 });
    clock.advance(2 * SECOND);
    const reply = errorReplySchema.parse(await ask({ action: 'receipt', readSeq: 2 }));
    expect(reply.error).toMatchObject({ name: 'too_many_requests', temporary: true, retryAfterMs: 3000 });
  });

  it('is announced once for all that come within a second', async () => {
    const { ask, clock, bus, connected, roomId } = await elaineIsThere();
    const others = [await connected(), await connected()];
    for (const other of others) {
      await ask({ action: 'receipt', readSeq: 1 }, other);
      clock.advance(400);
    }
    expect(bus.events).toEqual([{ type: RECEIPTS_GIVEN, detail: { roomId } }]);
    clock.advance(SECOND);
    await ask({ action: 'receipt', readSeq: 1 });
    expect(bus.events).toHaveLength(2);
  });

  it.each([
    [{}, '/receivedSeq'],
    [{ readSeq: '1' }, '/readSeq'],
    [{ readSeq: -1 }, '/readSeq'],
    [{ readSeq: 1.5 }, '/readSeq'],
    [{ receivedSeq: 2 ** 60 }, '/receivedSeq'],
  ])('refuses %j, naming the field', async (receipt, field) => {
    const { ask } = await elaineIsThere();
    const reply = errorReplySchema.parse(await ask({ action: 'receipt', ...receipt }));
    expect(reply.error).toMatchObject({ name: 'bad_request', field });
  });
});

describe('the commands about oneself', () => {
  it.each([{ action: 'typing' }, { action: 'receipt', readSeq: 1 }])(
    '%j answers the same for a room that one is not in as for none, because that is nobody’s business',
    async (frame) => {
      const { ask, rooms, connected, bus } = await elaineIsThere();
      const secret = await rooms.open({ roomId: 'r_00000000secret', name: 'secret' });
      await connected({ rooms: [secret.roomId] });
      const exists = await ask({ ...frame, roomId: 'r_00000000secret' });
      expect(exists).toMatchObject({ ok: false, error: { name: 'unknown_room', field: '/roomId' } });
      expect(await ask({ ...frame, roomId: 'r_000000000none0' })).toEqual(exists);
      expect(bus.events).toEqual([]);
    },
  );

  it('do not let a stranger into the direct room of two', async () => {
    const { ask, rooms } = await elaineIsThere();
    const roomId = directRoomId('u_a', 'u_b');
    await rooms.create({ roomId, kind: 'direct', name: roomId, people: ['u_a', 'u_b'] });
    for (const frame of [{ action: 'typing' }, { action: 'receipt', readSeq: 1 }])
      expect(await ask({ ...frame, roomId })).toMatchObject({ error: { name: 'unknown_room' } });
  });

  it('make no notices in a room of more than 200 connections, but keep what they are given', async () => {
    const { ask, connected, bus, members, roomId, elaine } = await elaineIsThere();
    for (let index = 0; index < TALKATIVE_ROOM; index += 1) await connected();
    await ask({ action: 'typing' });
    await ask({ action: 'receipt', readSeq: 2 });
    expect(bus.events).toEqual([]);
    expect(await members.find(roomId, elaine.userId)).toMatchObject({ readSeq: 2 });
  });

  it.each(COMMANDS)('%j from a connection without a row gets a bye', async (frame) => {
    const { ask } = await elaineIsThere();
    expect(await ask(frame, { connectionId: 'unknown=' })).toMatchObject({ type: 'bye', code: 3010 });
  });

  it.each(COMMANDS)(
    '%j succeeds although the bus does not, because nothing is built on a notice',
    async (frame) => {
      for (const state of ['refuses', 'fails'] as const) {
        const { ask, bus } = await elaineIsThere();
        bus.state = state;
        expect(await ask({ ...frame, id: state })).toMatchObject({ id: state, ok: true });
      }
    },
  );

  it.each(COMMANDS)('%j says of a fault of ours that it is temporary, wherever it happens', async (frame) => {
    const clean = await elaineIsThere();
    const before = clean.calls.made.length;
    await clean.ask(frame);
    const made = clean.calls.made.slice(before);
    for (const [index, name] of made.entries()) {
      if (name === 'bus.publish') continue;
      const { ask, calls } = await elaineIsThere();
      calls.failAt(calls.made.length + index, 'before');
      expect(await ask(frame)).toMatchObject({ ok: false, error: { name: 'internal', temporary: true } });
    }
  });

  it('are no others than these', async () => {
    const { ask } = await elaineIsThere();
    expect(await ask({ action: 'dance' })).toMatchObject({ error: { name: 'unknown_action' } });
  });
});
