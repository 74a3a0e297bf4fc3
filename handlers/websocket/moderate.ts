import type { CallerPorts } from '../chat/caller';
import type { Connection } from '../chat/connections';
import { enterRoom, notify, noticeTo, type EnteringPorts } from '../chat/membership/entering';
import { ClientError } from '../chat/errors';
import { newJoinCode } from '../chat/ids';
import { INVITED_FOR, outranks, type Member } from '../chat/members';
import { pagesOf } from '../chat/paging';
import type { Rooms } from '../chat/storage/rooms';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type { Answer, CodeReply, PersonReply, RoomReply } from '../chat/protocol/replies';
import * as schemas from '../chat/protocol/rooms';
import type { Room } from '../chat/rooms';
import { roomFor } from '../chat/membership/room-for';
import type { Right } from '../chat/rights';
import { takeOutConnections } from '../chat/membership/taking-out';
import { answerCommand, commandOf } from './answering';
import { roomCommandPorts } from './command-ports';

interface Ports extends EnteringPorts, CallerPorts {
  readonly rooms: Rooms;
}

const commands = { admit, refuse, remove, ban, unban, setRole, closeRoom, revokeCode };

/** Whom closing a room is told to; beyond that many people find out when they write. */
const TOLD_OF_CLOSING = 200;

/**
 * API Gateway calls this for what owners and moderators do and sends `body` back to the caller. Whoever is not in the
 * room hears the same as of a room that does not exist. Every command is safe to repeat.
 */
export function moderate(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerCommand(event, ports, async (fields, caller, { connectionId, traceId }) => {
    const reply = await commandOf(fields, commands)(fields, caller, ports);
    ports.log.info('moderated', { traceId, connectionId, ...idsOf(reply) });
    return reply;
  });
}

function idsOf({ roomId, userId }: { roomId: string; userId?: string }) {
  return { roomId, ...(userId === undefined ? {} : { userId }) };
}

async function admit(fields: Fields, host: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.admit, fields);
  const { room } = await inRoom('admit', reference, host, ports);
  const { roomId } = room;
  const member = await letIn(room, userId, ports);
  if (member?.standing === 'invited') {
    await notify([noticeTo(userId, 'invited', roomId, host.userId)], ports);
    return { roomId, userId };
  }
  if (member?.standing !== 'in') throw nobody('Nobody of that id waits to be let in.');
  // Somebody who hung up meanwhile is a member all the same, and enters when they come back.
  const waiting = member.waitingConnectionId;
  const connection = waiting === undefined ? undefined : await ports.connections.find(waiting);
  if (connection?.userId === userId) await enterRoom(connection, room, ports, 'refused');
  await notify([noticeTo(userId, 'admitted', roomId)], ports);
  return { roomId, userId };
}

/**
 * Lets in somebody who waits and invites somebody who has not asked, known or not. What comes of it is their row; no one
 * is let in whom a ban keeps out, or whom another host refused: they come in by asking again.
 */
async function letIn({ roomId, closedAt }: Room, userId: string, { members, now }: Ports) {
  const admitted = await members.admit(roomId, userId);
  if (admitted !== undefined) return admitted;
  if (closedAt !== undefined) throw new ClientError('not_available', 'This room is closed.');
  const since = now();
  const invited = await members.invite({ roomId, userId, since, expiresAt: since + INVITED_FOR });
  // They asked to be let in just now.
  return invited?.standing === 'waiting' ? members.admit(roomId, userId) : invited;
}

async function refuse(fields: Fields, host: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.refuse, fields);
  const { room } = await inRoom('refuse', reference, host, ports);
  const { roomId } = room;
  if (!(await ports.members.refuse(roomId, userId))) throw nobody('Nobody of that id waits to be let in.');
  await notify([noticeTo(userId, 'refused', roomId)], ports);
  return { roomId, userId };
}

