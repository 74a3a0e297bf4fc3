import * as z from 'zod/mini';
import { openShardOf, type Message, type OutboxEntry } from '../chat/messages';
import type { Outbox } from '../chat/storage/messages';
import { Table, type Row } from './table';

const row = z.object({
  kind: z.enum(['message', 'edit', 'delete']),
  ref: z.optional(z.number()),
  roomId: z.string(),
  seq: z.number(),
  room: z.string(),
  epoch: z.string(),
  body: z.object({ text: z.string() }),
  clientMessageId: z.optional(z.string()),
  senderId: z.string(),
  sender: z.string(),
  origin: z.string(),
  echo: z.boolean(),
  acceptedAt: z.number(),
  retentionSeconds: z.optional(z.number()),
  appendId: z.string(),
  state: z.enum(['open', 'closed', 'parked']),
  attempt: z.number(),
  claimedBy: z.optional(z.string()),
  archivedAt: z.optional(z.number()),
  alertedAt: z.optional(z.number()),
  redrivenAt: z.optional(z.number()),
});

const statusRow = z.object({
  state: z.enum(['open', 'closed', 'parked']),
  attempt: z.number(),
  senderId: z.string(),
  origin: z.string(),
  echo: z.boolean(),
  acceptedAt: z.number(),
  archivedAt: z.optional(z.number()),
  alertedAt: z.optional(z.number()),
  redrivenAt: z.optional(z.number()),
  dueAt: z.optional(z.number()),
  lastFailure: z.optional(z.string()),
  closedAt: z.optional(z.number()),
  expiresAt: z.optional(z.number()),
});

function entryOf(fields: unknown): OutboxEntry {
  const { body, ...entry } = row.parse(fields);
  return { ...entry, text: body.text };
}

/** `v` is the version of the row's shape. */
function rowOf({ text, ...message }: Message): Row {
  return { v: 1, body: { text }, ...message };
}

const position = z.object({ roomId: z.string(), seq: z.number() });
const STATE = { names: { '#state': 'state' } };

export function createOutbox(now = Date.now): Outbox {
  const table = new Table('Outbox');

  async function mark(
    roomId: string,
    seq: number,
    attribute: 'archivedAt' | 'alertedAt',
    at: number,
  ): Promise<void> {
    await table.update(
      { roomId, seq },
      {
        set: 'SET #attribute = :at',
        condition: 'attribute_exists(roomId)',
        names: { '#attribute': attribute },
        values: { ':at': at },
        returns: 'NONE',
      },
    );
  }

  return {
    async append(message, dueAt) {
      const inTheWay = await table.putIfAbsent(
        { ...rowOf(message), state: 'open', attempt: 0, openShard: openShardOf(message.seq), dueAt },
        'roomId',
      );
      // The row in the way may be this very message: `JsonApi` tries again when the first answer gets lost.
      return inTheWay === undefined || inTheWay.appendId === message.appendId ? 'appended' : 'taken';
    },

    async lastSeq(roomId) {
      const { rows } = await table.query({
        where: 'roomId = :roomId',
        values: { ':roomId': roomId },
        descending: true,
        limit: 1,
      });
      return rows[0] === undefined ? 0 : position.parse(rows[0]).seq;
    },

    async find(roomId, seq) {
      // Half the price; only that there is no such entry has to be true.
      const fields =
        (await table.get({ roomId, seq }, { stale: true })) ?? (await table.get({ roomId, seq }));
      return fields && entryOf(fields);
    },

    async range(roomId, from, to) {
      const rows = await table.queryAll({
        where: 'roomId = :roomId AND seq BETWEEN :from AND :to',
        values: { ':roomId': roomId, ':from': from, ':to': to },
      });
      return rows.map(entryOf);
    },

    async claim(roomId, seq, { attempt, claimant, dueAt }) {
      const set = 'SET attempt = :next, claimedBy = :claimant';
      const condition = '#state = :open AND (attempt = :attempt OR claimedBy = :claimant)';
      const values = {
        ...{ ':open': 'open', ':attempt': attempt, ':next': attempt + 1 },
        ...{ ':claimant': claimant, ':dueAt': dueAt },
      };
      const leased = { set, condition: `${condition} AND dueAt >= :dueAt`, ...STATE, values };
      const toLease = { set: `${set}, dueAt = :dueAt`, condition, ...STATE, values };
      const fields =
        (attempt === 0 ? await table.update({ roomId, seq }, leased) : undefined) ??
        (await table.update({ roomId, seq }, toLease));
      if (fields !== undefined) return { outcome: 'claimed', entry: entryOf(fields) };
      return { outcome: (await table.get({ roomId, seq })) === undefined ? 'missing' : 'taken' };
    },

    async postpone(roomId, seq, { attempt, dueAt }) {
      await table.update(
        { roomId, seq },
        {
          set: 'SET dueAt = :dueAt',
          condition: '#state = :open AND attempt = :attempt',
          ...STATE,
          values: { ':open': 'open', ':attempt': attempt, ':dueAt': dueAt },
          returns: 'NONE',
        },
      );
    },

    markArchived: (roomId, seq, at) => mark(roomId, seq, 'archivedAt', at),
    markAlerted: (roomId, seq, at) => mark(roomId, seq, 'alertedAt', at),

    async overdue(shard, before) {
      const { rows } = await table.query({
        index: 'due',
        where: 'openShard = :shard AND dueAt < :before',
        values: { ':shard': shard, ':before': before },
        limit: 500,
      });
      return rows.map((one) => position.parse(one));
    },

    async park(roomId, seq, attempt) {
      await table.update(
        { roomId, seq },
        {
          set: 'SET #state = :parked REMOVE openShard, dueAt',
          condition: '#state = :open AND attempt = :attempt',
          ...STATE,
          values: { ':open': 'open', ':parked': 'parked', ':attempt': attempt },
          returns: 'NONE',
        },
      );
    },

    async status(roomId, seq) {
      const fields = await table.get({ roomId, seq });
      if (fields === undefined) return undefined;
      const { expiresAt, ...status } = statusRow.parse(fields);
      if (expiresAt === undefined) return status;
      return expiresAt * 1000 > now() ? { ...status, expiresAt: expiresAt * 1000 } : undefined;
    },

    async reopen(roomId, seq, { state, attempt, now: redrivenAt }) {
      const reopened = await table.update(
        { roomId, seq },
        {
          set: 'SET #state = :open, openShard = :shard, dueAt = :now, redrivenAt = :now REMOVE expiresAt, closedAt',
          // The second half is this very call: `JsonApi` tries again when the first answer gets lost.
          condition: 'attempt = :attempt AND (#state = :state OR (#state = :open AND redrivenAt = :now))',
          ...STATE,
          values: {
            ':open': 'open',
            ':shard': openShardOf(seq),
            ':now': redrivenAt,
            ':attempt': attempt,
            ':state': state,
          },
          returns: 'NONE',
        },
      );
      return reopened !== undefined;
    },
  };
}
