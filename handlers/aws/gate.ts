/** Time as the poster sees it; a simulation brings its own. */
export interface PostingClock {
  /** Monotonic, in milliseconds. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** Evenly drawn from [0, 1). */
  random(): number;
}

interface Waiting {
  readonly interval: number;
  readonly deadline: number;
  readonly enter: (entered: boolean) => void;
}

/**
 * How far starts may run ahead of their pace, in milliseconds: a timer comes a few milliseconds late, and what it
 * missed is made up for. It is also the burst after a quiet time: 350 posts at 7,000 a second.
 */
const TOLERANCE = 50;
/** Finer than a timer is, and coarser than a rounding error, which would never pass. */
const SHORTEST_WAIT = 1;

/**
 * Lets posts begin in the order in which they came: never more at a time than there are places, and never faster
 * than the pace that each is given (GCRA: one timestamp, ITU-T I.371). One gate a process, so that the pace also
 * holds from one page to the next.
 */
export class Gate {
  readonly #places: number;
  readonly #clock: PostingClock;
  readonly #ahead: number;
  readonly #queue: Waiting[] = [];
  #head = 0;
  #inside = 0;
  /** When the next post would be due if all of them came evenly. */
  #due = -Infinity;
  #waking = false;

  /** @param ahead how far posts may run ahead of their pace after a quiet time, in milliseconds of it */
  constructor(places: number, clock: PostingClock, ahead = TOLERANCE) {
    this.#places = places;
    this.#clock = clock;
    this.#ahead = ahead;
  }

  /**
   * Waits for a place. True gives it, until `leave`; false says that the deadline has passed and costs nothing.
   * @param perSecond the pace at which such posts may begin
   */
  enter(perSecond: number, deadline: number): Promise<boolean> {
    return new Promise((enter) => {
      this.#queue.push({ interval: 1000 / perSecond, deadline, enter });
      this.#admit();
    });
  }

  leave(): void {
    this.#inside -= 1;
    this.#admit();
  }

  #admit(): void {
    for (let first = this.#queue[this.#head]; first !== undefined; first = this.#queue[this.#head]) {
      const now = this.#clock.now();
      if (now < first.deadline) {
        if (this.#inside >= this.#places) return;
        const early = this.#due - now - this.#ahead;
        if (early > 0) return this.#wakeIn(Math.max(SHORTEST_WAIT, Math.min(early, first.deadline - now)));
        this.#due = Math.max(this.#due, now) + first.interval;
        this.#inside += 1;
      }
      this.#dequeue();
      first.enter(now < first.deadline);
    }
  }

  /** Not `shift`, which moves thousands of entries each time. */
  #dequeue(): void {
    this.#head += 1;
    if (this.#head < this.#queue.length) return;
    this.#queue.length = 0;
    this.#head = 0;
  }

  #wakeIn(milliseconds: number): void {
    if (this.#waking) return;
    this.#waking = true;
    void this.#clock.pause(milliseconds).then(() => {
      this.#waking = false;
      this.#admit();
    });
  }
}
