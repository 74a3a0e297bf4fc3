import * as z from 'zod/mini';
import { ParleyClient, WebStorageStore, type ClientOptions } from '../../../client';
import { Connection } from '../connection/connection-state';
import { Meetings } from '../meetings/meetings';
import { People, type Person } from '../people/people';
import { Conversations } from '../rooms/conversations';
import type { Configuration } from './configuration';
import { Remembered, type BrowserStorage } from './remembered';
import { Store } from './store';

/** How this person gets in, as the client library takes it. */
export type Admission = Pick<ClientOptions, 'guest' | 'token'> & {
  /** Keeps what people who share a browser leave in it apart. */
  readonly account: string;
  /** Tells each new token before the old one ends, until what this returns is called. */
  readonly keepFresh?: (renewed: (token: string) => void) => () => void;
};

/** Everything that one person's page knows, from coming in to leaving. */
export class Session {
  readonly client: ParleyClient;
  readonly connection: Connection;
  readonly people: People;
  readonly conversations: Conversations;
  readonly meetings: Meetings;
  /** Undefined before the first connection. */
  readonly me = new Store<Person | undefined>(undefined);
  /** What is written and not sent, by conversation. */
  readonly drafts: Remembered<string>;
  readonly #lastOpen: Remembered<string>;
  readonly #keepFresh: Admission['keepFresh'];

  constructor(
    readonly configuration: Configuration,
    admission: Admission,
    storage: Storage,
  ) {
    const { account, keepFresh, ...identity } = admission;
    this.#keepFresh = keepFresh;
    const own = prefixed(storage, account);
    this.client = new ParleyClient({
      url: configuration.websocketUrl,
      ...identity,
      store: new WebStorageStore(storage, account),
    });
    this.drafts = new Remembered(own, 'drafts', z.string());
    this.#lastOpen = new Remembered(own, 'open', z.string());
    this.people = new People(this.client, own);
    this.connection = new Connection(this.client);
    this.conversations = new Conversations(
      this.client,
      this.people,
      () => document.visibilityState === 'visible',
    );
    this.meetings = new Meetings(this.client, this.conversations, own);
    this.conversations.open.listen(() => {
      const open = this.conversations.open.get();
      if (open?.roomId !== undefined) this.#lastOpen.set('room', open.roomId);
    });
    this.client.on('connected', ({ userId, name, again }) => {
      this.me.set({ userId, name });
      void this.#connected(again);
    });
    this.client.on('renamed', ({ userId, name }) => {
      if (userId === this.me.get()?.userId) this.me.set({ userId, name });
    });
  }

  /** Connects; what this returns ends it. */
  start(): () => void {
    const unwatch = this.connection.watch();
    this.client.start();
    const letAge = this.#keepFresh?.((token) => {
      // Where it does not come through, the next connection has the new token by itself.
      this.client.commands.refresh(token).catch(() => {});
    });
    return () => {
      unwatch();
      letAge?.();
      this.client.close();
    };
  }

  /** @throws CommandError */
  async rename(name: string): Promise<void> {
    const { userId, name: taken } = await this.client.commands.setName(name);
    this.me.set({ userId, name: taken });
    this.people.hear([{ userId, name: taken }]);
  }

  async #connected(again: boolean): Promise<void> {
    try {
      await this.conversations.refresh();
    } catch {
      // Only a lost connection fails here, and the next one starts over.
      return;
    }
    const open = this.conversations.open.get();
    if (open !== undefined) return open.open();
    if (!again) this.#openFirst();
  }

  #openFirst(): void {
    this.#takeUpUnsent();
    const last = this.#lastOpen.get('room');
    const rooms = this.conversations.all.get();
    const first = rooms.find(({ roomId }) => roomId === last) ?? rooms[0];
    // A phone begins with the list, except for somebody who has one room only.
    const isNarrow = matchMedia('(max-width: 719px)').matches;
    if (first !== undefined && (!isNarrow || rooms.length === 1)) this.conversations.show(first);
  }

  /** What an earlier page queued goes out by itself; here it is shown as well. */
  #takeUpUnsent(): void {
    for (const { clientMessageId, queuedAt, command } of this.client.unsent()) {
      const { action, room, message } = command;
      if (action !== 'sendMessage' || typeof room !== 'string' || typeof message !== 'string') continue;
      this.conversations.inRoom(room)?.outgoing.queued(clientMessageId, message, queuedAt);
    }
  }
}

/** The part of the storage that belongs to one account. */
function prefixed(storage: Storage, account: string): BrowserStorage {
  const key = (name: string) => `${name}.${account}`;
  return {
    getItem: (name) => storage.getItem(key(name)),
    setItem: (name, value) => storage.setItem(key(name), value),
    removeItem: (name) => storage.removeItem(key(name)),
  };
}
