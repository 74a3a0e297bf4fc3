import { CommandError, type ParleyClient } from '../../../client';
import { Store } from '../session/store';

/** A message of one's own that the server has not numbered yet, or will not. */
export interface Outgoing {
  readonly clientMessageId: string;
  readonly text: string;
  readonly queuedAt: number;
  /** Why it was refused for good; undefined while it is on its way. */
  readonly failure: string | undefined;
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
    const before = new Set(this.#client.unsent().map(({ clientMessageId }) => clientMessageId));
    const sending =
      'room' in target ? this.#client.send(target.room, text) : this.#client.sendPrivate(target.userId, text);
    const entry = this.#client.unsent().find(({ clientMessageId }) => !before.has(clientMessageId));
    if (entry === undefined) {
      await sending;
      return;
    }
    this.queued(entry.clientMessageId, text, entry.queuedAt);
    sending.catch((error: unknown) => this.#failed(entry.clientMessageId, error));
  }

  /** Also of an earlier page, whose queue this one goes on with. */
  queued(clientMessageId: string, text: string, queuedAt: number): void {
    const outgoing: Outgoing = { clientMessageId, text, queuedAt, failure: undefined };
    this.messages.update((messages) => [...messages, outgoing]);
  }

  /** It stands in the timeline now, or the person has given it up. */
  drop(clientMessageId: string | undefined): void {
    if (!this.messages.get().some((message) => message.clientMessageId === clientMessageId)) return;
    this.messages.update((messages) =>
      messages.filter((message) => message.clientMessageId !== clientMessageId),
    );
  }

  refused(clientMessageId: string, error: CommandError): void {
    this.#failed(clientMessageId, error);
  }

  #failed(clientMessageId: string, error: unknown): void {
    // A closed client keeps it in the store, for the next page.
    if (error instanceof CommandError && error.reason === 'closed') return;
    const failure = error instanceof Error ? error.message : 'It could not be sent.';
    this.messages.update((messages) =>
      messages.map((message) =>
        message.clientMessageId === clientMessageId ? { ...message, failure } : message,
      ),
    );
  }
}
