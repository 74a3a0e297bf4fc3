/** Of so many rooms it is remembered which message has the window. */
const MAX_ROOMS = 1000;

/**
 * Windows of alerts that this environment knows to be taken, so that only the first message of a window has to ask the
 * table. Who holds a window holds it to its end, so what is remembered stays true.
 */
export class AlertWindows {
  /** By room, oldest first. */
  readonly #taken = new Map<string, { readonly messageId: string; readonly until: number }>();

  /** Whether another message is known to hold the room's window. */
  isTaken(roomId: string, messageId: string, now: number): boolean {
    const holder = this.#taken.get(roomId);
    return holder !== undefined && holder.messageId !== messageId && now < holder.until;
  }

  take(roomId: string, messageId: string, until: number): void {
    this.#taken.delete(roomId);
    this.#taken.set(roomId, { messageId, until });
    for (const oldest of this.#taken.keys()) {
      if (this.#taken.size <= MAX_ROOMS) break;
      this.#taken.delete(oldest);
    }
  }
}
