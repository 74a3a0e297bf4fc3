import { personalPartition, slotOf } from '../ids';
import { announceLeft } from './leaving';
import { rowsOf } from '../audience';
import type { EventBus, Log } from '../ports';
import type { Connections } from '../storage/people';
import type { Audience, Members } from '../storage/rooms';
import { sideBySide } from '../side-by-side';

interface Ports {
  readonly audience: Audience;
  readonly connections: Connections;
  readonly members: Members;
  readonly bus: EventBus;
  readonly log: Log;
}

/** Connections of one person that are changed at a time. */
const AT_ONCE = 10;

/**
 * Takes all connections of a person out of a room and says so for each. The places in the audience go last: by these a
 * repetition after a crash finds who is still to be dealt with. A connection that enters at the same time can be
 * missed; whoever must not stay is to lose the membership first, and then that connection takes itself out again
 * (see `enterRoom`).
 *
 * @returns how many connections were in the room
 */
export async function takeOutConnections(
  { userId, roomId }: { userId: string; roomId: string },
  ports: Ports,
): Promise<number> {
  const theirs = await rowsOf(personalPartition(userId), ports.audience);
  const slots = theirs.map(({ connectionId }) => slotOf(roomId, userId, connectionId));
  const [connections, places] = await Promise.all([
    ports.connections.findMany(theirs.map(({ connectionId }) => connectionId)),
    ports.audience.find(roomId, slots),
  ]);
  const inRoom = new Set([
    ...connections.filter(({ rooms }) => rooms.includes(roomId)).map(({ connectionId }) => connectionId),
    ...places.map(({ connectionId }) => connectionId),
  ]);
  await sideBySide([...inRoom], AT_ONCE, (connectionId) => ports.connections.leaveRoom(connectionId, roomId));
  try {
    const left = [...inRoom].map((connectionId) => ({ connectionId, userId, rooms: [roomId] }));
    await announceLeft(left, ports);
  } catch (error) {
    // However the bus does, nobody goes on hearing a room that they were taken out of.
    ports.log.error('notices lost', error, { count: inRoom.size });
  }
  await ports.audience.leave(slots.map((slot) => ({ partition: roomId, slot })));
  return inRoom.size;
}
