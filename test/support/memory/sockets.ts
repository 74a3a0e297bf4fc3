import type { PostOutcome, Recipient, Sockets } from '../../../handlers/chat/ports';
import type { Calls } from './calls';

/** Open sockets, all well unless scripted otherwise; posting to one that was closed here answers gone. */
export class MemorySockets implements Sockets {
  readonly closed = new Set<string>();
  readonly #received = new Map<string, string[]>();
  readonly #scripts = new Map<string, { outcome: PostOutcome; times: number }>();
  readonly #slow = new Map<string, Promise<void>>();

  constructor(private readonly calls: Calls) {}

  /** The frames that a connection got, in order. */
  received(connectionId: string): string[] {
    return this.#received.get(connectionId) ?? [];
  }

  /** The next posts to a connection find it gone; all of them, unless told how many. */
  gone(connectionId: string, times = Infinity): void {
    this.#scripts.set(connectionId, { outcome: { outcome: 'gone' }, times });
  }

  /** The next posts to a connection fail; all of them, unless told how many. */
  failing(connectionId: string, times = Infinity, reason = 'status_500'): void {
    this.#scripts.set(connectionId, { outcome: { outcome: 'failed', reason }, times });
  }

  /** The next post to a connection takes until the promise has resolved. */
  slow(connectionId: string, until: Promise<void>): void {
    this.#slow.set(connectionId, until);
  }

  post(frame: string, recipients: readonly Recipient[]): Promise<PostOutcome[]> {
    const ids = recipients.map(({ connectionId }) => connectionId);
    return this.calls.run('sockets.post', ids, (copies) =>
      Promise.all(copies.map((connectionId) => this.#postOne(frame, connectionId))),
    );
  }

  close(connectionId: string): Promise<void> {
    return this.calls.run('sockets.close', connectionId, (id) => {
      this.closed.add(id);
    });
  }

  async #postOne(frame: string, connectionId: string): Promise<PostOutcome> {
    await this.#slow.get(connectionId);
    const script = this.#scripts.get(connectionId);
    if (script !== undefined && script.times > 0) {
      script.times -= 1;
      return script.outcome;
    }
    if (this.closed.has(connectionId)) return { outcome: 'gone' };
    this.#received.set(connectionId, [...this.received(connectionId), frame]);
    return { outcome: 'posted' };
  }
}
