import type { Connection } from '../connections';
import type { Member, Role } from '../members';
import type { Members, Rooms } from '../storage/rooms';
import type { NamedRoom } from '../protocol/fields';
import { refusalOf, standingsOf, type Right, type Standing } from '../rights';
import { kindOf, roomIdOf, unknownRoom, type Room } from '../rooms';

/** A room in which somebody may do what they ask for. */
export interface PermittedRoom {
  readonly room: Room;
  /** What the caller is to the room. */
  readonly standings: readonly Standing[];
  /** The caller's row, where it had to be read. */
  readonly member: Member | undefined;
}

/**
 * The room that a command names, or the one last joined, if its caller may do this there. A connection that listens is
 * in; the membership is read only where that is not enough.
 * @throws ClientError `unknown_room`, in the same words for a room that does not exist and for one that the caller is
 * not in; `permission_denied`, saying who may; `bad_request` for a name that cannot be one
 */
export async function roomFor(
  right: Right,
  caller: Connection,
  named: NamedRoom | undefined,
  { rooms, members }: { rooms: Rooms; members: Members },
): Promise<PermittedRoom> {
  const pointer = named?.pointer;
  const roomId = named === undefined ? caller.rooms.at(-1) : roomIdOf(named.value, pointer);
  if (roomId === undefined) throw unknownRoom(pointer);
  const [room, member] = await Promise.all([
    rooms.find(roomId),
    sufficesToListen(right, roomId, caller) ? undefined : members.find(roomId, caller.userId),
  ]);
  if (room === undefined) throw unknownRoom(pointer);
  const standings = standingsOf(caller, room.kind, roleIn(room, caller, member));
  const refusal = refusalOf(right, room.kind, standings, pointer);
  if (refusal !== undefined) throw refusal;
  return { room, standings, member };
}

/** Whether somebody who listens to a room need not be looked up there, because every member may do this. */
export function sufficesToListen(right: Right, roomId: string, caller: Connection): boolean {
  const kind = kindOf(roomId);
  // Both people of a direct room are known by the room itself.
  if (kind === 'direct') return true;
  const asMember = standingsOf(caller, kind, 'member');
  return caller.rooms.includes(roomId) && refusalOf(right, kind, asMember) === undefined;
}

/** What somebody is in a room, by their row if it was read, else by listening to it; undefined for who is not in. */
export function roleIn(
  { roomId, people }: Pick<Room, 'roomId' | 'people'>,
  { userId, rooms }: Pick<Connection, 'userId' | 'rooms'>,
  member: Member | undefined,
): Role | undefined {
  if (people !== undefined) return people.includes(userId) ? 'member' : undefined;
  if (member !== undefined) return member.standing === 'in' ? member.role : undefined;
  return rooms.includes(roomId) ? 'member' : undefined;
}
