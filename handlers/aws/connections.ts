import * as z from 'zod/mini';
import { TOKEN_SHARDS, type Connection } from '../chat/connections';
import { GROUPS, KINDS } from '../chat/identity';
import type { Connections } from '../chat/storage/people';
import { takeRate } from './rate-update';
import { Table, type Row } from './table';

const row = z.object({
  connectionId: z.string(),
  userId: z.string(),
  name: z.string(),
  /** Who came before there were kinds has the least rights. */
  kind: z._default(z.enum(KINDS), 'guest'),
  groups: z._default(z.array(z.enum(GROUPS)), []),
  tokenExpiresAt: z.optional(z.number()),
  /** DynamoDB has no empty set: the attribute goes with its last member. */
  rooms: z.optional(z.set(z.string())),
  lastRoom: z.optional(z.string()),
  openedAt: z.number(),
  seenAt: z.number(),
  expiresAt: z.number(),
  userExpiresAt: z.optional(z.number()),
});

/** Rows of `Connections`. Rooms are a set, so that joining and leaving at the same time lose nothing. */
function connectionOf(fields: unknown): Connection {
  const { rooms, lastRoom, ...connection } = row.parse(fields);
  const byId = [...(rooms ?? [])].sort();
  const last = byId.filter((roomId) => roomId === lastRoom);
  return {
    ...connection,
    rooms: [...byId.filter((roomId) => roomId !== lastRoom), ...last],
    // DynamoDB's TTL counts in seconds.
    expiresAt: connection.expiresAt * 1000,
  };
}

const key = z.object({ connectionId: z.string() });
/** How many of the index's rows are read at a time. */
const EXPIRING_PAGE = 500;

const aShard = () => Math.floor(Math.random() * TOKEN_SHARDS);

/** When the person last typed in a room: an attribute a room, so that one update both looks and notes. */
function typedIn(roomId: string): string {
  return `typed.${roomId}`;
}

export function createConnections(now = Date.now): Connections {
  const table = new Table('Connections');
  const isLive = ({ expiresAt }: Connection) => expiresAt > now();

  /** An update of a live connection; undefined where there is none, or the condition does not hold. */
  const update = async (
    connectionId: string,
    change: { set: string; condition?: string; names?: Record<string, string>; values: Row },
  ): Promise<Connection | undefined> => {
    const fields = await table.update(
      { connectionId },
      {
        ...change,
        condition: ['expiresAt > :seconds', change.condition].filter(Boolean).join(' AND '),
        values: { ...change.values, ':seconds': now() / 1000 },
      },
    );
    return fields && connectionOf(fields);
  };

  return {
    async add({ rooms, expiresAt, ...connection }) {
      await table.put({
        ...connection,
        // Without it the row is not in the index of those that can end.
        tokenShard: connection.tokenExpiresAt === undefined ? undefined : aShard(),
        rooms: rooms.length > 0 ? new Set(rooms) : undefined,
        lastRoom: rooms.at(-1),
        expiresAt: Math.floor(expiresAt / 1000),
      });
    },

    async find(connectionId) {
      const fields = await table.get({ connectionId });
      const connection = fields && connectionOf(fields);
      return connection !== undefined && isLive(connection) ? connection : undefined;
    },

    async findMany(connectionIds) {
      const rows = await table.getMany([...new Set(connectionIds)].map((connectionId) => ({ connectionId })));
      return rows.map(connectionOf).filter(isLive);
    },

    enterRoom(connectionId, roomId) {
      return update(connectionId, {
        set: 'SET lastRoom = :roomId ADD rooms :rooms',
        values: { ':roomId': roomId, ':rooms': new Set([roomId]) },
      });
    },

    leaveRoom(connectionId, roomId) {
      return update(connectionId, {
        set: 'DELETE rooms :rooms REMOVE #typed',
        names: { '#typed': typedIn(roomId) },
        values: { ':rooms': new Set([roomId]) },
      });
    },

    rename(connectionId, name) {
      return update(connectionId, {
        set: 'SET #name = :name',
        names: { '#name': 'name' },
        values: { ':name': name },
      });
    },

    async admit(connectionId, { bucket, rate, now: at }) {
      const taken = await takeRate(`${bucket}UsedUntil`, { rate, now: at }, async (change) => {
        const outcome = await table.updateOrShow(
          { connectionId },
          {
            set: `SET ${change.set}, seenAt = :at`,
            condition: `expiresAt > :seconds AND ${change.condition}`,
            values: { ...change.values, ':at': at, ':seconds': now() / 1000 },
          },
        );
        if ('row' in outcome || outcome.inTheWay === undefined) return outcome;
        return isLive(connectionOf(outcome.inTheWay)) ? outcome : { inTheWay: undefined };
      });
      if (taken === undefined) return undefined;
      return 'row' in taken ? connectionOf(taken.row) : { retryAfterMs: taken.retryAfterMs };
    },

    async noteTyping(connectionId, roomId, { now: at, gap }) {
      const noted = await update(connectionId, {
        set: 'SET #typed = :at',
        condition: '(attribute_not_exists(#typed) OR #typed <= :before)',
        names: { '#typed': typedIn(roomId) },
        values: { ':at': at, ':before': at - gap },
      });
      return noted !== undefined;
    },

    renewToken(connectionId, { userId, groups, tokenExpiresAt }) {
      return update(connectionId, {
        set: 'SET #groups = :groups, tokenExpiresAt = :end, tokenShard = if_not_exists(tokenShard, :shard)',
        condition: 'userId = :userId',
        names: { '#groups': 'groups' },
        values: { ':groups': groups, ':end': tokenExpiresAt, ':shard': aShard(), ':userId': userId },
      });
    },

    async *expiring(shard, before) {
      let after: Row | undefined;
      do {
        const { rows, next } = await table.query({
          index: 'expiring',
          where: 'tokenShard = :shard AND tokenExpiresAt < :before',
          values: { ':shard': shard, ':before': before },
          limit: EXPIRING_PAGE,
          ...(after === undefined ? {} : { after }),
        });
        yield rows.map((fields) => key.parse(fields).connectionId);
        after = next;
      } while (after !== undefined);
    },

    async remove(connectionId) {
      const fields = await table.delete({ connectionId });
      return fields && connectionOf(fields);
    },
  };
}
