import { FAN_OUT_PARKED, MESSAGE_ACCEPTED } from '../chat/events';
import { messageIdOf } from '../chat/ids';
import { OPEN_SHARDS } from '../chat/messages';
import type { EventBus, Log, Now } from '../chat/ports';
import type { Outbox } from '../chat/storage/messages';
import { overdueAgainAfter, PARK_AFTER } from '../chat/fan-out/sweeping';
import * as aws from '../composition';

interface Ports {
  outbox: Outbox;
  bus: EventBus;
  log: Log;
  now: Now;
}

interface SweepResult {
  readonly restarted: number;
  readonly parked: number;
  readonly failed: number;
}

/**
 * Runs every minute: emits the event of each overdue outbox entry again and parks those that are too old. Entries
 * that fail are left for the next minute; the sweep then throws once, so that it shows in the function's errors.
 */
export async function sweepOutbox(ports: Ports): Promise<SweepResult> {
  const shards = Array.from({ length: OPEN_SHARDS }, (_, shard) => shard);
  const results = await Promise.all(shards.map((shard) => sweepShard(shard, ports)));
  const total = results.flat();
  const count = (outcome: string) => total.filter((one) => one === outcome).length;
  const result = { restarted: count('restarted'), parked: count('parked'), failed: count('failed') };
  if (total.length > 0) ports.log.info('swept', result);
  if (result.failed > 0) throw new Error(`${result.failed} entries or shards could not be swept`);
  return result;
}

async function sweepShard(shard: number, ports: Ports): Promise<string[]> {
  const outcomes: string[] = [];
  let overdue: { roomId: string; seq: number }[];
  try {
    overdue = await ports.outbox.overdue(shard, ports.now());
  } catch (error) {
    // Not thrown: the invocation would end, and freeze the other shards' sweeps where they are.
    ports.log.error('shard left to the next sweep', error, { shard });
    return ['failed'];
  }
  for (const { roomId, seq } of overdue) {
    try {
      outcomes.push(await sweepEntry(roomId, seq, ports));
    } catch (error) {
      ports.log.error('entry left to the next sweep', error, { messageId: messageIdOf(roomId, seq) });
      outcomes.push('failed');
    }
  }
  return outcomes;
}

async function sweepEntry(
  roomId: string,
  seq: number,
  ports: Ports,
): Promise<'restarted' | 'parked' | 'current'> {
  const entry = await ports.outbox.status(roomId, seq);
  // The index lags: an entry that was closed or claimed a moment ago may still be listed.
  if (entry?.state !== 'open' || (entry.dueAt ?? 0) >= ports.now()) return 'current';
  const { attempt } = entry;
  const detail = { messageId: messageIdOf(roomId, seq), roomId, seq, attempt };
  if (ports.now() - Math.max(entry.acceptedAt, entry.redrivenAt ?? 0) > PARK_AFTER) {
    // The event first: parked twice in the queue is better than parked where nobody looks.
    await publish({ type: FAN_OUT_PARKED, detail }, ports.bus);
    await ports.outbox.park(roomId, seq, attempt);
    return 'parked';
  }
  await publish({ type: MESSAGE_ACCEPTED, detail }, ports.bus);
  await ports.outbox.postpone(roomId, seq, { attempt, dueAt: ports.now() + overdueAgainAfter(attempt) });
  return 'restarted';
}

async function publish(event: Parameters<EventBus['publish']>[0][number], bus: EventBus): Promise<void> {
  const refused = await bus.publish([event]);
  if (refused.length > 0) throw new Error('The bus did not take the event');
}

export const handler = () =>
  sweepOutbox({ outbox: aws.outbox(), bus: aws.bus(), log: aws.log(), now: Date.now });
