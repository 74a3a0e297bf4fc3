import type { NumberedPush } from '../handlers/chat/protocol/pushes';
import type { AcceptedReply } from '../handlers/chat/protocol/replies';
import { asCommandError, closed, CommandError, OF_THE_CONNECTION } from './errors';
import type { OwnEvent } from './events';
import { randomText } from './guest';
import { Lanes, type Tried } from './lanes';
import { Outcomes } from './outcomes';
import type { Random, Time } from './time';
import { couldBeDoubled, gaveUp, isTooOld, mightBeThere } from './unsent-age';
import { UnsentKeeping } from './unsent-keeping';
import { byQueueing, type StoreShare, type UnsentEntry, type UnsentStore } from './unsent-store';
import type { Command } from './wire';

/** The commands that make a message. */
const MESSAGES: ReadonlySet<string> = new Set(['sendMessage', 'sendPrivate']);

export interface UnsentQueueEvents {
  /** Sends one entry and gives the server's reply; rejects with CommandError. */
  transmit(entry: UnsentEntry): Promise<AcceptedReply>;
  accepted(entry: UnsentEntry, reply: AcceptedReply): void;
  tell(event: OwnEvent): void;
}

export interface UnsentQueueOptions {
  readonly store: UnsentStore;
  readonly time: Time;
  readonly random: Random;
  /** Whether messages that are refused for good stay, in the store too, until `retry` or `discard`. */
  readonly keepRefused: boolean;
}

/**
 * Messages that the server has not accepted yet. Sending again is safe, since the server knows each by its
 * clientMessageId. Where several clients have the store in common, each message is one client's to send; what was refused
 * anybody may send again or give up, and then it is so for all.
 */
export class UnsentQueue {
  readonly #events: UnsentQueueEvents;
  readonly #keeping: UnsentKeeping;
  readonly #time: Time;
  readonly #keepRefused: boolean;
  readonly #outcomes: Outcomes;
  readonly #owner = randomText(16);
  readonly #share: StoreShare | undefined;
  /** What this client has to send. */
  readonly #lanes: Lanes;
  /** What another has to send, by clientMessageId, as `#refused`. */
  readonly #elsewhere = new Map<string, UnsentEntry>();
  readonly #refused = new Map<string, UnsentEntry>();
  /** What is being sent: where another removes it meanwhile the reply decides, and without one it is withdrawn. */
  readonly #underWay = new Map<string, { gone: boolean }>();
  #order = 0;
  #closed = false;

