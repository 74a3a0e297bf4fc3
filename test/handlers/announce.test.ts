import { GUEST_NAME, audienceRows, type Connection } from '../../handlers/chat/connections';
import {
  MEMBER_JOINED,
  MEMBER_LEFT,
  MEMBER_RENAMED,
  MEMBER_TYPING,
  PERSON_NOTIFIED,
  RECEIPTS_GIVEN,
  type Notice,
  type PersonNotified,
} from '../../handlers/chat/events';
import { endConnections } from '../../handlers/chat/membership/leaving';
import { directRoomId } from '../../handlers/chat/ids';
import { TALKATIVE_ROOM } from '../../handlers/chat/audience';
import { noticePush } from '../../handlers/chat/protocol/pushes';
import { announce } from '../../handlers/fan-out/announce';
import { capturedLog } from '../support/memory/captured-log';
import { aConnection, aDraft, SECRET_NAME, SECRET_ROOM } from '../support/memory/examples';
import { chattingWorld, disconnected, type ChattingWorld } from './people-who-chat';

const NOTHING = { posted: 0, gone: 0, failed: 0 };

/** George, Elaine and Jerry in the canary room; nobody was announced yet. */
async function threePeople() {
  const it = await chattingWorld();
  const [george, elaine, jerry] = [await it.connected(), await it.connected(), await it.connected()];
  const say = (event: Notice) => announce(event, it);
  const about = (type: typeof MEMBER_JOINED | typeof MEMBER_LEFT | typeof MEMBER_TYPING, one: Connection) =>
    say({ type, detail: { roomId: it.roomId, userId: one.userId, connectionId: one.connectionId } });
  return {
    ...it,
    ...{ george, elaine, jerry, say },
    joined: (one: Connection) => about(MEMBER_JOINED, one),
    left: (one: Connection) => about(MEMBER_LEFT, one),
    typing: (one: Connection) => about(MEMBER_TYPING, one),
    renamed: ({ userId }: Connection) => say({ type: MEMBER_RENAMED, detail: { roomId: it.roomId, userId } }),
  };
}

/** Fills the room until it has so many connections. */
async function crowd(it: ChattingWorld, total: number) {
  const more = Array.from({ length: total - it.connections.rows.size }, () =>
    aConnection(it.now(), { rooms: [it.roomId] }),
  );
  await it.audience.join(more.flatMap(audienceRows));
}

describe('announcing that somebody joined', () => {
  it('tells the others by name, in the words of the tutorials, and not the one who joined', async () => {
    const it = await threePeople();
    expect(await it.joined(it.george)).toEqual({ posted: 2, gone: 0, failed: 0 });
    for (const other of [it.elaine, it.jerry]) {
      expect(it.received(other)).toEqual([
        {
          type: 'joined',
          room: SECRET_ROOM,
          roomId: it.roomId,
          userId: it.george.userId,
          name: SECRET_NAME,
          text: `${SECRET_NAME} has joined the chat`,
          timestamp: new Date(it.now()).toISOString(),
        },
      ]);
    }
    expect(it.received(it.george)).toEqual([]);
  });

  it('is silent about a second device, and about an event that comes twice', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    const phone = await it.connected({ userId: it.george.userId });
    expect(await it.joined(phone)).toEqual(NOTHING);
    expect(await it.joined(it.george)).toEqual(NOTHING);
  });

  it('says nothing of somebody whose connection ends while it is being noted, and is told when they come again', async () => {
    const it = await threePeople();
    const noteAnnounced = it.members.noteAnnounced.bind(it.members);
    const noting = jest.spyOn(it.members, 'noteAnnounced').mockImplementationOnce(async (...which) => {
      await endConnections([it.george], it);
      return noteAnnounced(...which);
    });
    expect(await it.joined(it.george)).toEqual(NOTHING);
    noting.mockRestore();
    expect(it.bus.events).toMatchObject([{ type: MEMBER_LEFT, detail: { unannounced: true } }]);
    expect(await it.joined(await it.connected({ userId: it.george.userId }))).toMatchObject({ posted: 2 });
  });

  it('tells the others of somebody who comes while it is being noted that another device of theirs was gone', async () => {
    const it = await threePeople();
    const noteAnnounced = it.members.noteAnnounced.bind(it.members);
    let phone: Connection | undefined;
    const noting = jest.spyOn(it.members, 'noteAnnounced').mockImplementation(async (...which) => {
      const [, , here] = which;
      if (phone !== undefined) return noteAnnounced(...which);
      if (here) await endConnections([it.george], it);
      else {
        phone = await it.connected({ userId: it.george.userId });
        expect(await it.joined(phone)).toEqual(NOTHING);
      }
      return noteAnnounced(...which);
    });
    expect(await it.joined(it.george)).toMatchObject({ posted: 2 });
    noting.mockRestore();
    expect(await it.joined(phone!)).toEqual(NOTHING);
  });

  it.each<[string, (it: Awaited<ReturnType<typeof threePeople>>) => Promise<Connection>]>([
    ['somebody without a name', (it) => it.connected({ name: GUEST_NAME })],
    ['somebody who is gone already', async (it) => (await disconnected(it, it.george), it.george)],
    [
      'somebody who left the room again',
      async (it) => (await it.connections.leaveRoom(it.george.connectionId, it.roomId), it.george),
    ],
  ])('says nothing of %s', async (_, who) => {
    const it = await threePeople();
    expect(await it.joined(await who(it))).toEqual(NOTHING);
    expect(it.received(it.elaine)).toEqual([]);
  });
});

