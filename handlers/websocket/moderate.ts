import type { Connection } from '../chat/connections';
import { enterRoom, notify, personNotified, type EnteringPorts } from '../chat/membership/entering';
import { ClientError } from '../chat/errors';
import { newJoinCode } from '../chat/ids';
import { mayModerate, outranks, type Member } from '../chat/members';
import type { Rooms } from '../chat/ports';
import { UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type { Answer, CodeReply, PersonReply, RoomReply } from '../chat/protocol/replies';
import * as schemas from '../chat/protocol/rooms';
import { roomIdOf, unknownRoom, type Room } from '../chat/rooms';
import { takeOutConnections } from '../chat/membership/taking-out';
import * as aws from '../composition';
import { answerFrame } from './answering';

interface Ports extends EnteringPorts {
  readonly rooms: Rooms;
}

/** Whom closing a room is told to; beyond that many people find out when they write. */
const TOLD_OF_CLOSING = 200;

/**
 * API Gateway calls this for what owners and moderators do and sends `body` back to the caller. Whoever is not in the
 * room hears the same as of a room that does not exist. Every command is safe to repeat.
 */
export function moderate(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerFrame(event, ports, async (fields, { connectionId, traceId }) => {
    const connection = await ports.connections.find(connectionId);
    if (connection === undefined) return UNKNOWN_CONNECTION;
    const reply = await execute(fields, connection, ports);
    ports.log.info('moderated', { traceId, connectionId, ...idsOf(reply) });
    return reply;
  });
}

function idsOf({ roomId, userId }: { roomId: string; userId?: string }) {
  return { roomId, ...(userId === undefined ? {} : { userId }) };
}

function execute(
  fields: Fields,
  connection: Connection,
  ports: Ports,
): Promise<{ roomId: string; userId?: string }> {
  switch (fields.action) {
    case 'admit':
      return admit(fields, connection, ports);
    case 'refuse':
      return refuse(fields, connection, ports);
    case 'remove':
      return remove(fields, connection, ports);
    case 'ban':
      return ban(fields, connection, ports);
    case 'unban':
      return unban(fields, connection, ports);
    case 'setRole':
      return setRole(fields, connection, ports);
    case 'closeRoom':
      return closeRoom(fields, connection, ports);
    case 'revokeCode':
      return revokeCode(fields, connection, ports);
    default:
      throw new ClientError('unknown_action', 'There is no such action.', '/action');
  }
}

async function admit(fields: Fields, host: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.admit, fields);
  const { room } = await asModerator(reference, host, ports);
  const { roomId } = room;
  const member = await ports.members.admit(roomId, userId);
  if (member === undefined) throw nobody('Nobody of that id waits to be let in.');
  // Somebody who hung up meanwhile is a member all the same, and enters when they come back.
  const waiting = member.waitingConnectionId;
  const connection = waiting === undefined ? undefined : await ports.connections.find(waiting);
  if (connection?.userId === userId) await enterRoom(connection, room, ports, 'refused');
  await notify([personNotified(userId, 'admitted', roomId)], ports);
  return { roomId, userId };
}

async function refuse(fields: Fields, host: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.refuse, fields);
  const { room } = await asModerator(reference, host, ports);
  const { roomId } = room;
  if (!(await ports.members.refuse(roomId, userId))) throw nobody('Nobody of that id waits to be let in.');
  await notify([personNotified(userId, 'refused', roomId)], ports);
  return { roomId, userId };
}

async function remove(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.remove, fields);
  const { room } = await over(reference, userId, moderator, ports);
  const { roomId } = room;
  const removed = await ports.members.remove(roomId, userId);
  const connections = await takeOutConnections({ userId, roomId }, ports);
  if (removed === undefined && connections === 0) throw nobody('Nobody of that id is in this room.');
  await notify([personNotified(userId, 'removed', roomId)], ports);
  return { roomId, userId };
}

