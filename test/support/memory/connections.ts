import type { Connection } from '../../../handlers/chat/connections';
import type { Connections, Now } from '../../../handlers/chat/ports';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

export class MemoryConnections implements Connections {
  /** Expired rows stay until they are swept, as in a table with TTL. */
  readonly rows = new Map<string, Connection>();

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  add(connection: Connection): Promise<void> {
    return this.calls.run('connections.add', connection, (row) => {
      this.rows.set(row.connectionId, { ...row, expiresAt: storedExpiry(row.expiresAt) });
    });
  }

  find(connectionId: string): Promise<Connection | undefined> {
    return this.calls.run('connections.find', connectionId, (id) => {
      const row = this.rows.get(id);
      return row !== undefined && row.expiresAt > this.now() ? row : undefined;
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
}
