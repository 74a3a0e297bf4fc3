import type { Plan } from './plan';
import { MESSAGE_ACCEPTED } from '../events';
import { messageIdOf, parseMessageId } from '../ids';
import { missedOfPart, missedParts, type PartRecord } from './ledger';
import type { FanOutStatus } from '../messages';
import type { EventBus, Now } from '../ports';
import type { Ledger, Outbox } from '../storage/messages';

/** Why there is nothing to redrive; null where there is. One sentence, for an operator. */
export function redriveRefusal(
  status: FanOutStatus | undefined,
  plan: Plan | undefined,
  records: readonly PartRecord[],
): string | null {
  if (status === undefined) {
    return 'It is not in the outbox: its entry has expired, or there never was such a message. What is not there cannot be posted again.';
  }
  if (status.state !== 'closed') return null;
  if (plan === undefined)
    return 'It was delivered, and its ledger has expired: nobody is known to be missed.';
  return missedParts(plan, records).length === 0 ? 'Nobody was missed: its fan-out is closed.' : null;
}

/** Whom the next attempt goes to. */
export interface Reach {
  /** Connections that failed, each alone. */
  readonly slots: number;
  /** Parts that are served whole, but for whom the ledger names as reached. */
  readonly parts: readonly number[];
}

/** Whom an attempt would serve by the ledger; undefined without a plan, when it goes to everybody in the room. */
export function reachOf(plan: Plan | undefined, records: readonly PartRecord[]): Reach | undefined {
  if (plan === undefined) return undefined;
  let slots = 0;
  const parts: number[] = [];
  for (const part of missedParts(plan, records)) {
    const missed = missedOfPart(records.filter((record) => record.part === part));
    if (missed === 'everybody') parts.push(part);
    else slots += new Set(missed).size;
  }
  return { slots, parts };
}

export type Redriven =
  | { readonly outcome: 'refused'; readonly reason: string }
  /** `started` false: the bus did not take the event, so the sweep starts the attempt within a minute. */
  | { readonly outcome: 'redriven'; readonly attempt: number; readonly started: boolean };

/**
 * Puts a message's fan-out back under the sweep and starts its next attempt at once. What earlier attempts have done
 * is not done again: the attempt goes to failed, unknown and unattempted slots. Its 24 hours until parking start anew.
 * Safe to repeat: an attempt is claimed once.
 * @throws where a port does; if the entry was reopened by then, the sweep starts the attempt
 */
export async function redrive(
  messageId: string,
  ports: { outbox: Outbox; ledger: Ledger; bus: EventBus; now: Now },
): Promise<Redriven> {
  const location = parseMessageId(messageId);
  if (location === undefined) return { outcome: 'refused', reason: `${messageId} is no message id.` };
  const { roomId, seq } = location;
  const [status, plan, records] = await Promise.all([
    ports.outbox.status(roomId, seq),
    ports.ledger.findPlan(messageId),
    ports.ledger.records(messageId),
  ]);
  const reason = redriveRefusal(status, plan, records);
  if (reason !== null || status === undefined) return { outcome: 'refused', reason: reason ?? '' };

  const { state, attempt } = status;
  if (!(await ports.outbox.reopen(roomId, seq, { state, attempt, now: ports.now() }))) {
    return { outcome: 'refused', reason: 'Another attempt has just begun or ended. Look again.' };
  }
  const detail = { messageId: messageIdOf(roomId, seq), roomId, seq, attempt };
  const refused = await ports.bus.publish([{ type: MESSAGE_ACCEPTED, detail }]).catch(() => [detail]);
  return { outcome: 'redriven', attempt: attempt + 1, started: refused.length === 0 };
}
