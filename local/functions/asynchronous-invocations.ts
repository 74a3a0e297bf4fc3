import type { Clock } from '../clock';
import { ServiceError } from '../service';
import type { Outcome } from './outcome';

const MINUTE = 60_000;
/** Developer guide, "How Lambda handles errors and retries with asynchronous invocation". */
const RETRY_AFTER_ERROR = [MINUTE, 2 * MINUTE];
const THROTTLED_FIRST = 1000;
const THROTTLED_LONGEST = 5 * MINUTE;
const THROTTLED_FOR = 6 * 60 * MINUTE;

/**
 * Events that were accepted with 202 and run later: on a function error twice more at most, after one and two minutes;
 * while throttled for up to six hours, after 1 s, 2 s, 4 s … 5 minutes. Then they are dropped. All in the
 * clock's time, and in memory: a restart loses them, where AWS would keep them.
 */
export class AsynchronousInvocations {
  readonly #clock: Clock;
  readonly #dropped: (requestId: string, reason: string) => void;
  readonly #waits: readonly number[];
  readonly #retries = new Map<string, () => void>();
  #closed = false;

  /** @param retries tries after a function error, at most two */
  constructor(clock: Clock, dropped: (requestId: string, reason: string) => void, retries = 2) {
    this.#clock = clock;
    this.#dropped = dropped;
    this.#waits = RETRY_AFTER_ERROR.slice(0, retries);
  }

  /** @param run one try; an outcome with `functionError` or a ServiceError with status 429 is tried again */
  accept(requestId: string, run: () => Promise<Outcome>): void {
    this.#attempt({ requestId, run, errors: 0, throttled: 0, since: this.#clock.now() });
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
  }

  #attempt(event: Event): void {
    event.run().then(
      (outcome) => {
        if (outcome.functionError === undefined) return;
        const wait = this.#waits[event.errors];
        if (wait === undefined) this.#drop(event, `failed ${event.errors + 1} times`);
        else this.#later(wait, { ...event, errors: event.errors + 1, throttled: 0 });
      },
      (error: unknown) => {
        const throttled = error instanceof ServiceError && error.status === 429;
        const wait = Math.min(THROTTLED_FIRST * 2 ** event.throttled, THROTTLED_LONGEST);
        if (!throttled) this.#drop(event, error instanceof Error ? error.message : String(error));
        else if (this.#clock.now() + wait > event.since + THROTTLED_FOR)
          this.#drop(event, 'throttled for six hours');
        else this.#later(wait, { ...event, throttled: event.throttled + 1 });
      },
    );
  }

  #later(milliseconds: number, event: Event): void {
    if (this.#closed) return;
    const cancel = this.#clock.after(milliseconds, () => {
      this.#retries.delete(event.requestId);
      this.#attempt(event);
    });
    this.#retries.set(event.requestId, cancel);
  }

  #drop({ requestId }: Event, reason: string): void {
    if (!this.#closed) this.#dropped(requestId, reason);
  }
}

interface Event {
  readonly requestId: string;
  readonly run: () => Promise<Outcome>;
  readonly errors: number;
  readonly throttled: number;
  readonly since: number;
}
