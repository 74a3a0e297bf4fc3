import { CommandError, type EventOf, type ParleyClient } from '../../../client';
import { Store } from '../session/store';

/** Up to where somebody has, and has read, a room. */
export interface Cursor {
  readonly receivedSeq: number;
  readonly readSeq: number;
}

/** The server takes one receipt of a room in 5 seconds; the first waits a moment, because more often follows. */
const PAUSE_MS = 5200;
const FIRST_MS = 400;

/** The cursors of a room: those of the others as they are told, and one's own as it moves. */
export class Receipts {
  /** Of the others, by user id. */
  readonly cursors = new Store<ReadonlyMap<string, Cursor>>(new Map());
  readonly #client: ParleyClient;
  #receivedSeq = 0;
  #readSeq = 0;
  #saidReceived = 0;
  #saidRead = 0;
  #nextAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: ParleyClient) {
    this.#client = client;
  }

  told(receipts: EventOf<'receipts'>['receipts'], me: string | undefined): void {
    this.cursors.update((cursors) => {
      const next = new Map(cursors);
      for (const { userId, receivedSeq, readSeq } of receipts) {
        if (userId === me) continue;
        const known = next.get(userId) ?? { receivedSeq: 0, readSeq: 0 };
        next.set(userId, {
          receivedSeq: Math.max(known.receivedSeq, receivedSeq),
          readSeq: Math.max(known.readSeq, readSeq),
        });
      }
      return next;
    });
  }

  /** The server knows this much already. */
  startAt(seq: number, readSeq: number): void {
    this.#receivedSeq = this.#saidReceived = Math.max(this.#saidReceived, seq);
    this.#readSeq = this.#saidRead = Math.max(this.#saidRead, readSeq);
  }

  received(room: string, seq: number): void {
    this.#receivedSeq = Math.max(this.#receivedSeq, seq);
    this.#sayLater(room);
  }

  read(room: string, seq: number): void {
    this.#receivedSeq = Math.max(this.#receivedSeq, seq);
    this.#readSeq = Math.max(this.#readSeq, seq);
    this.#sayLater(room);
  }

  /** A new room begins its numbers anew. */
  clear(): void {
    this.#receivedSeq = this.#readSeq = this.#saidReceived = this.#saidRead = 0;
    this.cursors.set(new Map());
  }

  #isNews(): boolean {
    return this.#receivedSeq > this.#saidReceived || this.#readSeq > this.#saidRead;
  }

  #sayLater(room: string): void {
    if (this.#timer !== undefined || !this.#isNews()) return;
    const wait = Math.max(FIRST_MS, this.#nextAt - Date.now());
    this.#timer = setTimeout(() => void this.#say(room), wait);
  }

  async #say(room: string): Promise<void> {
    const receivedSeq = this.#receivedSeq;
    const readSeq = this.#readSeq;
    this.#nextAt = Date.now() + PAUSE_MS;
    try {
      await this.#client.commands.receipt(room, { receivedSeq, readSeq });
      this.#saidReceived = Math.max(this.#saidReceived, receivedSeq);
      this.#saidRead = Math.max(this.#saidRead, readSeq);
    } catch (error) {
      // Cumulative: what is lost here is in the next one. Only a passing refusal is worth a try of its own.
      const temporary = error instanceof CommandError && error.temporary;
      if (!temporary) this.#saidReceived = receivedSeq;
      if (!temporary) this.#saidRead = readSeq;
      if (error instanceof CommandError) this.#nextAt += error.retryAfterMs ?? 0;
    } finally {
      this.#timer = undefined;
      this.#sayLater(room);
    }
  }
}
