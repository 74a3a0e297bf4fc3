import * as z from 'zod/mini';
import { CommandError, ParleyClient, WebStorageStore, type ClientOptions } from '../../../client';
import { Connection } from '../connection/connection-state';
import { CurrentCall } from '../meetings/current-call';
import { Invitations } from '../meetings/invitations';
import { Meetings } from '../meetings/meetings';
import { People, type Person } from '../people/people';
import { Conversations } from '../rooms/conversations';
import type { Configuration } from './configuration';
import { ownStorage } from './own-storage';
import { Remembered } from './remembered';
import { Store } from './store';

/** How this person gets in, as the client library takes it. */
export type Admission = Pick<ClientOptions, 'guest' | 'token'> & {
  /** Keeps what people who share a browser leave in it apart. */
  readonly account: string;
  /** Tells each new token before the old one ends, until what this returns is called. */
  readonly keepFresh?: (renewed: (token: string) => void) => () => void;
  /** Why the server does not let this person in; a WebSocket that is refused does not say (see `farewells.ts`). */
  readonly refusal?: () => Promise<string | undefined>;
};

/** After so long what failed is asked again. */
const PAUSE_MS = 1000;
/** Who was not refused is not asked about again so soon: each such question leaves a ticket that nobody uses. */
const NOT_REFUSED_MS = 60_000;

/** Everything that one person's page knows, from coming in to leaving. */
export class Session {
  readonly client: ParleyClient;
  readonly connection: Connection;
  readonly people: People;
  readonly conversations: Conversations;
  readonly meetings: Meetings;
  readonly invitations: Invitations;
  readonly currentCall = new CurrentCall(this);
  /** Undefined before the first connection. */
  readonly me = new Store<Person | undefined>(undefined);
  /** What is written and not sent, by conversation. */
  readonly drafts: Remembered<string>;
  readonly #lastOpen: Remembered<string>;
  readonly #keepFresh: Admission['keepFresh'];
  #hasBegun = false;

  constructor(
    readonly configuration: Configuration,
    admission: Admission,
    storage: Storage,
  ) {
    const { account, keepFresh, refusal, ...identity } = admission;
    this.#keepFresh = keepFresh;
    const own = ownStorage(storage, account);
    this.client = new ParleyClient({
      url: configuration.websocketUrl,
      ...identity,
      store: new WebStorageStore(storage, account),
      keepRefused: true,
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
    this.invitations = new Invitations(this.client, this.conversations, own);
    this.conversations.open.listen(() => {
      const open = this.conversations.open.get();
      if (open?.roomId !== undefined) this.#lastOpen.set('room', open.roomId);
    });
    this.client.on('connected', ({ userId, name }) => {
      this.me.set({ userId, name });
      void this.#connected();
    });
    this.client.on('unsent', ({ entry }) => {
      // Before that, all of them are taken up at once.
      if (this.#hasBegun) this.conversations.takeUp(entry);
    });
    // Who was in once is told by a `bye`.
    if (refusal !== undefined) this.#untilIn(refusal);
    this.client.on('renamed', ({ userId, name }) => {
      if (userId === this.me.get()?.userId) this.me.set({ userId, name });
    });
  }

  /** Connects; what this returns ends it. */
  start(): () => void {
    const unwatch = this.connection.watch();
    const looked = () => {
      if (document.visibilityState === 'visible' && this.connection.isLive)
        void this.conversations.askAround();
    };
    document.addEventListener('visibilitychange', looked);
    this.client.start();
    const letAge = this.#keepFresh?.((token) => {
      // Where it does not come through, the next connection has the new token by itself.
      this.client.commands.refresh(token).catch(() => {});
    });
    return () => {
      unwatch();
      document.removeEventListener('visibilitychange', looked);
      letAge?.();
      this.currentCall.leave();
      this.client.close();
    };
  }

  /** @throws CommandError */
  async rename(name: string): Promise<void> {
    const { userId, name: taken } = await this.client.commands.setName(name);
    this.me.set({ userId, name: taken });
    this.people.hear([{ userId, name: taken }]);
  }

  /** Finds out why there is no first connection. */
  #untilIn(refusal: () => Promise<string | undefined>): void {
    let nextAt = 0;
    const ask = async () => {
      nextAt = Date.now() + NOT_REFUSED_MS;
      try {
        const reason = await refusal();
        if (reason !== undefined && this.me.get() === undefined) this.connection.end(reason);
      } catch {
        // The network is away: the next try asks again.
        nextAt = 0;
      }
    };
    const unlisten = this.client.on('reconnecting', () => void (Date.now() >= nextAt && ask()));
    this.client.on('connected', unlisten);
  }

  async #connected(): Promise<void> {
    if (!(await this.#list())) return;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      // What an earlier page or another tab queued goes out by itself, or waits for a decision; here it is shown as well.
      for (const entry of this.client.unsent()) this.conversations.takeUp(entry);
      if (this.conversations.open.get() === undefined) this.#openFirst();
    } else await this.conversations.open.get()?.open();
  }

  /** Finds out which rooms there are, however often that takes. False where the connection is over meanwhile. */
  async #list(): Promise<boolean> {
    const { connectionId } = this.connection;
    const isOver = () => !this.connection.isLive || this.connection.connectionId !== connectionId;
    while (!isOver()) {
      try {
        await this.conversations.refresh();
        return true;
      } catch (error) {
        if (!(error instanceof CommandError && error.temporary)) return false;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    return false;
  }

  #openFirst(): void {
    const last = this.#lastOpen.get('room');
    const rooms = this.conversations.all.get();
    const first = rooms.find(({ roomId }) => roomId === last) ?? rooms[0];
    // A phone begins with the list, except for somebody who has one room only.
    const isNarrow = matchMedia('(max-width: 719px)').matches;
    if (first !== undefined && (!isNarrow || rooms.length === 1)) this.conversations.begin(first);
  }
}
