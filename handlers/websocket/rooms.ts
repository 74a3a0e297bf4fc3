import type { CallerPorts } from '../chat/caller';
import type { Connection } from '../chat/connections';
import { enterRoom, type Entered, type EnteringPorts, type Newcomer } from '../chat/membership/entering';
import { ClientError } from '../chat/errors';
import { channelId } from '../chat/ids';
import { roomToJoin, type JoiningPorts } from '../chat/membership/joining';
import { createMeeting, joinMeeting } from '../chat/membership/meetings';
import { ownSummaries } from '../chat/membership/own-rooms';
import { roomFor } from '../chat/membership/room-for';
import { checkRoomsOf } from '../chat/membership/rooms-per-user';
import { pagesOf } from '../chat/paging';
import type { Users } from '../chat/storage/people';
import type { Members } from '../chat/storage/rooms';
import { creationRefusalOf } from '../chat/rights';
import { memberDetails } from '../chat/membership/member-details';
import { presenceIn, type Presence } from '../chat/membership/presence';
import { namedRoom } from '../chat/protocol/fields';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type {
  Answer,
  JoinedReply,
  MeetingCreatedReply,
  MeetingJoinedReply,
  MembersReply,
  RoomReply,
  RoomsReply,
} from '../chat/protocol/replies';
import * as schemas from '../chat/protocol/rooms';
import { bytesInList, REPLY_BYTES } from '../chat/reply-size';
import { isRoomId, normalizeRoomName, type Room } from '../chat/rooms';
import { takeOutConnections } from '../chat/membership/taking-out';
import * as aws from '../composition';
import { channelRules, numberSetting } from '../aws/environment';
import { answerCommand, commandOf } from './answering';
import { roomCommandPorts } from './command-ports';

interface Ports extends EnteringPorts, JoiningPorts, CallerPorts {
  readonly users: Users;
}

const commands = {
  createRoom,
  joinRoom,
  leaveRoom,
  members: membersOf,
  rooms: roomsOf,
  createMeeting: create,
  joinMeeting: join,
};

/** People that a page shows unless it is asked for more; as many are shown to who joins. */
const SHOWN = 100;

/**
 * API Gateway calls this for the commands about rooms and meetings and sends `body` back to the caller. Whatever is
 * written is safe to write again, so a client repeats a command whose reply it missed.
 */
export function rooms(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerCommand(event, ports, async (fields, caller, { connectionId, traceId }) => {
    const reply = await commandOf(fields, commands)(fields, caller, ports);
    if (reply !== undefined && 'roomId' in reply)
      ports.log.info('rooms', { traceId, connectionId, roomId: reply.roomId });
    return reply;
  });
}

/** Undefined where the connection turned out to be over. */
type Outcome<Reply> = Promise<Answer<Reply> | undefined>;

async function createRoom(fields: Fields, connection: Connection, ports: Ports): Outcome<JoinedReply> {
  const { name: asked, retentionSeconds } = parseFields(schemas.createRoom, fields);
  const name = normalizeRoomName(asked, '/name');
  if (isRoomId(name))
    throw new ClientError('bad_request', 'This would be taken for the id of a room.', '/name');
  const refusal = creationRefusalOf('createRoom', connection);
  if (refusal !== undefined) throw refusal;
  // Everybody's first room is nobody's own: whoever owned it could close it for all.
  if (name === normalizeRoomName(ports.channels.defaultRoom))
    throw new ClientError('conflict', 'There is a room of that name already.', '/name');
  const roomId = channelId(name);
  const { userId: owner } = connection;
  if ((await ports.rooms.find(roomId)) === undefined) await checkRoomsOf(owner, ports);
  const created = await ports.rooms.create({ roomId, kind: 'channel', name, owner, retentionSeconds });
  const room = created === 'exists' ? await ports.rooms.find(roomId) : created;
  const newcomer = created === 'exists' ? await whenRepeated(room, owner, ports.members) : 'owner';
  if (room === undefined || newcomer === undefined)
    throw new ClientError('conflict', 'There is a room of that name already.', '/name');
  return joinedReply(await enterRoom(connection, room, ports, newcomer), ports);
}

/**
 * What a creator becomes who creates a room of theirs again, because the first command was lost or did not come to its
 * end; undefined where this cannot be such a repetition: somebody who is no owner any more must not become one by it.
 */
