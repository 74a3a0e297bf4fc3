import type { Connection } from '../../../handlers/chat/connections';
import type { Connections, Now } from '../../../handlers/chat/ports';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

export class MemoryConnections implements Connections {
  /** Expired rows stay until they are swept, as in a table with TTL. */
  readonly rows = new Map<string, Connection>();
  /** By `connectionId/roomId`. */
  readonly #typed = new Map<string, number>();

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

  touch(connectionId: string, at: number): Promise<Connection | undefined> {
    return this.calls.run('connections.touch', connectionId, (id) =>
      this.#change(id, (row) => ({ ...row, seenAt: at })),
    );
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
