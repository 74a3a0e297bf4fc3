import { backoff, type Random, type Time } from './time';
import type { UnsentEntry } from './unsent-store';

interface Lane {
  readonly entries: UnsentEntry[];
  busy: boolean;
  tries: number;
}

/** What came of one try: it is through or given up, or it is to be tried again after so many milliseconds at least. */
export type Tried = 'over' | { readonly againAfterMs: number };

/**
 * Messages in the order in which they are to go out. Each lane is a room: its next message goes out after the reply to
 * the last, because API Gateway runs the frames of one socket concurrently.
 */
export class Lanes {
  readonly #send: (entry: UnsentEntry) => Promise<Tried>;
  readonly #options: { readonly time: Time; readonly random: Random };
  readonly #lanes = new Map<string, Lane>();
  #open = false;

  /** @param send tries one entry, and takes it out when that is over; never rejects */
  constructor(
    send: (entry: UnsentEntry) => Promise<Tried>,
    options: { readonly time: Time; readonly random: Random },
  ) {
    this.#send = send;
    this.#options = options;
  }

  entries(): UnsentEntry[] {
    return [...this.#lanes.values()].flatMap(({ entries }) => entries);
  }

  find(clientMessageId: string): UnsentEntry | undefined {
    return this.entries().find((entry) => entry.clientMessageId === clientMessageId);
  }

  /** Whether what is added there goes out at once. */
  isFree(name: string): boolean {
    const lane = this.#lanes.get(name);
    return this.#open && (lane === undefined || (!lane.busy && lane.entries.length === 0));
  }

  /** Behind the others of its lane. */
  add(entry: UnsentEntry): void {
    const lane = this.#lanes.get(entry.lane) ?? { entries: [], busy: false, tries: 0 };
    this.#lanes.set(entry.lane, lane);
    lane.entries.push(entry);
    void this.#pump(lane);
  }

  /** Puts an entry into the place of what it was before. */
  replace(entry: UnsentEntry): void {
    const entries = this.#lanes.get(entry.lane)?.entries ?? [];
    const index = entries.findIndex((one) => one.clientMessageId === entry.clientMessageId);
    if (index >= 0) entries[index] = entry;
  }

  /** Takes an entry out, also while it is being tried. Gives it, or undefined where it is not there. */
  remove(clientMessageId: string): UnsentEntry | undefined {
    for (const { entries } of this.#lanes.values()) {
      const index = entries.findIndex((entry) => entry.clientMessageId === clientMessageId);
      if (index >= 0) return entries.splice(index, 1)[0];
    }
    return undefined;
  }

  /** There is a connection. */
  open(): void {
    this.#open = true;
    for (const lane of this.#lanes.values()) {
      lane.tries = 0;
      void this.#pump(lane);
    }
  }

  /** There is none; what is under way fails by itself and waits. */
  pause(): void {
    this.#open = false;
  }

  /** One at a time per lane. */
  async #pump(lane: Lane): Promise<void> {
    if (lane.busy) return;
    lane.busy = true;
    let delay: number | undefined;
    while (this.#open && delay === undefined) {
      const entry = lane.entries[0];
      if (entry === undefined) break;
      delay = await this.#try(lane, entry);
    }
    lane.busy = false;
    if (delay === undefined || !this.#open) return;
    this.#options.time.after(delay, () => void this.#pump(lane));
  }

  /** Gives how long the lane has to wait before it tries the same entry again; undefined when it is through. */
  async #try(lane: Lane, entry: UnsentEntry): Promise<number | undefined> {
    const { clientMessageId } = entry;
    const tried = await this.#send(entry);
    // Whoever sends it takes it out when it is through, others may have meanwhile. What is there now may be there anew.
    if (tried === 'over' || this.find(clientMessageId) === undefined) {
      lane.tries = 0;
      return undefined;
    }
    lane.tries += 1;
    return Math.max(tried.againAfterMs, backoff(lane.tries, this.#options.random));
  }
}
