import * as z from 'zod/mini';
import { PAGE_SIZE } from '../chat/fan-out/audience-plan';
import { LIFETIME, type AudienceRow } from '../chat/connections';
import type { Audience } from '../chat/storage/rooms';
import { Table, type Row } from './table';

const row = z.object({
  partition: z.string(),
  slot: z.string(),
  connectionId: z.string(),
  userId: z.string(),
  expiresAt: z.number(),
});

const position = z.object({ slot: z.string() });

/** `partition` is a reserved word of DynamoDB. */
const IN_PARTITION = { names: { '#partition': 'partition' } };

/**
 * A row is kept under 128 bytes, so that the sample of 256 rows that a plan is made of costs 4 read units. So it does not
 * say when its connection was opened, which is a LIFETIME before it expires.
 */
function fieldsOf({ partition, slot, connectionId, userId, expiresAt }: AudienceRow): Row {
  return { partition, slot, connectionId, userId, expiresAt: Math.floor(expiresAt / 1000) };
}

function rowOf(fields: z.infer<typeof row>): AudienceRow {
  const expiresAt = fields.expiresAt * 1000;
  return { ...fields, openedAt: expiresAt - LIFETIME, expiresAt };
}

export function createAudience(now = Date.now): Audience {
  const table = new Table('Audience');

  const rowsOf = (fields: readonly Row[]): AudienceRow[] => fields.map((one) => rowOf(row.parse(one)));
  const isLive = ({ expiresAt }: AudienceRow) => expiresAt > now();

  return {
    async join(rows) {
      await table.putMany(rows.map(fieldsOf));
    },

    async leave(keys) {
      // One batch may not name a key twice.
      const unique = new Map(
        keys.map(({ partition, slot }) => [`${partition}/${slot}`, { partition, slot }]),
      );
      await table.deleteMany([...unique.values()]);
    },

    async sample(partition, limit) {
      const query = {
        where: '#partition = :partition',
        ...IN_PARTITION,
        values: { ':partition': partition },
        limit,
      };
      const stale = await table.query({ ...query, stale: true });
      // A plan made of nobody serves nobody, so that answer alone has to be true.
      const { rows, next } = rowsOf(stale.rows).some(isLive) ? stale : await table.query(query);
      const seen = rowsOf(rows);
      const live = seen.filter(isLive);
      return {
        slots: live.map(({ slot }) => slot),
        expired: seen.length - live.length,
        last: seen.at(-1)?.slot,
        complete: next === undefined,
      };
    },

    async page(partition, { from, to, after }) {
      // BETWEEN includes both ends, but `to` is half a slot, which no row has, so the upper end is open in effect.
      const { rows, next } = await table.query({
        where: '#partition = :partition AND slot BETWEEN :from AND :to',
        ...IN_PARTITION,
        values: { ':partition': partition, ':from': from, ':to': to },
        limit: PAGE_SIZE,
        ...(after === undefined ? {} : { after: { partition, slot: after } }),
      });
      return {
        rows: rowsOf(rows).filter(isLive),
        next: next === undefined ? null : position.parse(next).slot,
      };
    },

    async find(partition, slots) {
      const rows = await table.getMany(slots.map((slot) => ({ partition, slot })));
      return rowsOf(rows).filter(isLive);
    },
  };
}
