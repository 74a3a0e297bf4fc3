import type { Connection } from './connections';
import { ClientError } from './errors';
import { MEMBER_JOINED, PERSON_NOTIFIED, type Notice, type PersonNotified } from './events';
import { headOf, type Head } from './heads';
import { slotOf } from './ids';
import type { Member, Role } from './members';
import type { Audience, Connections, EventBus, Log, Members, Now, Outbox } from './ports';
import type { Room } from './rooms';

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
 * what is missing; until then the connection hears more than it knows of, never less.
 *
 * Who may enter which room is the caller's to decide; what is refused here is a person with a ban or who waits, and a
 * room that is closed to all but its members.
 *
 * @param room as it was read consistently in this command
 * @param role of somebody who is no member yet
 * @returns undefined where the connection is over meanwhile
 * @throws ClientError `permission_denied`, `not_available`
 */
export async function enterRoom(
  connection: Connection,
  room: Room,
  ports: EnteringPorts,
  role: Role = 'member',
): Promise<Entered | undefined> {
  const member = await becomeMember(connection, room, ports, role);
  const { connectionId, userId, openedAt, expiresAt } = connection;
  const place = { partition: room.roomId, slot: slotOf(room.roomId, userId, connectionId) };
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
  if (still?.standing !== 'in') {
    // Taken out meanwhile, by somebody who looked for this connection in the room before it was there.
    await ports.connections.leaveRoom(connectionId, room.roomId);
    await ports.audience.leave([place]);
    throw new ClientError('permission_denied', NOT_LET_IN);
  }
  return { room, member, position };
}

/**
 * Makes a connection's person a member, unless they are one.
 * @throws ClientError `permission_denied`, `not_available`: see `enterRoom`
 */
export async function becomeMember(
  { userId, userExpiresAt }: Pick<Connection, 'userId' | 'userExpiresAt'>,
  { roomId, closedAt }: Room,
  { members, now }: Pick<EnteringPorts, 'members' | 'now'>,
  role: Role = 'member',
): Promise<Member> {
  if (closedAt !== undefined && (await members.find(roomId, userId))?.standing !== 'in')
    throw new ClientError('not_available', 'This room is closed.');
  const member = await members.enter({ roomId, userId, role, since: now(), expiresAt: userExpiresAt });
  if (member.standing !== 'in') throw new ClientError('permission_denied', NOT_LET_IN);
  return member;
}

export function joined(
  { connectionId, userId }: Pick<Connection, 'connectionId' | 'userId'>,
  { roomId }: Pick<Room, 'roomId'>,
): Notice {
  return { type: MEMBER_JOINED, detail: { roomId, userId, connectionId } };
}

/** What one person is to hear about a room, on all devices; about themselves unless told. */
export function personNotified(
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
