import type { AcceptedReply } from '../handlers/chat/protocol/replies';
import { asCommandError, closed, CommandError, OF_THE_CONNECTION } from './errors';
import type { OwnEvent } from './events';
import { randomText } from './guest';
import { backoff, type Random, type Time } from './time';
import { byQueueing, type UnsentEntry, type UnsentStore } from './unsent-store';
import type { Command } from './wire';

/** The server remembers a clientMessageId for 7 days; until a day before, sending again cannot keep a message twice. */
const OLDEST_MS = 6 * 24 * 60 * 60_000;

/** The commands that make a message. */
const MESSAGES: ReadonlySet<string> = new Set(['sendMessage', 'sendPrivate']);

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

export interface UnsentQueueOptions {
  readonly store: UnsentStore;
  readonly time: Time;
  readonly random: Random;
  /** Whether messages that are refused for good stay, in the store too, until `retry` or `discard`. */
  readonly keepRefused: boolean;
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
  readonly #keepRefused: boolean;
  readonly #lanes = new Map<string, Lane>();
  /** By clientMessageId. */
  readonly #refused = new Map<string, UnsentEntry>();
  readonly #outcomes = new Map<string, Outcome>();
  #order = 0;
  #open = false;
  #closed = false;

  constructor(events: UnsentQueueEvents, options: UnsentQueueOptions) {
    this.#events = events;
    this.#store = options.store;
    this.#time = options.time;
    this.#random = options.random;
    this.#keepRefused = options.keepRefused;
    for (const entry of this.#store.load()) {
      if (entry.failure === undefined) this.#lane(entry.lane).entries.push(entry);
      else this.#refused.set(entry.clientMessageId, entry);
    }
  }

  /** What is not accepted yet, in the order of queueing; what was refused has a `failure`. */
  entries(): UnsentEntry[] {
    const waiting = [...this.#lanes.values()].flatMap(({ entries }) => entries);
    return [...waiting, ...this.#refused.values()].sort(byQueueing);
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
    const outcome = new Promise<AcceptedReply>((resolve, reject) => {
      this.#outcomes.set(clientMessageId, { resolve, reject });
    });
    this.#enqueue(entry);
    return outcome;
  }

  /**
   * Sends a refused message once more, behind what waits in its lane; `accepted` and `unsendable` tell the outcome. It
   * keeps its id, so that it cannot be there twice; one that was too old is a new message, because the server has
   * forgotten it.
   * @returns the message as it waits now; undefined where none of that id was refused
   */
  retry(clientMessageId: string): UnsentEntry | undefined {
    const refused = this.#refused.get(clientMessageId);
    if (refused === undefined || this.#closed) return undefined;
    const { failure, ...waiting } = refused;
    const isNew = failure?.reason === 'expired' || this.#isTooOld(refused);
    const entry = isNew
      ? { ...waiting, clientMessageId: randomText(20), queuedAt: this.#time.now(), order: ++this.#order }
      : waiting;
    if (isNew) this.discard(clientMessageId);
    this.#refused.delete(clientMessageId);
    this.#enqueue(entry);
    return entry;
  }

  /** Gives a refused message up for good. */
  discard(clientMessageId: string): void {
    const refused = this.#refused.get(clientMessageId);
    if (refused === undefined) return;
    this.#refused.delete(clientMessageId);
    this.#forget(refused);
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
    if (this.#isTooOld(entry)) {
      const error = new CommandError('expired', 'It could not be sent within six days.', false);
      lane.entries.shift();
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
      lane.entries.shift();
      this.#fail(entry, error);
      return undefined;
    }
    lane.tries = 0;
    lane.entries.shift();
    this.#forget(entry);
    this.#events.accepted(entry, reply);
    this.#take(entry)?.resolve(reply);
    this.#events.tell({ type: 'accepted', clientMessageId: entry.clientMessageId, reply });
    return undefined;
  }

  #isTooOld({ queuedAt }: UnsentEntry): boolean {
    return this.#time.now() - queuedAt > OLDEST_MS;
  }

  #enqueue(entry: UnsentEntry): void {
    this.#keep(entry);
    const lane = this.#lane(entry.lane);
    lane.entries.push(entry);
    void this.#pump(lane);
  }

  /** An edit or a deletion that is refused was about something else, and is over. */
  #fail(entry: UnsentEntry, error: CommandError): void {
    const { clientMessageId, command } = entry;
    if (this.#keepRefused && MESSAGES.has(command.action)) {
      const refused = { ...entry, failure: { reason: error.reason, message: error.message } };
      this.#refused.set(clientMessageId, refused);
      this.#keep(refused);
    } else this.#forget(entry);
    this.#take(entry)?.reject(error);
    this.#events.tell({ type: 'unsendable', clientMessageId, error });
  }

  #keep(entry: UnsentEntry): void {
    this.#stored(entry, () => this.#store.put(entry));
  }

  #forget(entry: UnsentEntry): void {
    this.#stored(entry, () => this.#store.remove(entry));
  }

  #stored({ clientMessageId }: UnsentEntry, change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#events.tell({ type: 'unkept', clientMessageId, error });
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
