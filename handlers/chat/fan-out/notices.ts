import { isQuiet, rowsOf } from '../audience';
import { GUEST_NAME } from '../connections';
import {
  MEMBER_JOINED,
  MEMBER_LEFT,
  MEMBER_RENAMED,
  MEMBER_TYPING,
  PERSON_NOTIFIED,
  RECEIPTS_GIVEN,
  type MemberJoined,
  type MemberLeft,
  type MemberRenamed,
  type Notice,
  type PersonNotified,
  type ReceiptsGiven,
} from '../events';
import { headOf } from '../heads';
import { personalPartition } from '../ids';
import type { Member } from '../members';
import { timestampOf } from '../messages';
import { pagesOf } from '../paging';
import type { Now } from '../ports';
import type { Outbox } from '../storage/messages';
import type { Connections, Users } from '../storage/people';
import type { Audience, Members, Rooms } from '../storage/rooms';
import type { NoticePush } from '../protocol/pushes';
import { partitionsOf, type Room } from '../rooms';

/** What is to be said, and to whom: everybody in these partitions, except all devices of one person. */
export interface Announcement {
  readonly pushes: readonly NoticePush[];
  readonly partitions: readonly string[];
  readonly except?: string;
}

interface Ports {
  readonly connections: Connections;
  readonly audience: Audience;
  readonly users: Users;
  readonly members: Members;
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly now: Now;
}

/**
 * What a notice has to say now that it is time to say it; undefined where there is nothing to say any more: the person
 * came back or is called nothing yet, the others know, the room is too large. Deciding that somebody has joined or
 * left also notes it, so that it is said once however often this runs.
 */
export async function announcementOf(notice: Notice, ports: Ports): Promise<Announcement | undefined> {
  switch (notice.type) {
    case MEMBER_JOINED:
      return joined(notice.detail, ports);
    case MEMBER_LEFT:
      return left(notice.detail, ports);
    case MEMBER_RENAMED:
      return renamed(notice.detail, ports);
    case MEMBER_TYPING:
      return typing(notice.detail, ports);
    case RECEIPTS_GIVEN:
      return receipts(notice.detail, ports);
    case PERSON_NOTIFIED:
      return personal(notice.detail, ports);
  }
}

async function joined(
  { roomId, userId, connectionId }: MemberJoined,
  ports: Ports,
): Promise<Announcement | undefined> {
  const connection = await ports.connections.find(connectionId);
  if (connection === undefined || connection.name === GUEST_NAME || !connection.rooms.includes(roomId))
    return;
  const room = await talkativeRoom(roomId, ports);
  if (room === undefined || (await noteHere(roomId, userId, ports)) !== 'noted') return;
  const { name } = connection;
  return toTheOthers(room, userId, {
    type: 'joined',
    ...about(room, { userId, name }, ports),
    text: `${name} has joined the chat`,
  });
}

async function left({ roomId, userId }: MemberLeft, ports: Ports): Promise<Announcement | undefined> {
  if (await isHere(roomId, userId, ports)) return;
  if (!(await ports.members.noteAnnounced(roomId, userId, false))) return;
  // They came back just now, and whoever was to announce that found it announced: so leave it at that. Unless they went
  // again before it was noted: whoever ended that connection found no note, and nobody else says it.
  if (await isHere(roomId, userId, ports)) {
    if ((await noteHere(roomId, userId, ports)) !== 'gone') return;
  }
  const [user, room] = await Promise.all([ports.users.find(userId), talkativeRoom(roomId, ports)]);
  if (user === undefined || room === undefined) return;
  const { name } = user;
  return toTheOthers(room, userId, {
    type: 'left',
    ...about(room, { userId, name }, ports),
    text: `${name} has left the chat`,
  });
}

async function renamed({ roomId, userId }: MemberRenamed, ports: Ports): Promise<Announcement | undefined> {
  const [user, here] = await Promise.all([ports.users.find(userId), isHere(roomId, userId, ports)]);
  const room = user !== undefined && here ? await talkativeRoom(roomId, ports) : undefined;
  if (user === undefined || room === undefined) return;
  const { name, formerName = GUEST_NAME } = user;
  const aboutThem = about(room, { userId, name }, ports);
  // Whoever gets a first name joins by it, and so does who was not announced under the old one yet.
  if ((await noteHere(roomId, userId, ports)) === 'noted')
    return toTheOthers(room, userId, { type: 'joined', ...aboutThem, text: `${name} has joined the chat` });
  if (formerName === GUEST_NAME || formerName === name) return;
  const push = { type: 'renamed' as const, ...aboutThem, text: `${formerName} is now called ${name}` };
  // The person's other devices show the name too.
  return { pushes: [push], partitions: partitionsOf(room) };
}

