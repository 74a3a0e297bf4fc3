import { Hints } from './sending/hints';

/**
 * The connections to which this process refused something a moment ago. What they ask next is likely refused too, so
 * nothing is done for it ahead of its checks. Only a hint: it decides what is done when, never what is refused.
 */
export class RecentRefusals {
  /** In milliseconds. */
  static readonly MOMENT = 1000;
  readonly #refusedAt = new Hints<number>();

  note(connectionId: string, now: number): void {
    this.#refusedAt.set(connectionId, now);
  }

  isRecent(connectionId: string, now: number): boolean {
    const at = this.#refusedAt.get(connectionId);
    return at !== undefined && Math.abs(now - at) < RecentRefusals.MOMENT;
  }
}