describe('announcing that somebody left', () => {
  it('tells the others, once', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await disconnected(it, it.george);
    await it.left(it.george);
    expect(await it.left(it.george)).toEqual(NOTHING);
    expect(it.received(it.jerry).slice(1)).toEqual([
      expect.objectContaining({ type: 'left', text: `${SECRET_NAME} has left the chat` }),
    ]);
  });

  it('says nothing while another device is there, or when they came back, because it is about people', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    const phone = await it.connected({ userId: it.george.userId });
    await disconnected(it, it.george);
    expect(await it.left(it.george)).toEqual(NOTHING);
    await disconnected(it, phone);
    await it.left(phone);
    expect(it.received(it.elaine).map(({ type }) => type)).toEqual(['joined', 'left']);
  });

  it('counts a device that is in another room as not here', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await it.rooms.open({ roomId: 'r_elsewhere', name: 'elsewhere' });
    await it.connected({ userId: it.george.userId, rooms: ['r_elsewhere'] });
    await disconnected(it, it.george);
    expect(await it.left(it.george)).toMatchObject({ posted: 2 });
  });

  it('is told of somebody who left for good, whose membership is over by then', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await disconnected(it, it.george);
    await it.members.remove(it.roomId, it.george.userId);
    expect(await it.left(it.george)).toMatchObject({ posted: 2 });
  });

  it('says nothing of somebody who was never announced', async () => {
    const it = await threePeople();
    await disconnected(it, it.george);
    expect(await it.left(it.george)).toEqual(NOTHING);
  });

  it('takes it back where somebody returns while it is being decided, so that the next leave is told again', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await disconnected(it, it.george);
    const noteAnnounced = it.members.noteAnnounced.bind(it.members);
    let phone: Connection | undefined;
    jest.spyOn(it.members, 'noteAnnounced').mockImplementation(async (...which) => {
      phone ??= await it.connected({ userId: it.george.userId });
      return noteAnnounced(...which);
    });
    expect(await it.left(it.george)).toEqual(NOTHING);
    await disconnected(it, phone!);
    expect(await it.left(phone!)).toMatchObject({ posted: 2 });
  });

  it('tells the others, once, of somebody who returns and goes again while it is being decided, because no workflow is started for them', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await disconnected(it, it.george);
    const noteAnnounced = it.members.noteAnnounced.bind(it.members);
    let phone: Connection | undefined;
    const noting = jest.spyOn(it.members, 'noteAnnounced').mockImplementation(async (...which) => {
      const [, , here] = which;
      if (here && phone !== undefined) await endConnections([phone], it);
      const noted = await noteAnnounced(...which);
      phone ??= await it.connected({ userId: it.george.userId });
      return noted;
    });
    await it.left(it.george);
    noting.mockRestore();
    expect(it.bus.events.at(-1)).toMatchObject({
      ...{ type: MEMBER_LEFT, detail: { connectionId: phone!.connectionId, unannounced: true } },
    });
    expect(await it.left(phone!)).toEqual(NOTHING);
    expect(it.received(it.elaine).map(({ type }) => type)).toEqual(['joined', 'left']);
  });
});

