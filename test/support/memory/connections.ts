import { TOKEN_SHARDS, type Connection } from '../../../handlers/chat/connections';
import type { SignedIn } from '../../../handlers/chat/identity';
import type { Now } from '../../../handlers/chat/ports';
import type { Bucket, Connections } from '../../../handlers/chat/storage/people';
import { admissionAt, useAfter, type Rate } from '../../../handlers/chat/rate';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

const EXPIRING_PAGE = 3;

function shardOf(connectionId: string): number {
  return [...connectionId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % TOKEN_SHARDS;
}

export class MemoryConnections implements Connections {
  /** Expired rows stay until they are swept, as in a table with TTL. */
  readonly rows = new Map<string, Connection>();
  /** By `connectionId/roomId`. */
  readonly #typed = new Map<string, number>();
  /** By `connectionId/bucket`, in microseconds. */
  readonly #used = new Map<string, number>();

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  add(connection: Connection): Promise<void> {
    return this.calls.run('connections.add', connection, (row) => {
      const rooms = inOrder(row.rooms, row.rooms.at(-1));
      this.rows.set(row.connectionId, { ...row, rooms, expiresAt: storedExpiry(row.expiresAt) });
    });
  }

  find(connectionId: string): Promise<Connection | undefined> {
    return this.calls.run('connections.find', connectionId, (id) => this.#live(id));
  }

  findMany(connectionIds: readonly string[]): Promise<Connection[]> {
    return this.calls.run('connections.findMany', connectionIds, (ids) =>
      [...new Set(ids)].flatMap((id) => this.#live(id) ?? []),
    );
  }

  enterRoom(connectionId: string, roomId: string): Promise<Connection | undefined> {
    return this.calls.run('connections.enterRoom', connectionId, (id) =>
      this.#change(id, (row) => ({ ...row, rooms: inOrder([...row.rooms, roomId], roomId) })),
    );
  }

  leaveRoom(connectionId: string, roomId: string): Promise<Connection | undefined> {
    return this.calls.run('connections.leaveRoom', connectionId, (id) => {
      this.#typed.delete(`${id}/${roomId}`);
      return this.#change(id, (row) => ({ ...row, rooms: row.rooms.filter((one) => one !== roomId) }));
    });
  }

  rename(connectionId: string, name: string): Promise<Connection | undefined> {
    return this.calls.run('connections.rename', connectionId, (id) =>
      this.#change(id, (row) => ({ ...row, name })),
    );
  }

  admit(
    connectionId: string,
    taking: { bucket: Bucket; rate: Rate; now: number },
  ): Promise<Connection | { readonly retryAfterMs: number } | undefined> {
    return this.calls.run('connections.admit', taking, ({ bucket, rate, now }) => {
      if (this.#live(connectionId) === undefined) return undefined;
      const key = `${connectionId}/${bucket}`;
      const use = { usedUntil: this.#used.get(key), now };
      const admission = admissionAt(rate, use);
      if (!admission.admitted) return { retryAfterMs: admission.retryAfterMs };
      this.#used.set(key, useAfter(rate, use));
      return this.#change(connectionId, (row) => ({ ...row, seenAt: now }));
    });
  }

  noteTyping(connectionId: string, roomId: string, at: { now: number; gap: number }): Promise<boolean> {
    return this.calls.run('connections.noteTyping', at, ({ now, gap }) => {
      const key = `${connectionId}/${roomId}`;
      const tooSoon = (this.#typed.get(key) ?? -Infinity) > now - gap;
      if (tooSoon || this.#live(connectionId) === undefined) return false;
      this.#typed.set(key, now);
      return true;
    });
  }

  renewToken(
    connectionId: string,
    token: Pick<SignedIn, 'userId' | 'groups' | 'tokenExpiresAt'>,
  ): Promise<Connection | undefined> {
    return this.calls.run('connections.renewToken', token, ({ userId, groups, tokenExpiresAt }) =>
      this.#live(connectionId)?.userId === userId
        ? this.#change(connectionId, (row) => ({ ...row, groups, tokenExpiresAt }))
        : undefined,
    );
  }

  async *expiring(shard: number, before: number): AsyncGenerator<string[]> {
    let after: string | undefined;
    do {
      const { ids, next } = await this.calls.run('connections.expiring', after, (from) => {
        const ending = this.#ending(shard, before);
        const start = from === undefined ? 0 : ending.indexOf(from) + 1;
        const page = ending.slice(start, start + EXPIRING_PAGE);
        return { ids: page, next: start + EXPIRING_PAGE < ending.length ? page.at(-1) : undefined };
      });
      yield ids;
      after = next;
    } while (after !== undefined);
  }

  /** By the end of their token. A table gives each a random shard; here the id says which. */
  #ending(shard: number, before: number): string[] {
    return [...this.rows.values()]
      .filter(({ connectionId }) => shardOf(connectionId) === shard)
      .filter(({ tokenExpiresAt = Infinity }) => tokenExpiresAt < before)
      .sort((one, other) => (one.tokenExpiresAt ?? 0) - (other.tokenExpiresAt ?? 0))
      .map(({ connectionId }) => connectionId);
  }

  remove(connectionId: string): Promise<Connection | undefined> {
    return this.calls.run('connections.remove', connectionId, (id) => {
      const row = this.rows.get(id);
      this.rows.delete(id);
      return row;
    });
  }

  sweepExpired(): void {
    for (const [id, { expiresAt }] of this.rows) if (expiresAt <= this.now()) this.rows.delete(id);
  }

  #live(connectionId: string): Connection | undefined {
    const row = this.rows.get(connectionId);
    return row !== undefined && row.expiresAt > this.now() ? row : undefined;
  }

  #change(connectionId: string, change: (row: Connection) => Connection): Connection | undefined {
    const row = this.#live(connectionId);
    if (row === undefined) return undefined;
    const changed = change(row);
    this.rows.set(connectionId, changed);
    return changed;
  }
}

/** As a set in a table gives them back: sorted, the one joined last at the end. */
function inOrder(rooms: readonly string[], last: string | undefined): string[] {
  const others = [...new Set(rooms)].filter((roomId) => roomId !== last).sort();
  return last === undefined ? others : [...others, last];
}
