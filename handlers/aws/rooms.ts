import * as z from 'zod/mini';
import { newId } from '../chat/ids';
import type { Rooms } from '../chat/storage/rooms';
import type { Room } from '../chat/rooms';
import { AlertWindows } from './alert-windows';
import { Table } from './table';

const row = z.object({
  roomId: z.string(),
  kind: z.enum(['channel', 'direct', 'meeting']),
  name: z.string(),
  epoch: z.string(),
  head: z.number(),
  owner: z.optional(z.string()),
  people: z.optional(z.tuple([z.string(), z.string()])),
  retentionSeconds: z.optional(z.number()),
  closedAt: z.optional(z.number()),
  meeting: z.optional(
    z.object({
      media: z.enum(['chat', 'video']),
      approval: z.boolean(),
      code: z.optional(z.string()),
      userName: z.optional(z.string()),
      email: z.optional(z.string()),
    }),
  ),
});

const alias = z.object({ meetingId: z.string() });
const alertRow = z.object({ alertedAt: z.number(), alertedFor: z.string() });

/** A join code is an item of its own in the same table; no room has such an id. */
function aliasKey(code: string) {
  return { roomId: `code_${code}` };
}

/** Of this environment: its invocations make their ports anew, and know what the ones before them learned. */
const windows = new AlertWindows();

export function createRooms(): Rooms {
  const table = new Table('Rooms');

  const find = async (roomId: string): Promise<Room | undefined> => {
    const fields = await table.get({ roomId });
    return fields && row.parse(fields);
  };

  return {
    async open({ roomId, name }) {
      // if_not_exists leaves an existing room as it is, so opening is safe to repeat and needs no condition.
      const fields = await table.update(
        { roomId },
        {
          set: 'SET #name = if_not_exists(#name, :name), epoch = if_not_exists(epoch, :epoch), head = if_not_exists(head, :none), kind = if_not_exists(kind, :kind)',
          names: { '#name': 'name' },
          values: { ':name': name, ':epoch': newId('e'), ':none': 0, ':kind': 'channel' },
        },
      );
      return row.parse(fields);
    },

    async create(room) {
      const created: Room = { ...room, epoch: newId('e'), head: 0 };
      const inTheWay = await table.putIfAbsent({ ...created }, 'roomId');
      // The same epoch: it is this room, put by a try whose answer was lost.
      if (inTheWay !== undefined && inTheWay.epoch !== created.epoch) return 'exists';
      const code = room.meeting?.code;
      if (code !== undefined) await table.put({ ...aliasKey(code), meetingId: room.roomId });
      return created;
    },

    find,

    async findMany(roomIds) {
      const rows = await table.getMany([...new Set(roomIds)].map((roomId) => ({ roomId })));
      return rows.map((fields) => row.parse(fields));
    },

    async close(roomId, at) {
      await table.update(
        { roomId },
        {
          set: 'SET closedAt = if_not_exists(closedAt, :at)',
          condition: 'attribute_exists(roomId)',
          values: { ':at': at },
          returns: 'NONE',
        },
      );
    },

    async withCode(code) {
      const fields = await table.get(aliasKey(code));
      const room = fields && (await find(alias.parse(fields).meetingId));
      // The meeting's own row decides; an item may outlive its code.
      return room?.meeting?.code === code ? room : undefined;
    },

    async replaceCode(roomId, code) {
      // The new one first: whatever is not finished, the code in the meeting's row leads to it.
      await table.put({ ...aliasKey(code), meetingId: roomId });
      const before = await table.update(
        { roomId },
        {
          set: 'SET meeting.code = :code',
          condition: 'attribute_exists(meeting)',
          values: { ':code': code },
          returns: 'ALL_OLD',
        },
      );
      const old = before && row.parse(before).meeting?.code;
      if (old !== undefined && old !== code) await table.delete(aliasKey(old));
    },

    async claimReceipts(roomId, { now, windowMs }) {
      const claimed = await table.update(
        { roomId },
        {
          set: 'SET receiptsAt = :now',
          condition:
            'attribute_exists(roomId) AND (attribute_not_exists(receiptsAt) OR receiptsAt <= :before)',
          values: { ':now': now, ':before': now - windowMs },
          returns: 'NONE',
        },
      );
      return claimed !== undefined;
    },

    async claimAlert(roomId, messageId, { now, windowMs }) {
      if (windows.isTaken(roomId, messageId, now)) return false;
      const claim = await table.updateOrShow(
        { roomId },
        {
          set: 'SET alertedAt = :now, alertedFor = :messageId',
          condition:
            'attribute_exists(roomId) AND (attribute_not_exists(alertedAt) OR alertedAt <= :before OR alertedFor = :messageId)',
          values: { ':now': now, ':messageId': messageId, ':before': now - windowMs },
        },
      );
      const holder = alertRow.safeParse('row' in claim ? claim.row : claim.inTheWay);
      if (holder.success) windows.take(roomId, holder.data.alertedFor, holder.data.alertedAt + windowMs);
      return 'row' in claim;
    },
  };
}
