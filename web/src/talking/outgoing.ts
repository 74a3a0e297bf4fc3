import type { EventOf, ParleyClient, UnsentEntry } from '../../../client';
import { Store } from '../session/store';

/** A message of one's own that the server has not numbered yet, or will not. */
export interface Outgoing {
  readonly clientMessageId: string;
  readonly text: string;
  readonly queuedAt: number;
  /** Why it was refused for good; undefined while it is on its way. */
  readonly failure: string | undefined;
  /** Whether it would still be there after a reload. */
  readonly isKept: boolean;
}

/** What is on its way to one room or person, in order. */
export class OutgoingMessages {
  readonly messages = new Store<readonly Outgoing[]>([]);
  readonly #client: ParleyClient;

  constructor(client: ParleyClient) {
    this.#client = client;
  }

  /**
   * Queues a text.
   * @throws CommandError at once where it can never be sent, e.g. `too_large`; later refusals are in `messages`
   */
  async send(target: { readonly room: string } | { readonly userId: string }, text: string): Promise<void> {
    let isKept = true;
    const unlisten = this.#client.on('unkept', () => (isKept = false));
    const before = new Set(this.#client.unsent().map(({ clientMessageId }) => clientMessageId));
    const sending =
      'room' in target ? this.#client.send(target.room, text) : this.#client.sendPrivate(target.userId, text);
    unlisten();
    const entry = this.#client.unsent().find(({ clientMessageId }) => !before.has(clientMessageId));
    if (entry === undefined) {
      await sending;
      return;
    }
    this.#queued({ ...entry, text, failure: undefined, isKept });
    // What becomes of it later is told by events.
    sending.catch(() => {});
  }

  /** Shows how a message stands that an earlier page or another tab could not get through. */
  takeUp({ failure, ...entry }: UnsentEntry, text: string): void {
    this.#queued({ ...entry, text, failure: failure?.message, isKept: true });
  }

  /** Sends a refused message once more, now behind the others; or says why it had better not go out unasked. */
  retry(clientMessageId: string): void {
    const message = this.messages.get().find((one) => one.clientMessageId === clientMessageId);
    const entry = this.#client.retry(clientMessageId);
    if (message === undefined || entry === undefined) return;
    this.#queued({ ...message, failure: entry.failure?.message });
  }

  /** The person has given it up. */
  discard(clientMessageId: string): void {
    this.#client.discard(clientMessageId);
    this.drop(clientMessageId);
  }

  has(clientMessageId: string | undefined): boolean {
    return this.messages.get().some((message) => message.clientMessageId === clientMessageId);
  }

  /** It stands in the timeline now. */
  drop(clientMessageId: string | undefined): void {
    if (!this.has(clientMessageId)) return;
    this.messages.update((messages) =>
      messages.filter((message) => message.clientMessageId !== clientMessageId),
    );
  }

  refused({ clientMessageId, error }: EventOf<'unsendable'>): void {
    this.messages.update((messages) =>
      messages.map((message) =>
        message.clientMessageId === clientMessageId ? { ...message, failure: error.message } : message,
      ),
    );
  }

  #queued({ clientMessageId, text, queuedAt, failure, isKept }: Outgoing): void {
    this.drop(clientMessageId);
    this.messages.update((messages) => [...messages, { clientMessageId, text, queuedAt, failure, isKept }]);
  }
}