async function remove(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.remove, fields);
  const { room } = await over('remove', reference, userId, moderator, ports);
  const { roomId } = room;
  const removed = await ports.members.remove(roomId, userId);
  const connections = await takeOutConnections({ userId, roomId }, ports);
  if (removed === undefined && connections === 0) throw nobody('Nobody of that id is in this room.');
  await notify([noticeTo(userId, 'removed', roomId)], ports);
  return { roomId, userId };
}

async function ban(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.ban, fields);
  const { room, member } = await over('ban', reference, userId, moderator, ports);
  const { roomId } = room;
  await ports.members.ban({ roomId, userId, since: ports.now() });
  const connections = await takeOutConnections({ userId, roomId }, ports);
  // Somebody who has never been here is kept out without hearing of a room that they may not know.
  if (member !== undefined || connections > 0) await notify([noticeTo(userId, 'banned', roomId)], ports);
  return { roomId, userId };
}

async function unban(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId } = parseFields(schemas.unban, fields);
  const { room } = await inRoom('unban', reference, moderator, ports);
  const { roomId } = room;
  if (!(await ports.members.unban(roomId, userId))) throw nobody('Nobody of that id is kept out.');
  return { roomId, userId };
}

async function setRole(fields: Fields, owner: Connection, ports: Ports): Promise<Answer<PersonReply>> {
  const { roomId: reference, userId, role } = parseFields(schemas.setRole, fields);
  const { room } = await inRoom('setRole', reference, owner, ports);
  const { roomId } = room;
  // So there is always an owner: another one has to take it from them.
  if (userId === owner.userId) throw new ClientError('permission_denied', 'Nobody changes their own role.');
  if (!(await ports.members.setRole(roomId, userId, role)))
    throw nobody('Nobody of that id is in this room.');
  return { roomId, userId };
}

async function closeRoom(fields: Fields, owner: Connection, ports: Ports): Promise<Answer<RoomReply>> {
  const { roomId: reference } = parseFields(schemas.closeRoom, fields);
  const { room } = await inRoom('closeRoom', reference, owner, ports);
  const { roomId } = room;
  await ports.rooms.close(roomId, ports.now());
  const told: Member[] = [];
  for await (const page of pagesOf((after) => ports.members.ofRoom(roomId, after))) {
    told.push(...page.members.filter(({ standing }) => standing === 'in'));
    if (told.length >= TOLD_OF_CLOSING) break;
  }
  const notices = told.slice(0, TOLD_OF_CLOSING).map(({ userId }) => noticeTo(userId, 'room_closed', roomId));
  await notify(notices, ports);
  return { roomId };
}

async function revokeCode(fields: Fields, moderator: Connection, ports: Ports): Promise<Answer<CodeReply>> {
  const { roomId: reference } = parseFields(schemas.revokeCode, fields);
  const { roomId } = (await inRoom('revokeCode', reference, moderator, ports)).room;
  const code = newJoinCode();
  await ports.rooms.replaceCode(roomId, code);
  return { roomId, group_id: code };
}

/** The room, if the caller may do this there. Throws ClientError as `roomFor`. */
function inRoom(right: Right, reference: string, caller: Connection, ports: Ports) {
  return roomFor(right, caller, { value: reference, pointer: '/roomId' }, ports);
}

/** As `inRoom`, for what is done to a person, who must be of lower rank; `member` is what they are here. */
async function over(right: Right, reference: string, userId: string, caller: Connection, ports: Ports) {
  const { room, standings } = await inRoom(right, reference, caller, ports);
  const member = await ports.members.find(room.roomId, userId);
  if (!outranks(standings, member)) throw denied('This person is not below you in this room.');
  return { room, member };
}

function denied(message: string): ClientError {
  return new ClientError('permission_denied', message);
}

function nobody(message: string): ClientError {
  return new ClientError('bad_request', message, '/userId');
}

export const handler = (event: unknown) => moderate(event, roomCommandPorts());
