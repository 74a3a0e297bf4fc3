import type { AcceptedReply } from '../handlers/chat/protocol/replies';
import { asCommandError, closed, CommandError, OF_THE_CONNECTION } from './errors';
import type { OwnEvent } from './events';
import { backoff, type Random, type Time } from './time';
import type { UnsentEntry, UnsentStore } from './unsent-store';
import type { Command } from './wire';

/** The server remembers a clientMessageId for 7 days; a day less, and no message can ever be kept twice. */
const OLDEST_MS = 6 * 24 * 60 * 60_000;

export interface UnsentQueueEvents {
  /** Sends one entry and gives the server's reply; rejects with CommandError. */
  transmit(entry: UnsentEntry): Promise<AcceptedReply>;
  accepted(entry: UnsentEntry, reply: AcceptedReply): void;
  tell(event: OwnEvent): void;
}

interface Outcome {
  resolve(reply: AcceptedReply): void;
  reject(error: CommandError): void;
}

interface Lane {
  readonly entries: UnsentEntry[];
  busy: boolean;
  tries: number;
}

/**
 * Messages that the server has not accepted yet. Each lane is a room: its next message goes out after the reply to
 * the last, because API Gateway runs the frames of one socket concurrently. Sending again is safe, since the server
 * knows each message by its clientMessageId.
 */
export class UnsentQueue {
  readonly #events: UnsentQueueEvents;
  readonly #store: UnsentStore;
  readonly #time: Time;
  readonly #random: Random;
  readonly #lanes = new Map<string, Lane>();
  readonly #outcomes = new Map<string, Outcome>();
  #order = 0;
  #open = false;
  #closed = false;

  constructor(events: UnsentQueueEvents, options: { store: UnsentStore; time: Time; random: Random }) {
    this.#events = events;
    this.#store = options.store;
    this.#time = options.time;
    this.#random = options.random;
    for (const entry of this.#store.load()) this.#lane(entry.lane).entries.push(entry);
  }

  /** What is not accepted yet, lane by lane. */
  entries(): UnsentEntry[] {
    return [...this.#lanes.values()].flatMap(({ entries }) => entries);
  }

  /**
   * Takes a message and resolves with the server's reply, however many connections that takes. Rejects with
   * CommandError when the server refuses it for good, when it grew too old, or when the client is closed (it stays
   * in the store then).
   */
  add(lane: string, clientMessageId: string, command: Command): Promise<AcceptedReply> {
    if (this.#closed) return Promise.reject(closed());
    const queuedAt = this.#time.now();
    const entry: UnsentEntry = { clientMessageId, lane, queuedAt, order: ++this.#order, command };
    try {
      this.#store.put(entry);
    } catch (error) {
      this.#events.tell({ type: 'unkept', clientMessageId, error });
    }
    this.#lane(lane).entries.push(entry);
    return new Promise((resolve, reject) => {
      this.#outcomes.set(clientMessageId, { resolve, reject });
      void this.#pump(this.#lane(lane));
    });
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

  close(): void {
    this.#open = false;
    this.#closed = true;
    for (const outcome of this.#outcomes.values()) outcome.reject(closed());
    this.#outcomes.clear();
  }

  /** One at a time per lane. Nothing in here throws: every failure of `transmit` is an outcome or another try. */
  async #pump(lane: Lane): Promise<void> {
    if (lane.busy) return;
    lane.busy = true;
    let delay: number | undefined;
    while (this.#open && delay === undefined) {
      const entry = lane.entries[0];
      if (entry === undefined) break;
      delay = await this.#attempt(lane, entry);
    }
    lane.busy = false;
    if (delay === undefined || !this.#open) return;
    this.#time.after(delay, () => void this.#pump(lane));
  }

  /** Gives how long the lane has to wait before it tries the same entry again; undefined when it is through. */
  async #attempt(lane: Lane, entry: UnsentEntry): Promise<number | undefined> {
    if (this.#time.now() - entry.queuedAt > OLDEST_MS) {
      const error = new CommandError('expired', 'It could not be sent within six days.', false);
      this.#remove(lane, entry);
      this.#fail(entry, error);
      return undefined;
    }
    let reply: AcceptedReply;
    try {
      reply = await this.#events.transmit(entry);
    } catch (thrown) {
      const error = asCommandError(thrown);
      if (error.temporary || OF_THE_CONNECTION.has(error.reason) || this.#closed) {
        lane.tries += 1;
        return Math.max(error.retryAfterMs ?? 0, backoff(lane.tries, this.#random));
      }
      lane.tries = 0;
      this.#remove(lane, entry);
      this.#fail(entry, error);
      return undefined;
    }
    lane.tries = 0;
    this.#remove(lane, entry);
    this.#events.accepted(entry, reply);
    this.#take(entry)?.resolve(reply);
    this.#events.tell({ type: 'accepted', clientMessageId: entry.clientMessageId, reply });
    return undefined;
  }

  #fail(entry: UnsentEntry, error: CommandError): void {
    this.#take(entry)?.reject(error);
    this.#events.tell({ type: 'unsendable', clientMessageId: entry.clientMessageId, error });
  }

  #remove(lane: Lane, entry: UnsentEntry): void {
    lane.entries.shift();
    try {
      this.#store.remove(entry);
    } catch (error) {
      this.#events.tell({ type: 'unkept', clientMessageId: entry.clientMessageId, error });
    }
  }

  /** Entries of an earlier life have nobody who waits for them. */
  #take({ clientMessageId }: UnsentEntry): Outcome | undefined {
    const outcome = this.#outcomes.get(clientMessageId);
    this.#outcomes.delete(clientMessageId);
    return outcome;
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = { entries: [], busy: false, tries: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }
}