describe('announcing a name', () => {
  const call = async (it: ChattingWorld, { userId, connectionId, name }: Connection, newName: string) => {
    await it.users.remember({ userId, name: newName, formerName: name });
    await it.connections.rename(connectionId, newName);
  };

  it('is how a nameless guest joins', async () => {
    const it = await threePeople();
    const guest = await it.connected({ name: GUEST_NAME });
    await it.joined(guest);
    await call(it, guest, `${SECRET_NAME} II`);
    await it.renamed(guest);
    expect(it.received(it.elaine)).toEqual([
      expect.objectContaining({ type: 'joined', text: `${SECRET_NAME} II has joined the chat` }),
    ]);
    expect(await it.renamed(guest)).toEqual(NOTHING);
  });

  it('says both names of somebody who had one, also to the person’s other devices', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await call(it, it.george, 'Joe');
    expect(await it.renamed(it.george)).toMatchObject({ posted: 3 });
    const push = { type: 'renamed', name: 'Joe', text: `${SECRET_NAME} is now called Joe` };
    expect(it.received(it.elaine).at(-1)).toMatchObject(push);
    expect(it.received(it.george)).toEqual([expect.objectContaining(push)]);
  });

  it('says nothing of somebody who is not there any more', async () => {
    const it = await threePeople();
    await call(it, it.george, 'Joe');
    await disconnected(it, it.george);
    expect(await it.renamed(it.george)).toEqual(NOTHING);
  });
});

describe('announcing that somebody types', () => {
  it('tells the others in the room', async () => {
    const it = await threePeople();
    expect(await it.typing(it.george)).toMatchObject({ posted: 2 });
    expect(it.received(it.elaine)).toEqual([
      expect.objectContaining({ type: 'typing', userId: it.george.userId, name: SECRET_NAME }),
    ]);
  });

  it('tells nobody in a closed room', async () => {
    const it = await threePeople();
    await it.rooms.close(it.roomId, it.now());
    expect(await it.typing(it.george)).toEqual(NOTHING);
  });

  it('tells all devices of the other in a direct room, wherever they are', async () => {
    const it = await threePeople();
    const people = [it.george.userId, it.elaine.userId] as const;
    const roomId = directRoomId(...people);
    await it.rooms.create({ roomId, kind: 'direct', name: roomId, people });
    const phone = await it.connected({ userId: it.elaine.userId, rooms: [] });
    const { userId, connectionId } = it.george;
    await it.say({ type: MEMBER_TYPING, detail: { roomId, userId, connectionId } });
    for (const device of [it.elaine, phone])
      expect(it.received(device)).toEqual([
        expect.objectContaining({ type: 'typing', roomId, room: roomId }),
      ]);
    expect([it.received(it.george), it.received(it.jerry)]).toEqual([[], []]);
  });
});

describe('announcing receipts', () => {
  const give = ({ members, roomId, now }: ChattingWorld, { userId }: Connection, readSeq: number) =>
    members.giveReceipt(roomId, userId, { receivedSeq: readSeq, readSeq, now: now(), gap: 5000 });

  it('tells everybody of all cursors that moved lately, in one push', async () => {
    const it = await threePeople();
    await give(it, it.jerry, 3);
    it.clock.advance(60_000);
    await give(it, it.george, 7);
    await give(it, it.elaine, 8);
    await it.say({ type: RECEIPTS_GIVEN, detail: { roomId: it.roomId } });
    const [push, ...more] = it.received(it.jerry);
    expect(more).toEqual([]);
    expect(push).toMatchObject({ type: 'receipts', room: SECRET_ROOM, roomId: it.roomId });
    expect(push!.receipts).toHaveLength(2);
    expect(push!.receipts).toEqual(
      expect.arrayContaining([
        { userId: it.george.userId, receivedSeq: 7, readSeq: 7 },
        { userId: it.elaine.userId, receivedSeq: 8, readSeq: 8 },
      ]),
    );
  });

  it('tells of nobody who has left the room since', async () => {
    const it = await threePeople();
    await give(it, it.george, 7);
    await it.members.remove(it.roomId, it.george.userId);
    expect(await it.say({ type: RECEIPTS_GIVEN, detail: { roomId: it.roomId } })).toEqual(NOTHING);
  });

  it('splits many into frames of which each is below 32 KB', async () => {
    const it = await threePeople();
    for (let index = 0; index < 450; index += 1) {
      const userId = `u_${String(index).padStart(14, '0')}`;
      await it.members.enter({ roomId: it.roomId, userId, role: 'member', since: 0 });
      await give(it, aConnection(it.now(), { userId }), Number.MAX_SAFE_INTEGER);
    }
    await it.say({ type: RECEIPTS_GIVEN, detail: { roomId: it.roomId } });
    const frames = it.sockets.received(it.jerry.connectionId);
    expect(frames).toHaveLength(3);
    expect(Math.max(...frames.map((frame) => Buffer.byteLength(frame)))).toBeLessThan(32 * 1024);
    expect(it.received(it.jerry).flatMap(({ receipts }) => receipts)).toHaveLength(450);
  });
});

