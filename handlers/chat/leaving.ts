import { personalPartition, slotOf } from './ids';
import type { Audience, Connections } from './ports';

/** A connection that is over, and the rooms in whose audience it is known to stand. */
export interface EndedConnection {
  readonly connectionId: string;
  readonly userId: string;
  readonly rooms: readonly string[];
}

/**
 * Removes connections that are over: their audience rows first, then their own row, so that a crash in between
 * leaves what the next fan-out finds again, never a connection that nobody can find.
 * Slots are unique to a connection, so no condition is needed and repeating it is harmless.
 *
 * @returns the connections that this call really removed; another call may have been faster
 */
export async function removeConnections(
  ended: readonly EndedConnection[],
  ports: { connections: Connections; audience: Audience },
): Promise<EndedConnection[]> {
  await ports.audience.leave(
    ended.flatMap((connection) =>
      slotsOf(connection, [...connection.rooms, personalPartition(connection.userId)]),
    ),
  );
  const removed: EndedConnection[] = [];
  for (const connection of ended) {
    const row = await ports.connections.remove(connection.connectionId);
    if (row !== undefined) removed.push(row);
  }
  const knownRooms = new Map(ended.map(({ connectionId, rooms }) => [connectionId, rooms]));
  await ports.audience.leave(
    removed.flatMap((connection) =>
      slotsOf(
        connection,
        connection.rooms.filter((room) => !knownRooms.get(connection.connectionId)?.includes(room)),
      ),
    ),
  );
  return removed;
}

function slotsOf({ userId, connectionId }: EndedConnection, partitions: readonly string[]) {
  return partitions.map((partition) => ({ partition, slot: slotOf(partition, userId, connectionId) }));
}
