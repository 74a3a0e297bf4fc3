import { personalPartition, slotOf } from './ids';
import type { Audience, Connections } from './ports';

/** A connection that is over, and the rooms in whose audience it is known to stand. */
export interface EndedConnection {
  readonly connectionId: string;
  readonly userId: string;
  readonly rooms: readonly string[];
}

/**
 * Removes connections that are over: their own row first, then their audience rows. A crash in between leaves audience
 * rows, and by those the next fan-out, or this step tried again, finds the rest; the other way round nothing would
 * lead to the connection any more. Slots are unique to a connection, so no condition is needed and repeating it is
 * harmless.
 *
 * @returns the connections that this call really removed; another call may have been faster
 */
export async function removeConnections(
  ended: readonly EndedConnection[],
  ports: { connections: Connections; audience: Audience },
): Promise<EndedConnection[]> {
  const removed: EndedConnection[] = [];
  for (const { connectionId } of ended) {
    const row = await ports.connections.remove(connectionId);
    if (row !== undefined) removed.push(row);
  }
  // The row knows all rooms of a connection, who found it gone perhaps only one.
  await ports.audience.leave([...ended, ...removed].flatMap(slotsOf));
  return removed;
}

function slotsOf({ userId, connectionId, rooms }: EndedConnection) {
  return [...rooms, personalPartition(userId)].map((partition) => ({
    partition,
    slot: slotOf(partition, userId, connectionId),
  }));
}
