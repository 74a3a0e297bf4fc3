import * as z from 'zod/mini';
import type { ParleyClient } from '../../../client';
import type { Conversations } from '../rooms/conversations';
import { Remembered, type BrowserStorage } from '../session/remembered';
import { Store } from '../session/store';

const invitation = z.object({
  roomId: z.string(),
  /** The room's name. */
  room: z.string(),
  /** Who invites. */
  userId: z.string(),
  name: z.string(),
});
export type Invitation = z.infer<typeof invitation>;

/** Rooms that somebody else lets this person into. The server says so once, so this browser remembers. */
export class Invitations {
  readonly open = new Store<readonly Invitation[]>([]);
  readonly #client: ParleyClient;
  readonly #conversations: Conversations;
  readonly #remembered: Remembered<Invitation>;

  constructor(client: ParleyClient, conversations: Conversations, storage: BrowserStorage) {
    this.#client = client;
    this.#conversations = conversations;
    this.#remembered = new Remembered(storage, 'invitations', invitation);
    this.#show();
    // Whoever came in by the code is there already.
    conversations.all.listen(() => this.#show());
    client.on('invited', ({ roomId, room, userId, name }) => {
      this.#remembered.set(roomId, { roomId, room, userId, name });
      this.#show();
    });
    client.on('removed', ({ roomId }) => this.#forget(roomId));
  }

  /** @throws CommandError, e.g. where it does not hold any more */
  async accept({ roomId }: Invitation): Promise<void> {
    const { kind, room } = await this.#client.commands.joinRoom(roomId);
    this.#forget(roomId);
    this.#conversations.show(this.#conversations.entered(roomId, kind, room));
    // Whether a meeting is held by video stands in the list alone.
    await this.#conversations.refresh();
  }

  dismiss({ roomId }: Invitation): void {
    this.#forget(roomId);
  }

  #forget(roomId: string): void {
    this.#remembered.delete(roomId);
    this.#show();
  }

  #show(): void {
    const known = this.#remembered.entries().map(([, one]) => one);
    const open = known.filter(({ roomId }) => this.#conversations.inRoom(roomId) === undefined);
    if (open.length > 0 || this.open.get().length > 0) this.open.set(open);
  }
}
