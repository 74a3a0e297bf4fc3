/** A warm process can live for hours and meet any number of rooms and connections. */
const CAPACITY = 10_000;

/** A map that forgets everything when it is full: what it holds is a hint, and a miss costs one read. */
export class Hints<T> {
  readonly #values = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    if (this.#values.size >= CAPACITY) this.#values.clear();
    this.#values.set(key, value);
  }
}

/**
 * The last number that this process gave in a room. Good for a minute: an entry can lose its row to expiry a
 * day after it was closed, so a hint from before would offer a number a second time.
 */
export class HeadHints {
  static readonly MAX_AGE = 60_000;
  /** How long a room counts as contended after this process had to wait there. */
  static readonly CONTENTION = 1000;
  readonly #heads = new Hints<{ seq: number; at: number }>();
  readonly #contended = new Hints<number>();

  get(roomId: string, now: number): number | undefined {
    const hint = this.#heads.get(roomId);
    if (hint === undefined || now - hint.at > HeadHints.MAX_AGE || now < hint.at) return undefined;
    return hint.seq;
  }

  set(roomId: string, seq: number, now: number): void {
    this.#heads.set(roomId, { seq, at: now });
  }

  noteContended(roomId: string, now: number): void {
    this.#contended.set(roomId, now);
  }

  isContended(roomId: string, now: number): boolean {
    const at = this.#contended.get(roomId);
    return at !== undefined && Math.abs(now - at) < HeadHints.CONTENTION;
  }
}

/** The room in which this process last saw a connection talk. Only ever a guess, to be checked before use. */
export class RoomGuesses extends Hints<string> {}