async function typing(
  { roomId, userId, connectionId }: MemberJoined,
  ports: Ports,
): Promise<Announcement | undefined> {
  const [connection, room] = await Promise.all([
    ports.connections.find(connectionId),
    talkativeRoom(roomId, ports),
  ]);
  if (connection === undefined || room === undefined || room.closedAt !== undefined) return;
  const { name } = connection;
  return toTheOthers(room, userId, { type: 'typing', ...about(room, { userId, name }, ports) });
}

/** Cursors that moved in this time are told of: the second that is gathered, and what the way here may take. */
const LATELY = 20_000;
/** In one push, which stays well below 32 KB. */
const RECEIPTS_A_PUSH = 200;

async function receipts({ roomId }: ReceiptsGiven, ports: Ports): Promise<Announcement | undefined> {
  const room = await talkativeRoom(roomId, ports);
  if (room === undefined) return;
  const moved = (await everyMember(roomId, ports.members))
    .filter(({ standing, receiptAt = 0 }) => standing === 'in' && receiptAt >= ports.now() - LATELY)
    .map(({ userId, receivedSeq, readSeq }) => ({ userId, receivedSeq, readSeq }));
  const pushes: NoticePush[] = [];
  for (let start = 0; start < moved.length; start += RECEIPTS_A_PUSH) {
    const some = moved.slice(start, start + RECEIPTS_A_PUSH);
    pushes.push({ type: 'receipts', room: room.name, roomId, receipts: some });
  }
  return { pushes, partitions: partitionsOf(room) };
}

async function personal(
  { userId, notice, roomId, aboutUserId }: PersonNotified,
  ports: Ports,
): Promise<Announcement | undefined> {
  const [room, user] = await Promise.all([ports.rooms.find(roomId), ports.users.find(aboutUserId)]);
  if (room === undefined) return;
  const aboutThem = about(room, { userId: aboutUserId, name: user?.name ?? GUEST_NAME }, ports);
  const push = async (): Promise<NoticePush> => {
    switch (notice) {
      case 'invited':
      case 'waiting':
      case 'refused':
        return { type: notice, ...aboutThem };
      case 'admitted':
        // Their connection stands in the audience by now: what this number does not cover is pushed to them.
        return { type: notice, ...aboutThem, ...(await headOf(room, ports.outbox)) };
      case 'removed':
      case 'banned':
      case 'room_closed':
        return { type: 'removed', ...aboutThem, reason: notice };
    }
  };
  return { pushes: [await push()], partitions: [personalPartition(userId)] };
}

async function talkativeRoom(roomId: string, { rooms, audience }: Ports): Promise<Room | undefined> {
  const room = await rooms.find(roomId);
  return room === undefined || (await isQuiet(room, audience)) ? undefined : room;
}

function about(room: Room, person: { userId: string; name: string }, { now }: Ports) {
  return { room: room.name, roomId: room.roomId, ...person, timestamp: timestampOf(now()) };
}

function toTheOthers(room: Room, userId: string, push: NoticePush): Announcement {
  return { pushes: [push], partitions: partitionsOf(room), except: userId };
}

/**
 * Notes that the others are told of somebody, if they are still here. Looks for them after noting it, because
 * `announceLeft` looks for the note after their last connection is gone: without a note it starts no workflow, and the
 * person would be noted for good.
 * @returns `noted` where that is news; `known` where somebody else sees to it: the note was there, or another took it
 * back; `gone` where they are not here any more and nothing is noted
 */
async function noteHere(roomId: string, userId: string, ports: Ports): Promise<'noted' | 'known' | 'gone'> {
  while (await ports.members.noteAnnounced(roomId, userId, true)) {
    if (await isHere(roomId, userId, ports)) return 'noted';
    if (!(await ports.members.noteAnnounced(roomId, userId, false))) return 'known';
    // Whoever came in between found the note.
    if (!(await isHere(roomId, userId, ports))) return 'gone';
  }
  return 'known';
}

/** Whether any live connection of a person listens to the room. */
async function isHere(
  roomId: string,
  userId: string,
  { audience, connections }: Pick<Ports, 'audience' | 'connections'>,
): Promise<boolean> {
  const rows = await rowsOf(personalPartition(userId), audience);
  const theirs = await connections.findMany(rows.map(({ connectionId }) => connectionId));
  return theirs.some(({ rooms }) => rooms.includes(roomId));
}

async function everyMember(roomId: string, members: Members): Promise<Member[]> {
  const all: Member[] = [];
  for await (const page of pagesOf((after) => members.ofRoom(roomId, after))) all.push(...page.members);
  return all;
}
