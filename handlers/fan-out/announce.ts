import { deliver } from '../chat/fan-out/delivery';
import { notice } from '../chat/events';
import { endConnections } from '../chat/membership/leaving';
import { rowsOf } from '../chat/audience';
import { announcementOf } from '../chat/fan-out/notices';
import { isPersonalPartition } from '../chat/ids';
import type { EventBus, Log, Now, Sockets } from '../chat/ports';
import type { Outbox } from '../chat/storage/messages';
import type { Connections, Users } from '../chat/storage/people';
import type { Audience, Members, Rooms } from '../chat/storage/rooms';
import { sideBySide } from '../chat/side-by-side';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';

interface Ports {
  connections: Connections;
  audience: Audience;
  users: Users;
  members: Members;
  rooms: Rooms;
  outbox: Outbox;
  sockets: Sockets;
  bus: EventBus;
  log: Log;
  now: Now;
  pause: (milliseconds: number) => Promise<void>;
  postsPerSecond: number;
}

/** Posts of a notice. All zero where there was nothing to say. */
export interface AnnounceResult {
  readonly posted: number;
  readonly gone: number;
  readonly failed: number;
}

/** Sockets that are closed at a time. */
const CLOSING_AT_ONCE = 10;

/**
 * Step of `fan-out` for notices: reads the names that the event does not carry, decides whether there is something to
 * say, posts it, and ends the connections that it found gone. Nothing is recorded and nothing is made up for: a throw
 * is reported, and some may not have heard.
 */
export async function announce(input: unknown, ports: Ports): Promise<AnnounceResult> {
  const event = notice.parse(input);
  const announcement = await announcementOf(event, ports);
  const counts = { posted: 0, gone: 0, failed: 0 };
  if (announcement === undefined) return counts;
  const { pushes, partitions, except } = announcement;

  const audiences = await Promise.all(partitions.map((partition) => rowsOf(partition, ports.audience)));
  const rows = audiences.flat().filter(({ userId }) => userId !== except);
  const gone = new Set<string>();
  for (const push of pushes) {
    const outcomes = await deliver(JSON.stringify(push), rows, ports, ports.postsPerSecond);
    for (const slot of outcomes.gone) gone.add(slot);
    counts.posted += outcomes.posted.length;
    counts.failed += outcomes.failed.length;
  }
  counts.gone = gone.size;
  ports.log.info('announced', { notice: event.type, roomId: event.detail.roomId, ...counts });

  const ended = rows.filter(({ slot }) => gone.has(slot));
  await sideBySide(ended, CLOSING_AT_ONCE, ({ connectionId }) => ports.sockets.close(connectionId));
  await endConnections(
    ended.map(({ connectionId, userId, partition }) => ({
      connectionId,
      userId,
      rooms: isPersonalPartition(partition) ? [] : [partition],
    })),
    ports,
  );
  return counts;
}

export const handler = (input: unknown) =>
  announce(input, {
    connections: aws.connections(),
    audience: aws.audience(),
    users: aws.users(),
    members: aws.members(),
    rooms: aws.rooms(),
    outbox: aws.outbox(),
    sockets: aws.sockets(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    postsPerSecond: numberSetting('postsPerSecond'),
  });
