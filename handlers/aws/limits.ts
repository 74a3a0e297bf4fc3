import type { Limits } from '../chat/storage/people';
import { intervalOf, longestUse } from '../chat/rate';
import { takeRate } from './rate-update';
import { Table } from './table';

/** What is left of a row whose rate has recovered may go; a minute covers clocks that differ. */
const KEPT_BEYOND = 60_000;

export function createLimits(): Limits {
  const table = new Table('Limits');
  return {
    async take(subject, rate, now) {
      const expiresAt = Math.ceil((now + longestUse(rate) + KEPT_BEYOND) / 1000);
      const taken = await takeRate('usedUntil', { rate, now }, ({ set, condition, values }) =>
        table.updateOrShow(
          { subject },
          {
            set: `SET ${set}, expiresAt = :expiresAt`,
            condition,
            values: { ...values, ':expiresAt': expiresAt },
          },
        ),
      );
      if (taken === undefined) throw new Error('A row of Limits was neither there nor could be made');
      return 'row' in taken ? { admitted: true } : taken;
    },

    async giveBack(subject, rate) {
      await table.update(
        { subject },
        {
          set: 'SET usedUntil = usedUntil - :interval',
          condition: 'attribute_exists(usedUntil)',
          values: { ':interval': intervalOf(rate) },
          returns: 'NONE',
        },
      );
    },
  };
}
