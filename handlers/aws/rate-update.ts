import * as z from 'zod/mini';
import {
  admissionAt,
  implausibleUse,
  intervalOf,
  latestUse,
  useAfter,
  type Admission,
  type Rate,
} from '../chat/rate';
import type { Row } from './table';

/** A conditional update of the attribute that holds how much of a rate is used, in microseconds. */
export interface RateUpdate {
  readonly set: string;
  readonly condition: string;
  readonly values: Row;
}

/** The row as it is after an update, or as it was where the condition did not hold; `undefined` where there is none. */
export type RateOutcome = { readonly row: Row } | { readonly inTheWay: Row | undefined };

export type Refusal = Exclude<Admission, { admitted: true }>;

/** Only a row that is deleted and made anew in between needs more than one. */
const TRIES = 3;

/**
 * Takes once from a rate whose use stands in an attribute of a row. Who has rested starts anew, which is one write.
 * Otherwise the refused write has shown the row: one that is used up costs nothing more, and one write more moves any
 * other on. Both are conditional, so of takings at the same time exactly as many are admitted as may be.
 * @param update runs one such update, with what else its row needs
 * @returns the row as it is then, a refusal, or undefined where `update` knows no row to take from
 */
export async function takeRate(
  attribute: string,
  { rate, now }: { rate: Rate; now: number },
  update: (change: RateUpdate) => Promise<RateOutcome>,
): Promise<{ readonly row: Row } | Refusal | undefined> {
  const usedUntil = (row: Row) => z.optional(z.number()).parse(row[attribute]);
  const rested = {
    set: `${attribute} = :next`,
    condition: `(attribute_not_exists(${attribute}) OR NOT ${attribute} BETWEEN :busyFrom AND :busyTo)`,
    values: {
      ':next': useAfter(rate, { usedUntil: undefined, now }),
      // Numbers are whole: later than now, and not so late that it cannot be true.
      ':busyFrom': now * 1000 + 1,
      ':busyTo': implausibleUse(rate, now),
    },
  };
  const busy = {
    set: `${attribute} = ${attribute} + :interval`,
    condition: `${attribute} <= :latest`,
    values: { ':interval': intervalOf(rate), ':latest': latestUse(rate, now) },
  };
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const first = await update(rested);
    if ('row' in first) return first;
    if (first.inTheWay === undefined) return undefined;
    const seen = admissionAt(rate, { usedUntil: usedUntil(first.inTheWay), now });
    if (!seen.admitted) return seen;
    const second = await update(busy);
    if ('row' in second) return second;
    const then = second.inTheWay && admissionAt(rate, { usedUntil: usedUntil(second.inTheWay), now });
    if (then?.admitted === false) return then;
  }
  throw new Error('A row with a rate was another one with every try');
}
