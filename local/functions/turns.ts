/** Of so many parties it is remembered when they had their last turn. */
const REMEMBERED = 10_000;

/**
 * What waits, taken in turns: next is the party whose last turn is longest ago, and of what it waits for the oldest. So
 * who asks for much, be it on many connections, does not keep those waiting who ask for little.
 */
export class Turns<T> {
  readonly #waiting = new Map<string, T[]>();
  /** The number of each party's last turn; a Map keeps the order of insertion, so the oldest are first. */
  readonly #lastTurns = new Map<string, number>();
  #turn = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(party: string, one: T): void {
    const own = this.#waiting.get(party);
    if (own === undefined) this.#waiting.set(party, [one]);
    else own.push(one);
    this.#count += 1;
  }

  /** Says that a party had a turn without waiting for it. */
  had(party: string): void {
    this.#lastTurns.delete(party);
    this.#lastTurns.set(party, (this.#turn += 1));
    for (const oldest of this.#lastTurns.keys()) {
      if (this.#lastTurns.size <= REMEMBERED) break;
      this.#lastTurns.delete(oldest);
    }
  }

  next(): T | undefined {
    let party: string | undefined;
    let longest = Infinity;
    for (const one of this.#waiting.keys()) {
      const last = this.#lastTurns.get(one) ?? 0;
      if (last < longest) [party, longest] = [one, last];
    }
    if (party === undefined) return undefined;
    const own = this.#waiting.get(party) ?? [];
    const one = own.shift();
    if (own.length === 0) this.#waiting.delete(party);
    this.#count -= 1;
    this.had(party);
    return one;
  }

  /** Takes all out. */
  clear(): T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#count = 0;
    return all;
  }
}
