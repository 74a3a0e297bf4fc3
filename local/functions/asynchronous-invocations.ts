import type { Clock } from '../clock';
import { isObject, type Json } from '../json/json';
import { ServiceError } from '../service';
import type { Outcome } from './outcome';

const MINUTE = 60_000;
/** Developer guide, "How Lambda handles errors and retries with asynchronous invocation". */
const RETRY_AFTER_ERROR = [MINUTE, 2 * MINUTE];
const THROTTLED_FIRST = 1000;
const THROTTLED_LONGEST = 5 * MINUTE;
const THROTTLED_FOR = 6 * 60 * MINUTE;

/** An event that will not be tried again. */
export interface DroppedEvent {
  readonly requestId: string;
  /** As it came, as JSON. */
  readonly event: string;
  /** e.g. `failed 3 times` */
  readonly reason: string;
  /** What the last try came to: the answer's status, which is 200 where the function itself failed, and its message. */
  readonly status: number;
  readonly message: string;
}

/**
 * Events that were accepted with 202 and run later: on a function error twice more at most, after one and two minutes;
 * while throttled for up to six hours, after 1 s, 2 s, 4 s … 5 minutes. Then `dropped` gets
 * them. All in the clock's time, and in memory: a restart loses them, where AWS would keep them.
 */
export class AsynchronousInvocations {
  readonly #clock: Clock;
  readonly #dropped: (event: DroppedEvent) => void;
  readonly #waits: readonly number[];
  readonly #retries = new Map<string, () => void>();
  #closed = false;

  /** @param retries tries after a function error, at most two */
  constructor(clock: Clock, dropped: (event: DroppedEvent) => void, retries = 2) {
    this.#clock = clock;
    this.#dropped = dropped;
    this.#waits = RETRY_AFTER_ERROR.slice(0, retries);
  }

  /** @param run one try; an outcome with `functionError` or a ServiceError with status 429 is tried again */
  accept(requestId: string, event: string, run: () => Promise<Outcome>): void {
    this.#attempt({ requestId, event, run, errors: 0, throttled: 0, since: this.#clock.now() });
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
        if (wait === undefined) {
          const times = event.errors === 0 ? 'once' : `${event.errors + 1} times`;
          this.#drop(event, { reason: `failed ${times}`, status: 200, message: messageOf(outcome.payload) });
        } else this.#later(wait, { ...event, errors: event.errors + 1, throttled: 0 });
      },
      (error: unknown) => {
        const throttled = error instanceof ServiceError && error.status === 429;
        const wait = Math.min(THROTTLED_FIRST * 2 ** event.throttled, THROTTLED_LONGEST);
        const message = error instanceof Error ? error.message : String(error);
        const status = error instanceof ServiceError ? error.status : 500;
        if (!throttled) this.#drop(event, { reason: message, status, message });
        else if (this.#clock.now() + wait > event.since + THROTTLED_FOR)
          this.#drop(event, { reason: 'throttled for six hours', status, message });
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

  #drop({ requestId, event }: Event, why: Pick<DroppedEvent, 'reason' | 'status' | 'message'>): void {
    if (!this.#closed) this.#dropped({ requestId, event, ...why });
  }
}

function messageOf(payload: Json): string {
  const message = isObject(payload) ? payload['errorMessage'] : undefined;
  return typeof message === 'string' ? message : '';
}

interface Event {
  readonly requestId: string;
  readonly event: string;
  readonly run: () => Promise<Outcome>;
  readonly errors: number;
  readonly throttled: number;
  readonly since: number;
}