describe('announcing to one person', () => {
  it.each<[PersonNotified['notice'], object]>([
    ['invited', { type: 'invited' }],
    ['waiting', { type: 'waiting' }],
    ['refused', { type: 'refused' }],
    ['admitted', { type: 'admitted', seq: 3, epoch: expect.any(String) }],
    ['removed', { type: 'removed', reason: 'removed' }],
    ['banned', { type: 'removed', reason: 'banned' }],
    ['room_closed', { type: 'removed', reason: 'room_closed' }],
  ])('%s reaches all devices of that person and nobody else', async (kind, push) => {
    const it = await threePeople();
    it.rooms.raiseHead(it.roomId, 2);
    await it.outbox.append({ ...aDraft(it.now()), seq: 3 }, it.now());
    const phone = await it.connected({ userId: it.elaine.userId, rooms: [] });
    const detail = {
      userId: it.elaine.userId,
      notice: kind,
      roomId: it.roomId,
      aboutUserId: it.george.userId,
    };
    expect(await it.say({ type: PERSON_NOTIFIED, detail })).toMatchObject({ posted: 2 });
    for (const device of [it.elaine, phone]) {
      expect(it.received(device)).toEqual([
        expect.objectContaining({ ...push, userId: it.george.userId, name: SECRET_NAME, room: SECRET_ROOM }),
      ]);
    }
    expect([it.received(it.george), it.received(it.jerry)]).toEqual([[], []]);
  });
});

describe('announcing', () => {
  it('is silent in a room of more than 200 connections, of every kind of notice', async () => {
    const it = await threePeople();
    await it.joined(it.elaine);
    await crowd(it, TALKATIVE_ROOM + 1);
    const detail = { roomId: it.roomId };
    expect(await it.joined(it.george)).toEqual(NOTHING);
    expect(await it.typing(it.george)).toEqual(NOTHING);
    expect(await it.renamed(it.george)).toEqual(NOTHING);
    expect(await it.say({ type: RECEIPTS_GIVEN, detail })).toEqual(NOTHING);
    await disconnected(it, it.elaine);
    await crowd(it, TALKATIVE_ROOM + 2);
    expect(await it.left(it.elaine)).toEqual(NOTHING);
  });

  it('still speaks in a room of 200', async () => {
    const it = await threePeople();
    await crowd(it, TALKATIVE_ROOM);
    expect(await it.joined(it.george)).toMatchObject({ posted: TALKATIVE_ROOM - 1 });
  });

  it('ends connections that it found gone, and says that they left', async () => {
    const it = await threePeople();
    it.sockets.gone(it.elaine.connectionId);
    expect(await it.typing(it.george)).toEqual({ posted: 1, gone: 1, failed: 0 });
    expect(it.sockets.closed).toEqual(new Set([it.elaine.connectionId]));
    expect(await it.connections.find(it.elaine.connectionId)).toBeUndefined();
    expect([...it.audience.rows.values()].map(({ connectionId }) => connectionId)).not.toContain(
      it.elaine.connectionId,
    );
    const { userId, connectionId } = it.elaine;
    expect(it.bus.events).toEqual([
      { type: MEMBER_LEFT, detail: { roomId: it.roomId, userId, connectionId, unannounced: true } },
    ]);
  });

  it('does not take a connection for gone whose upgrade may be under way', async () => {
    const it = await threePeople();
    const young = await it.connected({ openedAt: it.now() });
    it.sockets.gone(young.connectionId);
    expect(await it.typing(it.george)).toEqual({ posted: 2, gone: 0, failed: 1 });
    expect(await it.connections.find(young.connectionId)).toBeDefined();
  });

  it('posts only frames that the protocol has', async () => {
    const it = await threePeople();
    await it.joined(it.george);
    await it.typing(it.george);
    await it.renamed(it.jerry);
    for (const frame of it.received(it.elaine)) expect(noticePush.parse(frame)).toEqual(frame);
    expect(it.received(it.elaine).map(({ type }) => type)).toEqual(['joined', 'typing', 'joined']);
  });

  it('says nothing about rooms that do not exist, and throws on what is no notice', async () => {
    const it = await threePeople();
    const { userId, connectionId } = it.george;
    const detail = { roomId: 'r_none', userId, connectionId };
    expect(await it.say({ type: MEMBER_TYPING, detail })).toEqual(NOTHING);
    await expect(announce({ type: 'MessageAccepted', detail }, it)).rejects.toThrow();
    await expect(announce({ type: MEMBER_TYPING, detail: {} }, it)).rejects.toThrow();
  });

  it('logs ids and counts', async () => {
    const it = await threePeople();
    await it.typing(it.george);
    expect(capturedLog().lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'info',
        event: 'announced',
        notice: MEMBER_TYPING,
        roomId: it.roomId,
        posted: 2,
        gone: 0,
        failed: 0,
      },
    ]);
  });
});
