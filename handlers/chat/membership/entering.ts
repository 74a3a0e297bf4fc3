import type { Connection } from '../connections';
import { ClientError } from '../errors';
import { MEMBER_JOINED, PERSON_NOTIFIED, type Notice, type PersonNotified } from '../events';
import { headOf, type Head } from '../heads';
import { slotOf } from '../ids';
import type { Member, Role } from '../members';
import type { EventBus, Log, Now } from '../ports';
import type { Outbox } from '../storage/messages';
import type { Connections } from '../storage/people';
import type { Audience, Members } from '../storage/rooms';
import type { Room } from '../rooms';

/** What somebody becomes who is no member yet; `refused` where only members come in. */
export type Newcomer = Role | 'refused';

const NOT_LET_IN = 'You may not join this room.';

export interface EnteringPorts {
  readonly members: Members;
  readonly audience: Audience;
  readonly connections: Connections;
  readonly outbox: Outbox;
  readonly bus: EventBus;
  readonly log: Log;
  readonly now: Now;
}

export interface Entered {
  readonly room: Room;
  readonly member: Member;
  /** Whatever happens in the room from now on has a higher number than this, or is pushed. */
  readonly position: Head;
}

/**
 * Lets a connection into a room: membership, then the audience, then the connection's own row, and then the event
 * `MemberJoined` and a look at where the room stands. Safe to repeat. Tried again after a crash it completes
 * what is missing; until then the connection hears more than it knows of, never less. Where it fails, it takes the
 * connection out again: somebody who was taken out meanwhile must not listen on because nobody could look.
 *
 * Who may enter which room is the caller's to decide; what is refused here is a person with a ban or who waits, a
 * newcomer by the caller's word, and a room that is closed to all but its members.
 *
 * @param room as it was read consistently in this command
 * @param newcomer what somebody becomes who is no member yet. A caller that lets in members alone says `refused`
 *   besides looking itself: they can be taken out between its look and this.
 * @returns undefined where the connection is over meanwhile
 * @throws ClientError `permission_denied`, `not_available`
 */
export async function enterRoom(
  connection: Connection,
  room: Room,
  ports: EnteringPorts,
  newcomer: Newcomer = 'member',
): Promise<Entered | undefined> {
  const member = await becomeMember(connection, room, ports, newcomer);
  try {
    const position = await listen(connection, room, ports);
    return position && { room, member, position };
  } catch (error) {
    // A write that failed may have happened all the same.
    await stopListening(connection, room, ports);
    throw error;
  }
}

/** Undefined where the connection is over. Throws `permission_denied` for who was taken out meanwhile. */
async function listen(connection: Connection, room: Room, ports: EnteringPorts): Promise<Head | undefined> {
  const { connectionId, userId, openedAt, expiresAt } = connection;
  const place = placeOf(connection, room);
  await ports.audience.join([{ ...place, connectionId, userId, openedAt, expiresAt }]);
  if ((await ports.connections.enterRoom(connectionId, room.roomId)) === undefined) {
    // It ended meanwhile, and whoever ended it did not know of this place.
    await ports.audience.leave([place]);
    return undefined;
  }
  const [position, still] = await Promise.all([
    headOf(room, ports.outbox),
    ports.members.find(room.roomId, userId),
    notify([joined(connection, room)], ports),
  ]);
  // Taken out meanwhile, by somebody who looked for this connection in the room before it was there.
  if (still?.standing !== 'in') throw new ClientError('permission_denied', NOT_LET_IN);
  return position;
}

/** As well as it goes: each half is tried whatever becomes of the other. */
async function stopListening(
  connection: Connection,
  room: Room,
  { connections, audience, log }: EnteringPorts,
): Promise<void> {
  const { connectionId } = connection;
  const halves = await Promise.allSettled([
    connections.leaveRoom(connectionId, room.roomId),
    audience.leave([placeOf(connection, room)]),
  ]);
  for (const half of halves) {
    if (half.status === 'fulfilled') continue;
    log.error('place not taken back', half.reason, { connectionId, roomId: room.roomId });
  }
}

function placeOf({ userId, connectionId }: Connection, { roomId }: Room) {
  return { partition: roomId, slot: slotOf(roomId, userId, connectionId) };
}

/**
 * Makes a connection's person a member, unless they are one.
 * @throws ClientError `permission_denied`, `not_available`: see `enterRoom`
 */
export async function becomeMember(
  { userId, userExpiresAt }: Pick<Connection, 'userId' | 'userExpiresAt'>,
  { roomId, closedAt }: Room,
  { members, now }: Pick<EnteringPorts, 'members' | 'now'>,
  newcomer: Newcomer = 'member',
): Promise<Member> {
  const person = { roomId, userId, expiresAt: userExpiresAt };
  const isClosed = closedAt !== undefined;
  if (isClosed && (await members.find(roomId, userId))?.standing !== 'in') throw closed();
  const member =
    isClosed || newcomer === 'refused'
      ? await members.enterAgain(person)
      : await members.enter({ ...person, role: newcomer, since: now() });
  if (member?.standing === 'in') return member;
  throw isClosed ? closed() : new ClientError('permission_denied', NOT_LET_IN);
}

function closed(): ClientError {
  return new ClientError('not_available', 'This room is closed.');
}

export function joined(
  { connectionId, userId }: Pick<Connection, 'connectionId' | 'userId'>,
  { roomId }: Pick<Room, 'roomId'>,
): Notice {
  return { type: MEMBER_JOINED, detail: { roomId, userId, connectionId } };
}

/** What one person is to hear about a room, on all devices; about themselves unless told. */
export function noticeTo(
  userId: string,
  notice: PersonNotified['notice'],
  roomId: string,
  aboutUserId = userId,
): Notice {
  return { type: PERSON_NOTIFIED, detail: { userId, notice, roomId, aboutUserId } };
}

/** Puts notices on the bus. A lost one costs a push that nothing is built on, so the command succeeds without it. */
export async function notify(
  notices: readonly Notice[],
  { bus, log }: { readonly bus: EventBus; readonly log: Log },
): Promise<void> {
  if (notices.length === 0) return;
  try {
    const refused = await bus.publish(notices);
    if (refused.length > 0) log.warn('notices lost', { count: refused.length });
  } catch (error) {
    log.error('notices lost', error, { count: notices.length });
  }
}
