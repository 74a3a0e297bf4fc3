import type { Connection } from '../connections';
import type { Newcomer } from './entering';
import { ClientError } from '../errors';
import type { Members, Rooms } from '../ports';
import { isRoomId, normalizeRoomName, roomIdOf, unknownRoom, type Room } from '../rooms';

/**
 * The room that somebody wants to enter: a channel by its name, which comes into being if there is none, or a room by
 * its id. A meeting is entered by its code; only who was let in already comes back by its id.
 * @returns the room, and what somebody becomes in it who is no member
 * @throws ClientError `bad_request`, `unknown_room`, or `already_joined` for a direct room of theirs
 */
export async function roomToJoin(
  reference: string,
  pointer: string,
  { userId }: Pick<Connection, 'userId'>,
  { rooms, members }: { rooms: Rooms; members: Members },
): Promise<{ room: Room; newcomer: Newcomer }> {
  const roomId = roomIdOf(reference, pointer);
  if (!isRoomId(reference)) {
    const room = await rooms.open({ roomId, name: normalizeRoomName(reference, pointer) });
    return { room, newcomer: 'member' };
  }
  const [room, member] = await Promise.all([rooms.find(roomId), members.find(roomId, userId)]);
  const known = member !== undefined && member.standing !== 'waiting';
  if (room?.kind === 'channel') return { room, newcomer: 'member' };
  if (room?.kind === 'meeting' && known) return { room, newcomer: 'refused' };
  if (room?.people?.includes(userId) === true) {
    throw new ClientError('already_joined', 'A direct room needs no joining.', pointer);
  }
  throw unknownRoom(pointer);
}
