import { Hints } from './sending/hints';

/**
 * The connections and people to whom this process refused something a moment ago. What they ask next is likely refused too, so
 * nothing is done for it ahead of its checks. Only a hint: it decides what is done when, never what is refused.
 */
export class RecentRefusals {
  /** In milliseconds. */
  static readonly MOMENT = 1000;
  readonly #refusedAt = new Hints<number>();

  note(id: string, now: number): void {
    this.#refusedAt.set(id, now);
  }

  isRecent(id: string, now: number): boolean {
    const at = this.#refusedAt.get(id);
    return at !== undefined && Math.abs(now - at) < RecentRefusals.MOMENT;
  }
}
