import type { Retrier } from './definition';
import { matchesError } from './failure';

/**
 * The retries of one state in one visit. Each retrier counts its own attempts.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
 */
export class RetryCounter {
  readonly #attempts = new Map<Retrier, number>();
  #retries = 0;

  constructor(
    readonly retriers: readonly Retrier[],
    /** Uniform in [0, 1), for JitterStrategy FULL. */
    readonly random: () => number = Math.random,
  ) {}

  /** What `$states.context.State.RetryCount` reads. */
  get retries(): number {
    return this.#retries;
  }

  /** Seconds to wait before the next attempt, or undefined when this error is not retried (any more). */
  next(errorName: string | undefined): number | undefined {
    const retrier = this.retriers.find((candidate) => matchesError(candidate.errorEquals, errorName));
    if (retrier === undefined) return undefined;
    const attempt = this.#attempts.get(retrier) ?? 0;
    if (attempt >= retrier.maxAttempts) return undefined;
    this.#attempts.set(retrier, attempt + 1);
    this.#retries += 1;
    const delay = retrier.intervalSeconds * retrier.backoffRate ** attempt;
    const capped = Math.min(delay, retrier.maxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return retrier.jitter === 'FULL' ? capped * this.random() : capped;
  }
}
