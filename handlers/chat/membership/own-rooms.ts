import type { Connection } from '../connections';
import type { Members, Rooms } from '../ports';
import type { NamedRoom } from '../protocol/fields';
import { roomIdOf, unknownRoom, type Room } from '../rooms';

/**
 * The room that a command names, or the one last joined, if the connection's person is in it: with this connection,
 * by membership, or as one of two.
 * @throws ClientError `unknown_room`, in the same words for a room that does not exist, or `bad_request`
 */
export async function roomOf(
  connection: Connection,
  named: NamedRoom | undefined,
  { rooms, members }: { rooms: Rooms; members: Members },
): Promise<Room> {
  const roomId = named === undefined ? connection.rooms.at(-1) : roomIdOf(named.value, named.pointer);
  if (roomId === undefined) throw unknownRoom();
  const [room, member] = await Promise.all([
    rooms.find(roomId),
    connection.rooms.includes(roomId) ? undefined : members.find(roomId, connection.userId),
  ]);
  const isIn =
    connection.rooms.includes(roomId) ||
    member?.standing === 'in' ||
    room?.people?.includes(connection.userId) === true;
  if (room === undefined || !isIn) throw unknownRoom(named?.pointer);
  return room;
}
