import { endConnections } from '../chat/membership/leaving';
import type { EventBus, Log, Sockets } from '../chat/ports';
import type { Ledger } from '../chat/storage/messages';
import type { Connections } from '../chat/storage/people';
import type { Audience, Members } from '../chat/storage/rooms';
import { isDirectRoom } from '../chat/rooms';
import { sideBySide } from '../chat/side-by-side';
import * as aws from '../composition';
import { locate, partStep } from './step-input';

interface Ports {
  connections: Connections;
  audience: Audience;
  members: Members;
  ledger: Ledger;
  sockets: Sockets;
  bus: EventBus;
  log: Log;
}

/** Sockets that are closed at a time. */
const CLOSING_AT_ONCE = 10;

/**
 * Step after a part in which somebody was gone: closes those connections at the gateway, so that one that is
 * pruned by mistake notices and comes back, and ends them, which emits `MemberLeft`. Safe to repeat. A throw is
 * reported and costs nothing but time: the next message finds the same connections gone.
 */
export async function prunePart(input: unknown, ports: Ports): Promise<{ pruned: number }> {
  const { messageId, attempt, part } = partStep.parse(input);
  const { roomId } = locate(messageId);
  const direct = isDirectRoom(roomId);
  const [records, plan] = await Promise.all([
    ports.ledger.records(messageId, part),
    direct ? ports.ledger.findPlan(messageId) : undefined,
  ]);
  const partition = direct ? plan?.partitions?.[part] : roomId;
  if (partition === undefined) throw new Error(`The plan of ${messageId} has no part ${part}`);
  const gone = records.find((record) => record.attempt === attempt)?.gone ?? [];
  const rows = await ports.audience.find(partition, gone);
  // Before the rows by which a second try would find them are gone.
  await sideBySide(rows, CLOSING_AT_ONCE, ({ connectionId }) => ports.sockets.close(connectionId));
  const removed = await endConnections(
    rows.map(({ connectionId, userId }) => ({ connectionId, userId, rooms: direct ? [] : [roomId] })),
    ports,
  );
  ports.log.info('pruned', { messageId, attempt, part, pruned: removed.length });
  return { pruned: removed.length };
}

export const handler = (input: unknown) =>
  prunePart(input, {
    connections: aws.connections(),
    audience: aws.audience(),
    members: aws.members(),
    ledger: aws.ledger(),
    sockets: aws.sockets(),
    bus: aws.bus(),
    log: aws.log(),
  });
