import * as z from 'zod/mini';
import type { HistoryRow } from '../chat/recall/history';
import type { ChatHistory } from '../chat/storage/messages';
import { Table, type Row } from './table';

const said = z.object({
  kind: z.enum(['message', 'edit', 'delete']),
  ref: z.optional(z.number()),
  roomId: z.string(),
  seq: z.number(),
  room: z.string(),
  epoch: z.string(),
  senderId: z.string(),
  sender: z.string(),
  acceptedAt: z.number(),
  clientMessageId: z.optional(z.string()),
});

/** What is there whether the message is kept yet or only noted about. `edits` are the numbers of all edits of it. */
const noted = z.object({
  seq: z.number(),
  body: z.optional(z.object({ text: z.optional(z.string()) })),
  rev: z.optional(z.number()),
  edits: z.optional(z.set(z.number())),
  erased: z.optional(z.boolean()),
  expiresAt: z.optional(z.number()),
});

function historyRow(fields: Row): HistoryRow {
  const { seq, body, rev, erased = false, expiresAt } = noted.parse(fields);
  return {
    seq,
    ...(fields.v === undefined ? {} : { said: said.parse(fields) }),
    ...(body?.text === undefined ? {} : { text: body.text }),
    ...(rev === undefined ? {} : { rev }),
    erased,
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt * 1000 }),
  };
}

const inSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

/** A note's own expiry holds until the message is kept, so that a note about one that never comes expires too. */
function expiryOfNote(expiresAt: number | undefined): { set: string; values: Row } {
  return expiresAt === undefined
    ? { set: '', values: {} }
    : {
        set: ', expiresAt = if_not_exists(expiresAt, :expiresAt)',
        values: { ':expiresAt': inSeconds(expiresAt) },
      };
}

export function createChatHistory(): ChatHistory {
  const table = new Table('ChatHistory');
  return {
    async keep(message, expiresAt) {
      const { roomId, seq, kind, ref, room, epoch, text } = message;
      const { senderId, sender, acceptedAt, clientMessageId } = message;
      const row: Row = { v: 1, kind, ref, room, epoch, senderId, sender, acceptedAt, clientMessageId };
      const given = Object.entries({ ...row, expiresAt: expiresAt && inSeconds(expiresAt) }).filter(
        ([, value]) => value !== undefined,
      );
      await table.update(
        { roomId, seq },
        {
          // The same message always gives the same row, and what was noted in it before stands.
          set: `SET body = if_not_exists(body, :body), ${given.map(([name]) => `#${name} = :${name}`).join(', ')}${
            expiresAt === undefined ? ' REMOVE expiresAt' : ''
          }`,
          names: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
          values: {
            ':body': { text },
            ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
          },
          returns: 'NONE',
        },
      );
    },

    async noteEdit(roomId, seq, edit, expiresAt) {
      const key = { roomId, seq };
      const expiry = expiryOfNote(expiresAt);
      const values = { ':edits': new Set([edit.seq]), ...expiry.values };
      const latest = await table.update(key, {
        set: `SET body = :body, rev = :rev${expiry.set} ADD edits :edits`,
        condition: 'attribute_not_exists(erased) AND (attribute_not_exists(rev) OR rev < :rev)',
        values: { ...values, ':body': { text: edit.text }, ':rev': edit.seq },
        returns: 'NONE',
      });
      if (latest !== undefined) return 'noted';
      // A later edit or an erasure was there first; the number is still needed by whoever erases next.
      const fields = await table.update(key, {
        set: 'ADD edits :edits',
        values: { ':edits': new Set([edit.seq]) },
      });
      return noted.parse(fields).erased === true ? 'erased' : 'noted';
    },

    async erase(roomId, seq, expiresAt) {
      const expiry = expiryOfNote(expiresAt);
      const fields = await table.update(
        { roomId, seq },
        {
          // An empty body and not none: `keep` puts the text where there is no body.
          set: `SET erased = :erased, body = :nothing${expiry.set} REMOVE rev`,
          values: { ':erased': true, ':nothing': {}, ...expiry.values },
        },
      );
      return [...(noted.parse(fields).edits ?? [])];
    },

    async range(roomId, from, to) {
      const rows = await table.queryAll({
        where: 'roomId = :roomId AND seq BETWEEN :from AND :to',
        values: { ':roomId': roomId, ':from': from, ':to': to },
      });
      return rows.map(historyRow);
    },
  };
}