async function whenRepeated(
  room: Room | undefined,
  userId: string,
  members: Members,
): Promise<Newcomer | undefined> {
  if (room?.owner !== userId) return undefined;
  const member = await members.find(room.roomId, userId);
  if (member !== undefined) return member.role === 'owner' ? 'refused' : undefined;
  for await (const page of pagesOf((after) => members.ofRoom(room.roomId, after)))
    if (page.members.some((other) => other.userId !== userId)) return undefined;
  return 'owner';
}

async function joinRoom(fields: Fields, connection: Connection, ports: Ports): Outcome<JoinedReply> {
  const named = namedRoom(parseFields(schemas.joinRoom, fields));
  if (named === undefined) throw new ClientError('bad_request', 'Name the room to join.', '/room');
  const { room, newcomer } = await roomToJoin(named.value, named.pointer, connection, ports);
  return joinedReply(await enterRoom(connection, room, ports, newcomer), ports);
}

async function joinedReply(entered: Entered | undefined, ports: Ports): Outcome<JoinedReply> {
  if (entered === undefined) return undefined;
  const { room, member, position } = entered;
  const { roomId, name, kind } = room;
  const { members, count, estimated } = await presenceIn(room, { limit: SHOWN }, ports);
  return { roomId, room: name, kind, ...position, role: member.role, members, count, estimated };
}

async function leaveRoom(fields: Fields, connection: Connection, ports: Ports): Outcome<RoomReply> {
  const named = namedRoom(parseFields(schemas.leaveRoom, fields));
  const { roomId, kind } = (await roomFor('leaveRoom', connection, named, ports)).room;
  const { userId } = connection;
  if (kind === 'direct') {
    throw new ClientError('bad_request', 'A direct room is always there for its two people.', named?.pointer);
  }
  await takeOutConnections({ userId, roomId }, ports);
  // Only then, because without it a repetition would be told that there is no such room.
  await ports.members.remove(roomId, userId);
  // Whatever entered until then; from now on nothing does.
  await takeOutConnections({ userId, roomId }, ports);
  return { roomId };
}

async function membersOf(fields: Fields, connection: Connection, ports: Ports): Outcome<MembersReply> {
  const command = parseFields(schemas.members, fields);
  const { room } = await roomFor('members', connection, namedRoom(command), ports);
  const { limit = SHOWN, after, details = false } = command;
  const presence: Presence = await presenceIn(room, { limit, after }, ports);
  const page = { roomId: room.roomId, ...presence };
  if (!details || presence.estimated) return page;
  const shown = { here: presence.members, bytes: REPLY_BYTES - bytesInList(page) };
  return { ...page, ...(await memberDetails(room, connection, shown, ports)) };
}

async function roomsOf(fields: Fields, connection: Connection, ports: Ports): Outcome<RoomsReply> {
  const { after } = parseFields(schemas.rooms, fields);
  return ownSummaries(connection, after, ports);
}

async function create(fields: Fields, connection: Connection, ports: Ports): Outcome<MeetingCreatedReply> {
  const { data } = parseFields(schemas.createMeeting, fields);
  const asked = typeof data === 'string' ? { group_name: data } : data;
  const pointer = typeof data === 'string' ? '/data' : '/data/group_name';
  const { group_name: name, media = 'chat', approval = false, user_name: userName, email } = asked;
  const wish = { name, pointer, media, approval, userName, email };
  const created = await createMeeting(wish, connection, ports);
  if (created === undefined) return undefined;
  const { room, code, position } = created;
  return {
    ...{ source: 'create', group_id: code, group_name: room.name, media, approval },
    ...(userName === undefined ? {} : { user_name: room.meeting?.userName }),
    ...(email === undefined ? {} : { email }),
    roomId: room.roomId,
    ...position,
  };
}

async function join(fields: Fields, connection: Connection, ports: Ports): Outcome<MeetingJoinedReply> {
  const { data } = parseFields(schemas.joinMeeting, fields);
  const joined = await joinMeeting(data.group_id, connection, ports);
  if (joined === undefined) return undefined;
  const { roomId, name, meeting } = joined.room;
  const about = { source: 'join' as const, roomId, group_name: name, media: meeting?.media ?? 'chat' };
  // Who waits is not told who is in.
  if (joined.waiting) return { ...about, waiting: true, connected_users: [] };
  const { members } = await presenceIn(joined.room, { limit: SHOWN }, ports);
  return { ...about, waiting: false, connected_users: members, ...joined.position };
}

export const handler = (event: unknown) =>
  rooms(event, {
    ...roomCommandPorts(),
    users: aws.users(),
    channels: channelRules(),
    roomsPerUser: numberSetting('roomsPerUser'),
  });
