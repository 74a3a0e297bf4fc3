import type { ParleyClient } from '../../../client';
import { Store } from '../session/store';

/** What a person is told about the connection. Times are milliseconds since the Unix epoch. */
export type ConnectionState =
  | { readonly is: 'connecting'; readonly again: boolean }
  | { readonly is: 'live' }
  | { readonly is: 'waiting'; readonly until: number }
  /** The browser knows of no network at all. */
  | { readonly is: 'offline' }
  | { readonly is: 'ended'; readonly reason: string };

/** Follows a client's connection, and wakes the client when network or page come back. */
export class Connection {
  readonly state = new Store<ConnectionState>({ is: 'connecting', again: false });
  readonly #client: ParleyClient;
  #connectionId = '';
  #wasLive = false;

  constructor(client: ParleyClient) {
    this.#client = client;
    client.on('connected', ({ connectionId }) => {
      this.#connectionId = connectionId;
      this.#wasLive = true;
      this.state.set({ is: 'live' });
    });
    client.on('disconnected', () => this.#lost());
    client.on('reconnecting', ({ afterMs }) => {
      if (navigator.onLine) this.state.set({ is: 'waiting', until: Date.now() + afterMs });
    });
    client.on('ended', ({ reason }) => this.state.set({ is: 'ended', reason }));
  }

  get isLive(): boolean {
    return this.state.get().is === 'live';
  }

  get connectionId(): string {
    return this.#connectionId;
  }

  /** Listens to the browser until what this returns is called. */
  watch(): () => void {
    const online = () => {
      if (this.state.get().is === 'offline') this.retryNow();
      else this.#client.wake();
    };
    const offline = () => {
      // The socket may outlive what the browser says, or be dead without a word: a ping finds out.
      if (this.isLive) this.#client.wake();
      else if (this.state.get().is !== 'ended') this.state.set({ is: 'offline' });
    };
    const visible = () => {
      if (document.visibilityState === 'visible') this.#client.wake();
    };
    window.addEventListener('online', online);
    window.addEventListener('offline', offline);
    document.addEventListener('visibilitychange', visible);
    return () => {
      window.removeEventListener('online', online);
      window.removeEventListener('offline', offline);
      document.removeEventListener('visibilitychange', visible);
    };
  }

  retryNow(): void {
    this.state.set({ is: 'connecting', again: this.#wasLive });
    this.#client.wake();
  }

  /** There is nothing to try any more. */
  end(reason: string): void {
    this.#client.close();
    this.state.set({ is: 'ended', reason });
  }

  #lost(): void {
    if (this.state.get().is === 'ended') return;
    this.state.set(navigator.onLine ? { is: 'connecting', again: this.#wasLive } : { is: 'offline' });
  }
}
