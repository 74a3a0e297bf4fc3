import * as z from 'zod/mini';
import type { Connection } from '../chat/connections';
import type { Connections } from '../chat/ports';
import { Table } from './table';

const row = z.object({
  connectionId: z.string(),
  userId: z.string(),
  name: z.string(),
  rooms: z.array(z.string()),
  openedAt: z.number(),
  expiresAt: z.number(),
});

/** Rows of `Connections`; DynamoDB's TTL wants seconds. */
function connectionOf(fields: unknown): Connection {
  const connection = row.parse(fields);
  return { ...connection, expiresAt: connection.expiresAt * 1000 };
}

export function createConnections(now = Date.now): Connections {
  const table = new Table('Connections');
  return {
    async add(connection) {
      await table.put({ ...connection, expiresAt: Math.floor(connection.expiresAt / 1000) });
    },
    async find(connectionId) {
      const fields = await table.get({ connectionId });
      const connection = fields && connectionOf(fields);
      return connection !== undefined && connection.expiresAt > now() ? connection : undefined;
    },
    async remove(connectionId) {
      const fields = await table.delete({ connectionId });
      return fields && connectionOf(fields);
    },
  };
}
