import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { PartProgress, PartRecord } from '../chat/fan-out/ledger';
import { isOfOnePart, planShape, type Plan } from '../chat/fan-out/plan';
import type { Ledger } from '../chat/storage/messages';
import { numberSetting } from './environment';
import { packSlots, unpackSlots } from './packed-slots';
import { Table, type Row } from './table';

const PLAN = 'plan';

/** The record of an only part, which keeps the plan. */
const onePart = z.object({ plan: planShape });

const packed = z.array(z.instanceof(Uint8Array));
/** A record, or a stretch of it that has a row of its own. */
const recordRow = z.object({
  part: z.string(),
  posted: packed,
  gone: packed,
  failed: z.array(z.object({ reason: z.string(), slots: z.instanceof(Uint8Array) })),
  finished: z.boolean(),
});
type RecordRow = z.infer<typeof recordRow>;

/** `00012.003`: part 12, attempt 3. Sorts by part, then attempt, and before `plan`. */
function recordKey(part: number, attempt: number): string {
  return `${partKey(part)}${String(attempt).padStart(3, '0')}`;
}

function partKey(part: number): string {
  return `${String(part).padStart(5, '0')}.`;
}

/** `00012.003.` and a name: sorts after its record and before the next, and among its like by time. */
function stretchKey(part: number, attempt: number, now: number): string {
  return `${recordKey(part, attempt)}.${now.toString(36)}${randomBytes(3).toString('hex')}`;
}

/** Sorts after every record and stretch of a part and attempt. */
const END = '.~';

/** The records that rows in the order of their keys are; each record's last stretch is in its own row, which is first. */
function recordsOf(fields: readonly unknown[]): PartRecord[] {
  const byRecord = new Map<string, RecordRow[]>();
  for (const one of fields) {
    const row = recordRow.parse(one);
    const key = row.part.split('.', 2).join('.');
    byRecord.set(key, [...(byRecord.get(key) ?? []), row]);
  }
  return [...byRecord].map(([key, rows]) => recordOf(key, rows));
}

function recordOf(key: string, [first, ...stretches]: readonly RecordRow[]): PartRecord {
  const [part, attempt] = key.split('.').map(Number);
  const rows = first === undefined ? stretches : [...stretches, first];
  return {
    part: part ?? 0,
    attempt: attempt ?? 0,
    posted: rows.flatMap(({ posted }) => posted).flatMap((bytes) => unpackSlots(bytes, 'short')),
    gone: rows.flatMap(({ gone }) => gone).flatMap((bytes) => unpackSlots(bytes, 'whole')),
    failed: rows
      .flatMap(({ failed }) => failed)
      .flatMap(({ reason, slots }) => unpackSlots(slots, 'whole').map((slot) => ({ slot, reason }))),
    finished: first?.finished ?? false,
  };
}

/** Outcomes as attributes. */
function packedOutcomes({ posted, gone, failed }: PartProgress) {
  const chunk = (slots: readonly string[], width: 'short' | 'whole') =>
    slots.length === 0 ? [] : [packSlots(slots, width)];
  const byReason = new Map<string, string[]>();
  for (const { slot, reason } of failed) byReason.set(reason, [...(byReason.get(reason) ?? []), slot]);
  return {
    posted: chunk(posted, 'short'),
    gone: chunk(gone, 'whole'),
    failed: [...byReason].map(([reason, slots]) => ({ reason, slots: packSlots(slots, 'whole') })),
  };
}

export function createLedger(now = Date.now): Ledger {
  const table = new Table('Deliveries');
  // Read when a row is written, so that functions that only read the ledger need not have the setting.
  const expiresAt = () => Math.floor(now() / 1000) + numberSetting('ledgerDays') * 24 * 60 * 60;

  const findPlan = async (messageId: string): Promise<Plan | undefined> => {
    const fields = await table.get({ messageId, part: PLAN });
    if (fields !== undefined) return planShape.parse(fields);
    const { rows } = await table.query({
      where: 'messageId = :messageId AND begins_with(part, :only)',
      values: { ':messageId': messageId, ':only': partKey(0) },
      limit: 1,
    });
    return onePart.safeParse(rows[0]).data?.plan;
  };

  const rowsBetween = (messageId: string, from: string, to: string): Promise<Row[]> =>
    table.queryAll({
      where: 'messageId = :messageId AND part BETWEEN :from AND :to',
      values: { ':messageId': messageId, ':from': from, ':to': to },
    });

  return {
    findPlan,

    async storePlan(messageId, plan) {
      if (isOfOnePart(plan)) return plan;
      const stored = await table.putIfAbsent(
        { messageId, part: PLAN, ...plan, plannedAt: now(), expiresAt: expiresAt() },
        'messageId',
      );
      return stored === undefined ? plan : planShape.parse(stored);
    },

    async records(messageId, part) {
      const [from, to] = part === undefined ? ['0', PLAN] : [recordKey(part, 0), recordKey(part, 999) + END];
      const rows = await rowsBetween(messageId, from, to);
      return recordsOf(rows.filter((fields) => fields.part !== PLAN));
    },

    async begin(messageId, part, attempt, plan) {
      const key = recordKey(part, attempt);
      const fresh = { messageId, part: key, posted: [], gone: [], failed: [], finished: false };
      const row = {
        ...fresh,
        beganAt: now(),
        expiresAt: expiresAt(),
        ...(isOfOnePart(plan) ? { plan } : {}),
      };
      if ((await table.putIfAbsent(row, 'messageId')) === undefined) return recordOf(key, [fresh]);
      // A worker that goes on after its cursor, or is tried again, keeps what is there.
      const kept = await table.update(
        { messageId, part: key },
        {
          set: 'SET finished = :no, expiresAt = :expiresAt',
          condition: 'attribute_exists(messageId)',
          values: { ':no': false, ':expiresAt': row.expiresAt },
          returns: 'NONE',
        },
      );
      // It expired in between. Should another worker be faster now, its row is as good.
      if (kept === undefined) await table.putIfAbsent(row, 'messageId');
      return recordOf(key, z.array(recordRow).parse(await rowsBetween(messageId, key, key + END)));
    },

    /**
     * DynamoDB bills an update by the size of the whole item, so outcomes added to one that grows would cost as the
     * square of a part. Each stretch but the last has a row of its own; the last goes into the record, which has to be
     * written anyway to be finished.
     */
    async add(messageId, part, attempt, progress) {
      const outcomes = packedOutcomes(progress);
      if (!progress.finished) {
        const key = stretchKey(part, attempt, now());
        await table.put({ messageId, part: key, ...outcomes, finished: false, expiresAt: expiresAt() });
        return;
      }
      await table.update(
        { messageId, part: recordKey(part, attempt) },
        {
          set: 'SET posted = list_append(posted, :posted), gone = list_append(gone, :gone), failed = list_append(failed, :failed), finished = :yes, endedAt = :now',
          values: {
            ':posted': outcomes.posted,
            ':gone': outcomes.gone,
            ':failed': outcomes.failed,
            ':yes': true,
            ':now': now(),
          },
          returns: 'NONE',
        },
      );
    },
  };
}
