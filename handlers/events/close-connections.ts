import * as z from 'zod/mini';
import { accessRevoked } from '../chat/events';
import { rowsOf } from '../chat/audience';
import { personalPartition } from '../chat/ids';
import { BYES, closeConnections } from '../chat/membership/closing';
import type { EventBus, Log, Sockets } from '../chat/ports';
import type { Connections } from '../chat/storage/people';
import type { Audience, Members } from '../chat/storage/rooms';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';

const busEvent = z.object({ detail: accessRevoked });

interface Ports {
  connections: Connections;
  audience: Audience;
  members: Members;
  sockets: Sockets;
  bus: EventBus;
  log: Log;
  postsPerSecond: number;
}

/**
 * The bus calls this with `AccessRevoked`: closes all connections of the person, wherever they listen. Who connects at
 * the same time finds the revocation in their own row (see connect.ts). A throw is tried again by Lambda, after one and two
 * minutes; then the event is in `undeliverable-events`, as nobody emits it again. Safe to repeat, as what is closed is
 * not found again.
 */
export async function closePersonsConnections(event: unknown, ports: Ports): Promise<{ closed: number }> {
  const { userId, reason } = busEvent.parse(event).detail;
  const rows = await rowsOf(personalPartition(userId), ports.audience);
  // Their rooms stand in their own rows; for who has none any more, the place in the personal partition is what is left.
  const theirs = rows.map(({ connectionId }) => ({ connectionId, userId, rooms: [] }));
  if (theirs.length > 0) await closeConnections(theirs, BYES[reason], ports);
  ports.log.info('access revoked', { userId, reason, closed: theirs.length });
  return { closed: theirs.length };
}

export const handler = (event: unknown) =>
  closePersonsConnections(event, {
    connections: aws.connections(),
    audience: aws.audience(),
    members: aws.members(),
    sockets: aws.sockets(),
    bus: aws.bus(),
    log: aws.log(),
    postsPerSecond: numberSetting('postsPerSecond'),
  });