  constructor(events: UnsentQueueEvents, options: UnsentQueueOptions) {
    const { store, time, random, keepRefused } = options;
    const tell = (event: OwnEvent) => events.tell(event);
    this.#events = events;
    this.#keeping = new UnsentKeeping(store, tell);
    this.#time = time;
    this.#keepRefused = keepRefused;
    this.#outcomes = new Outcomes(tell);
    this.#lanes = new Lanes((entry) => this.#attempt(entry), { time, random });
    for (const entry of this.#keeping.load()) {
      const { clientMessageId, failure } = entry;
      if (failure !== undefined) this.#refused.set(clientMessageId, entry);
      else if (store.share === undefined) this.#lanes.add(entry);
      else this.#elsewhere.set(clientMessageId, entry);
    }
    this.#share = store.share?.(this.#owner, {
      inherited: (owner) => this.#inherited(owner),
      changed: (clientMessageId, entry) => this.#changed(clientMessageId, entry),
    });
  }

  /** What is not accepted yet, in the order of queueing; what was refused has a `failure`. */
  entries(): UnsentEntry[] {
    const others = [...this.#elsewhere.values(), ...this.#refused.values()];
    return [...this.#lanes.entries(), ...others].sort(byQueueing);
  }

  /**
   * Takes a message and resolves with the server's reply, however many connections that takes. Rejects with
   * CommandError when the server refuses it for good, when it grew too old, or when the client is closed (it stays
   * in the store then).
   */
  add(lane: string, clientMessageId: string, command: Command): Promise<AcceptedReply> {
    if (this.#closed) return Promise.reject(closed());
    const outcome = this.#outcomes.of(clientMessageId);
    this.#enqueue({ clientMessageId, lane, command, ...this.#queuedNow() });
    return outcome;
  }

  /**
   * Sends a refused message once more, behind what waits in its lane; `accepted` and `unsendable` tell the outcome. It
   * keeps its id, so that it cannot be there twice. Where the server may have kept it and would no longer know, nothing
   * is sent the first time, but said: it is refused anew, as `doubtful`.
   * @returns the message as it stands now; undefined where none of that id was refused
   */
  retry(clientMessageId: string): UnsentEntry | undefined {
    const refused = this.#refused.get(clientMessageId);
    if (refused === undefined || this.#closed) return undefined;
    const isDoubtful = couldBeDoubled(refused, this.#time.now());
    if (isDoubtful && refused.failure?.reason !== 'doubtful') return this.#refuse(refused, mightBeThere());
    const triedAt = isDoubtful ? undefined : refused.triedAt;
    this.#refused.delete(clientMessageId);
    return this.#enqueue({ ...refused, ...this.#queuedNow(), triedAt, failure: undefined });
  }

  /** Gives a refused message up for good. */
  discard(clientMessageId: string): void {
    const refused = this.#refused.get(clientMessageId);
    if (refused === undefined) return;
    this.#refused.delete(clientMessageId);
    this.#keeping.forget(refused);
  }

  /** A message of this person's has come in: if it was waiting here, its reply was lost, or another client sent it. */
  arrived(push: Exclude<NumberedPush, { type: 'tombstone' }>): void {
    const { clientMessageId, room, roomId, seq, epoch, messageId, timestamp } = push;
    if (clientMessageId === undefined) return;
    // Who sends it removes it, when they have heard of it too.
    const isOthers = this.#elsewhere.has(clientMessageId);
    const entry = this.#drop(clientMessageId);
    if (entry === undefined) return;
    if (!isOthers) this.#keeping.forget(entry);
    const reply = { ok: true, room, roomId, seq, epoch, messageId, timestamp, duplicate: true } as const;
    this.#outcomes.accepted(clientMessageId, reply);
  }

  /** There is a connection. */
  open(): void {
    this.#lanes.open();
  }

  /** There is none; what is under way fails by itself and waits. */
  pause(): void {
    this.#lanes.pause();
  }

  close(): void {
    this.#lanes.pause();
    this.#closed = true;
    this.#share?.leave();
    this.#outcomes.close();
  }

  /** Nothing in here throws: every failure of `transmit` is an outcome or another try. */
  async #attempt(waiting: UnsentEntry): Promise<Tried> {
    const { clientMessageId } = waiting;
    if (this.#isSettledElsewhere(waiting)) return 'over';
    if (isTooOld(waiting, this.#time.now())) {
      this.#fail(waiting, gaveUp(waiting));
      return 'over';
    }
    const entry = this.#noted(waiting);
    const underWay = { gone: false };
    this.#underWay.set(clientMessageId, underWay);
    let reply: AcceptedReply;
    try {
      reply = await this.#events.transmit(entry).finally(() => this.#underWay.delete(clientMessageId));
    } catch (thrown) {
      if (underWay.gone) this.#changed(clientMessageId, undefined);
      const error = asCommandError(thrown);
      if (error.temporary || OF_THE_CONNECTION.has(error.reason) || this.#closed)
        return { againAfterMs: error.retryAfterMs ?? 0 };
      // What others have settled meanwhile is not brought back.
      if (this.#lanes.find(clientMessageId) === undefined || this.#isSettledElsewhere(entry)) return 'over';
      // Where it is the server's own word, that kept nothing.
      this.#fail(error.code === undefined ? entry : { ...entry, triedAt: undefined }, error);
      return 'over';
    }
    const isOpen = this.#drop(clientMessageId) !== undefined;
    this.#keeping.forget(entry);
    this.#events.accepted(entry, reply);
    if (isOpen) this.#outcomes.accepted(clientMessageId, reply);
    return 'over';
  }

  /** Looks, where two clients could have the same entry to send, what another has done about it. */
  #isSettledElsewhere(entry: UnsentEntry): boolean {
    const change = this.#share?.isExclusive === false ? this.#keeping.changeTo(entry) : undefined;
    if (change === undefined) return false;
    this.#changed(entry.clientMessageId, change.there);
    return this.#lanes.find(entry.clientMessageId) === undefined;
  }

  /** From its first try on the server may have it. */
  #noted(entry: UnsentEntry): UnsentEntry {
    if (entry.triedAt !== undefined) return entry;
    const noted = { ...entry, triedAt: this.#time.now() };
    this.#lanes.replace(noted);
    this.#keeping.keep(noted);
    return noted;
  }

  #inherited(owner: string | undefined): void {
    if (this.#closed) return;
    for (const entry of this.#keeping.load()) {
      const { clientMessageId, failure } = entry;
      const isLeft = entry.owner === owner && failure === undefined;
      if (!isLeft || this.#lanes.find(clientMessageId) !== undefined) continue;
      const isKnown = this.#elsewhere.delete(clientMessageId);
      this.#lanes.add(entry);
      if (!isKnown) this.#events.tell({ type: 'unsent', entry });
    }
  }

  /** What others queue is theirs. Of what this client knows it learns what became of it there. */
  #changed(clientMessageId: string, entry: UnsentEntry | undefined): void {
    if (this.#closed) return;
    if (entry === undefined) {
      const underWay = this.#underWay.get(clientMessageId);
      if (underWay !== undefined) underWay.gone = true;
      else if (this.#drop(clientMessageId) !== undefined) this.#outcomes.withdrawn(clientMessageId);
    } else if (entry.failure !== undefined) {
      this.#drop(clientMessageId);
      this.#refused.set(clientMessageId, entry);
      this.#events.tell({ type: 'unsent', entry });
    } else if (this.#refused.delete(clientMessageId)) {
      this.#elsewhere.set(clientMessageId, entry);
      this.#events.tell({ type: 'unsent', entry });
    }
  }

  /** What goes out at once is kept as tried, so that it is kept once. */
  #enqueue(waiting: UnsentEntry): UnsentEntry {
    const { triedAt = this.#time.now() } = waiting;
    const entry = this.#lanes.isFree(waiting.lane) ? { ...waiting, triedAt } : waiting;
    this.#keeping.keep(entry);
    this.#lanes.add(entry);
    return entry;
  }

  #queuedNow(): Pick<UnsentEntry, 'queuedAt' | 'order' | 'owner'> {
    const owner = this.#share === undefined ? undefined : this.#owner;
    return { queuedAt: this.#time.now(), order: ++this.#order, owner };
  }

  /** An edit or a deletion that is refused was about something else, and is over. */
  #fail(entry: UnsentEntry, error: CommandError): void {
    this.#drop(entry.clientMessageId);
    if (this.#keepRefused && MESSAGES.has(entry.command.action)) this.#refuse(entry, error);
    else {
      this.#keeping.forget(entry);
      this.#outcomes.unsendable(entry.clientMessageId, error);
    }
  }

  #refuse(entry: UnsentEntry, error: CommandError): UnsentEntry {
    const refused = { ...entry, failure: { reason: error.reason, message: error.message } };
    this.#refused.set(entry.clientMessageId, refused);
    this.#keeping.keep(refused);
    this.#outcomes.unsendable(entry.clientMessageId, error);
    return refused;
  }

  /** Has it no more, wherever it was. */
  #drop(clientMessageId: string): UnsentEntry | undefined {
    const dropped =
      this.#lanes.remove(clientMessageId) ??
      this.#elsewhere.get(clientMessageId) ??
      this.#refused.get(clientMessageId);
    this.#elsewhere.delete(clientMessageId);
    this.#refused.delete(clientMessageId);
    return dropped;
  }
}
