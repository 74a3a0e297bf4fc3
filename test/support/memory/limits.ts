import type { Limits } from '../../../handlers/chat/storage/people';
import { admissionAt, intervalOf, useAfter, type Admission, type Rate } from '../../../handlers/chat/rate';
import type { Calls } from './calls';

export class MemoryLimits implements Limits {
  /** Until when each is used up, in microseconds. */
  readonly used = new Map<string, number>();

  constructor(private readonly calls: Calls) {}

  take(subject: string, rate: Rate, now: number): Promise<Admission> {
    return this.calls.run('limits.take', subject, (who) => {
      const taking = { usedUntil: this.used.get(who), now };
      const admission = admissionAt(rate, taking);
      if (admission.admitted) this.used.set(who, useAfter(rate, taking));
      return admission;
    });
  }

  giveBack(subject: string, rate: Rate): Promise<void> {
    return this.calls.run('limits.giveBack', subject, (who) => {
      const usedUntil = this.used.get(who);
      if (usedUntil !== undefined) this.used.set(who, usedUntil - intervalOf(rate));
    });
  }
}
