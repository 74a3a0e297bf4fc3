import type { ParleyClient } from '../../../client';
import { Store } from '../session/store';
import type { Between, Timeline } from './timeline';

export type PastState = 'unread' | 'loading' | 'more' | 'complete' | 'failed';

const PAGE = 50;

/** Loads a room's history into its timeline, newest page first. */
export class Past {
  readonly state = new Store<PastState>('unread');
  readonly #client: ParleyClient;
  readonly #timeline: Timeline;

  constructor(client: ParleyClient, timeline: Timeline) {
    this.#client = client;
    this.#timeline = timeline;
  }

  /** The newest page, once. */
  async begin(room: string): Promise<void> {
    const state = this.state.get();
    if (state === 'unread' || state === 'failed') await this.#load(room, {});
  }

  /** The page above what is loaded, unless one is under way or there is none. */
  async older(room: string): Promise<void> {
    const state = this.state.get();
    if (state === 'unread' || state === 'failed') return this.begin(room);
    const before = this.#timeline.first;
    if (state === 'more' && before !== undefined) await this.#load(room, { before });
  }

  /** Fills a gap from the history. False where that failed; then it can be tried again. */
  async fill(room: string, { after, before }: Between): Promise<boolean> {
    try {
      for (let from = after, more = true; more;) {
        const page = await this.#client.commands.history(room, { after: from, before, limit: 100 });
        this.#timeline.take(page.messages);
        from = page.messages.at(-1)?.seq ?? before;
        more = page.more;
      }
      return true;
    } catch {
      return false;
    }
  }

  forget(): void {
    this.state.set('unread');
  }

  async #load(room: string, page: { before?: number }): Promise<void> {
    this.state.set('loading');
    try {
      const { messages, more } = await this.#client.commands.history(room, { ...page, limit: PAGE });
      this.#timeline.take(messages);
      this.state.set(more ? 'more' : 'complete');
    } catch {
      this.state.set('failed');
    }
  }
}
