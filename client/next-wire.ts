import { closed, connectionLost } from './errors';
import type { Time } from './time';
import type { Wire } from './wire';

interface Waiter {
  resolve(wire: Wire): void;
  reject(error: Error): void;
}

/** Those who wait for a connection. */
export class NextWire {
  readonly #waiters = new Set<Waiter>();
  readonly #time: Time;
  readonly #limitMs: number;
  #closed = false;

  constructor(time: Time, limitMs: number) {
    this.#time = time;
    this.#limitMs = limitMs;
  }

  /** The current wire, or the next one. Rejects with CommandError when none comes in time, or ever. */
  wire(current: Wire | undefined): Promise<Wire> {
    if (current !== undefined) return Promise.resolve(current);
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const cancel = this.#time.after(this.#limitMs, () => waiter.reject(connectionLost()));
      const settle = () => {
        cancel();
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: (wire) => {
          settle();
          resolve(wire);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  came(wire: Wire): void {
    for (const waiter of [...this.#waiters]) waiter.resolve(wire);
  }

  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) waiter.reject(closed());
  }
}
