import type { Plan } from './plan';

/** What became of whom, by slot. */
export interface Outcomes {
  readonly posted: readonly string[];
  readonly gone: readonly string[];
  readonly failed: readonly { readonly slot: string; readonly reason: string }[];
}

/** Outcomes of a stretch of a part. */
export interface PartProgress extends Outcomes {
  /** Whether this was the last stretch: nothing of the part is left to post in this attempt. */
  readonly finished: boolean;
}

/**
 * What one attempt did with one part. A record that was begun and never finished means that its worker died: the
 * outcome of whoever it does not name is unknown.
 */
export interface PartRecord extends PartProgress {
  readonly part: number;
  readonly attempt: number;
}

/**
 * Who of a part has not been reached:
 * everybody in its range, these slots, or (an empty list) nobody.
 */
export type Missed = 'everybody' | readonly string[];

/**
 * Whom an attempt failed to reach, slot by slot with the last reason. A run of a worker that is tried again makes good
 * what failed in the run before it, in the same record: whom it also names as posted or gone did not fail.
 */
export function failuresOf({ posted, gone, failed }: Outcomes): Map<string, string> {
  const settled = new Set([...posted.map(shortSlot), ...gone.map(shortSlot)]);
  const unsettled = failed.filter(({ slot }) => !settled.has(shortSlot(slot)));
  return new Map(unsettled.map(({ slot, reason }) => [slot, reason]));
}

/** What became of how many, each counted once. */
export function countsOf(outcomes: Outcomes): { posted: number; gone: number; failed: number } {
  return {
    posted: new Set(outcomes.posted.map(shortSlot)).size,
    gone: new Set(outcomes.gone).size,
    failed: failuresOf(outcomes).size,
  };
}

/**
 * Folds the records of one part, in order of their attempts. An attempt only ever serves who was missed before it,
 * so a finished one leaves its failed slots, and an unfinished one changes nothing: whom it may have reached is
 * unknown, and unknown counts as missed.
 */
export function missedOfPart(records: readonly PartRecord[]): Missed {
  const inOrder = [...records].sort((a, b) => a.attempt - b.attempt);
  const posted = postedSlots(records);
  return inOrder.reduce<Missed>(
    (missed, record) =>
      record.finished ? [...failuresOf(record).keys()].filter((slot) => !posted.has(slot)) : missed,
    'everybody',
  );
}

/** Slots are recorded as posted by their first 20 digits: the place and 16 bits of the connection. */
const POSTED_DIGITS = 20;

/** As much of a slot as is recorded of whom was posted to; whole slots and short ones are equal by it. */
export function shortSlot(slot: string): string {
  return slot.slice(0, POSTED_DIGITS);
}

/** Who has the message according to any record of a part. */
export function postedSlots(records: readonly PartRecord[]): { has(slot: string): boolean } {
  const posted = new Set(records.flatMap((record) => record.posted.map(shortSlot)));
  return { has: (slot) => posted.has(shortSlot(slot)) };
}

/** The parts of a plan in which somebody was missed, ascending. */
export function missedParts(plan: Plan, records: readonly PartRecord[]): number[] {
  const byPart = new Map<number, PartRecord[]>();
  for (const record of records) byPart.set(record.part, [...(byPart.get(record.part) ?? []), record]);
  return Array.from({ length: plan.parts }, (_, part) => part).filter((part) => {
    const missed = missedOfPart(byPart.get(part) ?? []);
    return missed === 'everybody' || missed.length > 0;
  });
}
