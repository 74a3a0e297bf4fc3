/** How often something may happen: `perSecond` in the long run, and `burst` at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Whether it may happen now; if not, when it will be allowed again, in milliseconds. */
export type Admission =
  { readonly admitted: true } | { readonly admitted: false; readonly retryAfterMs: number };

/** What a rate allows, given how much of it is used. */
export interface Taking {
  /**
   * Until when the rate is used up, in Unix microseconds (the "theoretical arrival time" of GCRA, ITU-T I.371): each
   * taking moves it on by one interval. Undefined for who never took.
   */
  readonly usedUntil: number | undefined;
  readonly now: number;
}

/** One interval of a rate, in whole microseconds: small enough to be exact, and sums of whole numbers are. */
export function intervalOf({ perSecond }: Rate): number {
  return Math.max(1, Math.round(1_000_000 / perSecond));
}

/** The latest `usedUntil`, in microseconds, with which something may still happen at `now` (in milliseconds). */
export function latestUse(rate: Rate, now: number): number {
  return now * 1000 + (rate.burst - 1) * intervalOf(rate);
}

/** By so much clocks may differ, in microseconds. */
const CLOCKS_DIFFER = 60_000_000;

/**
 * A `usedUntil` beyond this, in microseconds, is no use of this rate: the clock that wrote it was ahead, or the rate was
 * far slower then. It counts as none, or whoever it is of would be kept out for as long as that clock was ahead.
 */
export function implausibleUse(rate: Rate, now: number): number {
  return now * 1000 + rate.burst * intervalOf(rate) + CLOCKS_DIFFER;
}

function plausible(rate: Rate, { usedUntil = 0, now }: Taking): number {
  return usedUntil > implausibleUse(rate, now) ? 0 : usedUntil;
}

/** Whether something may happen now; one millisecond before `retryAfterMs` is over it may not. */
export function admissionAt(rate: Rate, taking: Taking): Admission {
  const tooMuch = plausible(rate, taking) - latestUse(rate, taking.now);
  return tooMuch <= 0 ? { admitted: true } : { admitted: false, retryAfterMs: Math.ceil(tooMuch / 1000) };
}

/** Until when the rate is used up after something has happened at `now`. */
export function useAfter(rate: Rate, taking: Taking): number {
  return Math.max(plausible(rate, taking), taking.now * 1000) + intervalOf(rate);
}

/** For how long at most a rate can be used up, in milliseconds; after that nothing needs to be kept of it. */
export function longestUse(rate: Rate): number {
  return Math.ceil((rate.burst * intervalOf(rate)) / 1000);
}
