import type { Time } from '../../client/time';

interface Alarm {
  /** By a clock that nobody sets. */
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
}

/** Time that passes only when a test says so. */
export class ManualTime implements Time {
  #now = Date.UTC(2026, 10, 20);
  /** By how much the clock on the wall was set. */
  #set = 0;
  #order = 0;
  readonly #alarms: Alarm[] = [];

  /** How many are set. */
  get alarms(): number {
    return this.#alarms.length;
  }

  now(): number {
    return this.#now + this.#set;
  }

  /** Somebody sets the clock; timers go on as before. */
  setBack(milliseconds: number): void {
    this.#set -= milliseconds;
  }

  after(milliseconds: number, ring: () => void): () => void {
    const alarm = { at: this.#now + milliseconds, order: ++this.#order, ring };
    this.#alarms.push(alarm);
    return () => {
      const index = this.#alarms.indexOf(alarm);
      if (index >= 0) this.#alarms.splice(index, 1);
    };
  }

  /** Lets so much time pass; promises go on as far as they can before each alarm, and at the end. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settled();
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#alarms.splice(this.#alarms.indexOf(next), 1);
      this.#now = next.at;
      next.ring();
    }
    this.#now = end;
  }

  /** The earliest; of those of the same time, the one that was set first. */
  #next() {
    return this.#alarms.reduce<Alarm | undefined>(
      (best, alarm) =>
        best === undefined || alarm.at < best.at || (alarm.at === best.at && alarm.order < best.order)
          ? alarm
          : best,
      undefined,
    );
  }
}

/** Resolves when every promise that can go on without time passing has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
