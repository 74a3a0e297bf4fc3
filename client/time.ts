/** Where the library takes the time from, so that a test can let hours pass in milliseconds. */
export interface Time {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `action` once, in so many milliseconds. Returns what cancels it. */
  after(milliseconds: number, action: () => void): () => void;
}

/** A number from [0, 1), as `Math.random` gives it. */
export type Random = () => number;

export const realTime: Time = {
  now: () => Date.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Timers that can all be cancelled at once: a client that was closed keeps no process alive. */
export class OwnTimers implements Time {
  readonly #time: Time;
  readonly #cancels = new Set<() => void>();

  constructor(time: Time) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  after(milliseconds: number, action: () => void): () => void {
    const cancelTimer = this.#time.after(milliseconds, () => {
      this.#cancels.delete(cancel);
      action();
    });
    const cancel = () => {
      this.#cancels.delete(cancel);
      cancelTimer();
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  cancelAll(): void {
    for (const cancel of [...this.#cancels]) cancel();
  }
}

export function pause(time: Time, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    time.after(milliseconds, resolve);
  });
}

/** Resolves when the work has ended, or after so many milliseconds; what it fails with is its own affair. */
export function atMost(time: Time, milliseconds: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = time.after(milliseconds, resolve);
    const ended = () => {
      cancel();
      resolve();
    };
    work.then(ended, ended);
  });
}

/** A random number of the range. */
export function within([least, most]: readonly [number, number], random: Random): number {
  return least + random() * (most - least);
}

const FIRST_WINDOW_MS = 500;
const LONGEST_WINDOW_MS = 30_000;

/**
 * How long to wait before try number `tries` + 1: any time from a window that doubles from 0.5 s to 30 s ("full
 * jitter", AWS Architecture Blog, Exponential Backoff And Jitter), so that clients that failed together do not come
 * back together.
 */
export function backoff(tries: number, random: Random): number {
  return random() * Math.min(LONGEST_WINDOW_MS, FIRST_WINDOW_MS * 2 ** Math.min(tries, 16));
}
