import type { NumberedPush } from '../handlers/chat/protocol/pushes';
import type { Position } from './events';
import type { Time } from './time';

export interface RoomOrderEvents {
  deliver(push: NumberedPush): void;
  /** Something below a known number did not come in time: fetch what is above the position, then call `settle`. */
  missing(): void;
}

/**
 * So many times longer than for a late message a room waits to be told where it starts: the reply to entering it says so,
 * and what comes between that number and the first push is not to be missed.
 */
const UNTIL_TOLD = 10;

/**
 * One room's numbered messages in order, each once, however they arrive. What comes too early waits for those
 * before it; when they stay away, `missing` asks for them.
 */
export class RoomOrder {
  readonly #time: Time;
  readonly #lateMs: number;
  readonly #events: RoomOrderEvents;
  #position: Position | undefined;
  /** Not deliverable yet, by number. */
  readonly #early = new Map<number, NumberedPush>();
  /** The highest number that the room is known to have. */
  #head = 0;
  #fetching = false;
  #closed = false;
  /** Whether nobody will say any more where the room stands. */
  #isForgotten = false;
  #cancelWait: (() => void) | undefined;

  constructor(
    readonly roomId: string,
    events: RoomOrderEvents,
    options: { time: Time; lateMs: number },
  ) {
    this.#events = events;
    this.#time = options.time;
    this.#lateMs = options.lateMs;
  }

  /** Whether it was left: a fetch that is still under way is about nothing any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Undefined until the room's start is known. */
  get position(): Position | undefined {
    return this.#position;
  }

  /**
   * The room's head as the server gave it. The first one is where this client starts; messages right below it that
   * came as pushes already are delivered too. Later ones show what is missing.
   */
  noteHead(head: Position): void {
    if (this.#position === undefined) return this.startAt(head);
    if (head.epoch !== this.#position.epoch) return this.#ask();
    this.#head = Math.max(this.#head, head.seq);
    this.#waitForLate();
  }

  /** Goes on above this position, whatever was before. */
  startAt({ epoch, seq }: Position): void {
    this.#isForgotten = false;
    this.#stopWaiting();
    for (const [number, push] of this.#early) if (push.epoch !== epoch) this.#early.delete(number);
    let start = seq;
    while (this.#early.has(start)) start -= 1;
    for (const number of this.#early.keys()) if (number <= start) this.#early.delete(number);
    this.#position = { epoch, seq: start };
    this.#head = Math.max(seq, ...this.#early.keys());
    this.#deliverEarly();
    this.#waitForLate();
  }

  /** Nobody can say where the room stands: it goes on with whatever comes next. */
  forgetPosition(): void {
    this.#position = undefined;
    this.#isForgotten = true;
  }

  take(push: NumberedPush): void {
    if (this.#closed) return;
    const { epoch, seq } = push;
    if (this.#position !== undefined && epoch === this.#position.epoch && seq <= this.#position.seq) return;
    if (!this.#early.has(seq)) this.#early.set(seq, push);
    if (this.#position === undefined && seq === 1) return this.startAt({ epoch, seq: 0 });
    if (this.#position !== undefined && epoch !== this.#position.epoch) return this.#ask();
    this.#head = Math.max(this.#head, seq);
    this.#deliverEarly();
    this.#waitForLate();
  }

  /** A fetch is over: `upToDate` when it gave everything that the server has in this position's epoch. */
  settle(upToDate: boolean): void {
    this.#fetching = false;
    // The server has just confirmed the epoch, so what carries another one is from before.
    const epoch = this.#position?.epoch;
    if (upToDate)
      for (const [number, push] of this.#early) if (push.epoch !== epoch) this.#early.delete(number);
    this.#waitForLate();
  }

  /** A fetch is under way, so there is no need to ask for one. */
  startFetching(): void {
    this.#fetching = true;
    this.#stopWaiting();
  }

  /** Left, removed or closed: nothing more is delivered. */
  close(): void {
    this.#closed = true;
    this.#stopWaiting();
    this.#early.clear();
  }

  #deliverEarly(): void {
    for (;;) {
      const position = this.#position;
      const next = position === undefined ? undefined : this.#early.get(position.seq + 1);
      if (position === undefined || next === undefined || next.epoch !== position.epoch) return;
      this.#early.delete(next.seq);
      this.#position = { epoch: position.epoch, seq: next.seq };
      this.#events.deliver(next);
    }
  }

  #waitForLate(): void {
    if (this.#complete()) return this.#stopWaiting();
    if (this.#cancelWait !== undefined || this.#fetching || this.#closed) return;
    const before = this.#position?.seq;
    const isToBeTold = this.#position === undefined && !this.#isForgotten;
    this.#cancelWait = this.#time.after(this.#lateMs * (isToBeTold ? UNTIL_TOLD : 1), () => {
      this.#cancelWait = undefined;
      if (this.#complete()) return;
      if (this.#position === undefined) this.#startAtEarliest();
      // What was late has come; something else is late now, and gets its own time.
      else if (this.#position.seq !== before) this.#waitForLate();
      else this.#ask();
    });
  }

  #complete(): boolean {
    return this.#position === undefined ? this.#early.size === 0 : this.#position.seq >= this.#head;
  }

  /** Nobody gave the start of this room (a private message can come from anybody): it is what came first. */
  #startAtEarliest(): void {
    const seq = Math.min(...this.#early.keys());
    const first = this.#early.get(seq);
    if (first !== undefined) this.startAt({ epoch: first.epoch, seq: seq - 1 });
  }

  #ask(): void {
    if (this.#fetching) return;
    this.startFetching();
    this.#events.missing();
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }
}
