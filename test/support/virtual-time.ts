import type { PostingClock } from '../../handlers/aws/gate';

/** Time that passes only when everything waits for it: minutes take milliseconds, and each run is the same. */
export class VirtualTime implements PostingClock {
  #now = 0;
  #seed: number;
  readonly #alarms: { at: number; ring: () => void }[] = [];

  constructor(seed = 1) {
    this.#seed = seed;
  }

  now(): number {
    return this.#now;
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((ring) => {
      const at = this.#now + milliseconds;
      // Sorted, the next at the end; those of the same time ring in the order in which they were set.
      let low = 0;
      let high = this.#alarms.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.#alarms[middle]!.at > at) low = middle + 1;
        else high = middle;
      }
      this.#alarms.splice(low, 0, { at, ring });
    });
  }

  /** Mulberry32: small, seeded, even enough for jitter. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Lets time pass until the work is done. Throws where it waits for something else than time. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let done = false;
    const finished = work.finally(() => (done = true));
    finished.catch(() => {});
    for (;;) {
      // All promises that can go on without time passing do so first.
      await new Promise((resolve) => setImmediate(resolve));
      if (done) return finished;
      const alarm = this.#alarms.pop();
      if (alarm === undefined) throw new Error('the work waits for something that never comes');
      this.#now = alarm.at;
      alarm.ring();
    }
  }
}
