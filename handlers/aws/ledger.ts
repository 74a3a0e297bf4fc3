import * as z from 'zod/mini';
import type { Plan } from '../chat/audience-plan';
import type { PartRecord } from '../chat/ledger';
import type { Ledger } from '../chat/ports';
import { numberSetting } from './environment';
import { packSlots, unpackSlots } from './packed-slots';
import { Table, type Row } from './table';

const PLAN = 'plan';

const planRow = z.object({
  tier: z.enum(['inline', 'broadcast']),
  parts: z.number(),
  size: z.number(),
  workers: z.number(),
  postsPerSecond: z.number(),
  lease: z.number(),
});

const packed = z.array(z.instanceof(Uint8Array));
const recordRow = z.object({
  part: z.string(),
  posted: packed,
  gone: packed,
  failed: z.array(z.object({ reason: z.string(), slots: z.instanceof(Uint8Array) })),
  finished: z.boolean(),
});

/** `00012.003`: part 12, attempt 3. Sorts by part, then attempt, and before `plan`. */
function recordKey(part: number, attempt: number): string {
  return `${String(part).padStart(5, '0')}.${String(attempt).padStart(3, '0')}`;
}

function recordOf(fields: unknown): PartRecord {
  const { part, posted, gone, failed, finished } = recordRow.parse(fields);
  const [number, attempt] = part.split('.').map(Number);
  return {
    part: number ?? 0,
    attempt: attempt ?? 0,
    posted: posted.flatMap((bytes) => unpackSlots(bytes, 'short')),
    gone: gone.flatMap((bytes) => unpackSlots(bytes, 'whole')),
    failed: failed.flatMap(({ reason, slots }) =>
      unpackSlots(slots, 'whole').map((slot) => ({ slot, reason })),
    ),
    finished,
  };
}

export function createLedger(now = Date.now): Ledger {
  const table = new Table('Deliveries');
  // Read when a row is written, so that functions that only read the ledger need not have the setting.
  const expiresAt = () => Math.floor(now() / 1000) + numberSetting('ledgerDays') * 24 * 60 * 60;

  const findPlan = async (messageId: string): Promise<Plan | undefined> => {
    const fields = await table.get({ messageId, part: PLAN });
    return fields && planRow.parse(fields);
  };

  return {
    findPlan,

    async storePlan(messageId, plan) {
      const stored = await table.putIfAbsent(
        { messageId, part: PLAN, ...plan, plannedAt: now(), expiresAt: expiresAt() },
        'messageId',
      );
      return stored === undefined ? plan : planRow.parse(stored);
    },

    async records(messageId, part) {
      const [from, to] = part === undefined ? ['0', PLAN] : [recordKey(part, 0), recordKey(part, 999)];
      const rows = await table.queryAll({
        where: 'messageId = :messageId AND part BETWEEN :from AND :to',
        values: { ':messageId': messageId, ':from': from, ':to': to },
      });
      return rows.filter((fields) => fields.part !== PLAN).map(recordOf);
    },

    async begin(messageId, part, attempt) {
      const fields = await table.update(
        { messageId, part: recordKey(part, attempt) },
        {
          // if_not_exists: a worker that goes on after its cursor, or is tried again, keeps what is there.
          set: 'SET posted = if_not_exists(posted, :none), gone = if_not_exists(gone, :none), failed = if_not_exists(failed, :none), finished = :no, beganAt = if_not_exists(beganAt, :now), expiresAt = :expiresAt',
          values: { ':none': [], ':no': false, ':now': now(), ':expiresAt': expiresAt() },
        },
      );
      return recordOf(fields);
    },

    async add(messageId, part, attempt, { posted, gone, failed, finished }) {
      const byReason = new Map<string, string[]>();
      for (const { slot, reason } of failed) byReason.set(reason, [...(byReason.get(reason) ?? []), slot]);
      const chunk = (slots: readonly string[], width: 'short' | 'whole') =>
        slots.length === 0 ? [] : [packSlots(slots, width)];
      const values: Row = {
        ':posted': chunk(posted, 'short'),
        ':gone': chunk(gone, 'whole'),
        ':failed': [...byReason].map(([reason, slots]) => ({ reason, slots: packSlots(slots, 'whole') })),
        ':finished': finished,
        ':now': now(),
      };
      await table.update(
        { messageId, part: recordKey(part, attempt) },
        {
          set: 'SET posted = list_append(posted, :posted), gone = list_append(gone, :gone), failed = list_append(failed, :failed), finished = :finished, endedAt = :now',
          values,
          returns: 'NONE',
        },
      );
    },
  };
}