async function ban(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.ban, fields);
  const { room, member } = await over(reference, userId, moderator, ports);
  const { roomId } = room;
  await ports.members.ban({ roomId, userId, since: ports.now() });
  const connections = await takeOutConnections({ userId, roomId }, ports);
  // Somebody who has never been here is kept out without hearing of a room that they may not know.
  if (member !== undefined || connections > 0)
    await notify([personNotified(userId, 'banned', roomId)], ports);
  return { roomId, userId };
}

async function unban(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.unban, fields);
  const { room } = await asModerator(reference, moderator, ports);
  const { roomId } = room;
  if (!(await ports.members.unban(roomId, userId))) throw nobody('Nobody of that id is kept out.');
  return { roomId, userId };
}

async function setRole(fields: Fields, owner: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId, role } = parseFields(schemas.setRole, fields);
  const { room } = await asOwner(reference, owner, ports);
  const { roomId } = room;
  // So there is always an owner: another one has to take it from them.
  if (userId === owner.userId) throw new ClientError('permission_denied', 'Nobody changes their own role.');
  if (!(await ports.members.setRole(roomId, userId, role)))
    throw nobody('Nobody of that id is in this room.');
  return { roomId, userId };
}

async function closeRoom(fields: Fields, owner: Connection, ports: Ports): Promise<Answer<RoomReply>> {
  const { roomId: reference } = parseFields(schemas.closeRoom, fields);
  const { room } = await asOwner(reference, owner, ports);
  const { roomId } = room;
  await ports.rooms.close(roomId, ports.now());
  const told: Member[] = [];
  let after: string | undefined;
  do {
    const page = await ports.members.ofRoom(roomId, after);
    told.push(...page.members.filter(({ standing }) => standing === 'in'));
    after = page.next ?? undefined;
  } while (after !== undefined && told.length < TOLD_OF_CLOSING);
  const notices = told
    .slice(0, TOLD_OF_CLOSING)
    .map(({ userId }) => personNotified(userId, 'room_closed', roomId));
  await notify(notices, ports);
  return { roomId };
}

async function revokeCode(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<CodeReply>> {
  const { roomId: reference } = parseFields(schemas.revokeCode, fields);
  const { room } = await asModerator(reference, moderator, ports);
  const { roomId, kind } = room;
  if (kind !== 'meeting') throw new ClientError('bad_request', 'Only a meeting has a join code.', '/roomId');
  const code = newJoinCode();
  await ports.rooms.replaceCode(roomId, code);
  return { roomId, group_id: code };
}

/** The room, and what the caller is in it. Throws `unknown_room` unless they are in, in the same words for no room. */
async function asMember(
  reference: string,
  { userId }: Connection,
  { rooms, members }: Ports,
): Promise<{ room: Room; actor: Member }> {
  const roomId = roomIdOf(reference, '/roomId');
  const [room, actor] = await Promise.all([rooms.find(roomId), members.find(roomId, userId)]);
  if (room === undefined || actor?.standing !== 'in') throw unknownRoom('/roomId');
  return { room, actor };
}

async function asModerator(reference: string, connection: Connection, ports: Ports) {
  const found = await asMember(reference, connection, ports);
  if (!mayModerate(found.actor)) throw denied('Only owners and moderators may do this.');
  return found;
}

async function asOwner(reference: string, connection: Connection, ports: Ports) {
  const found = await asMember(reference, connection, ports);
  if (found.actor.role !== 'owner') throw denied('Only owners may do this.');
  return found;
}

/** As `asModerator`, for what is done to a person, who must be of lower rank; `member` is what they are here. */
async function over(reference: string, userId: string, connection: Connection, ports: Ports) {
  const { room, actor } = await asModerator(reference, connection, ports);
  const member = await ports.members.find(room.roomId, userId);
  if (!outranks(actor, member)) throw denied('This person is not below you in this room.');
  return { room, member };
}

function denied(message: string): ClientError {
  return new ClientError('permission_denied', message);
}

function nobody(message: string): ClientError {
  return new ClientError('bad_request', message, '/userId');
}

export const handler = (event: unknown) =>
  moderate(event, {
    connections: aws.connections(),
    audience: aws.audience(),
    members: aws.members(),
    rooms: aws.rooms(),
    outbox: aws.outbox(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
  });
