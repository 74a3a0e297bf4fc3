import * as z from 'zod/mini';
import { newId } from '../chat/ids';
import type { Rooms } from '../chat/ports';
import { Table } from './table';

const row = z.object({ roomId: z.string(), name: z.string(), epoch: z.string(), head: z.number() });

export function createRooms(): Rooms {
  const table = new Table('Rooms');
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

    async find(roomId) {
      const fields = await table.get({ roomId });
      return fields && row.parse(fields);
    },

    async claimAlert(roomId, messageId, { now, windowMs }) {
      const claimed = await table.update(
        { roomId },
        {
          set: 'SET alertedAt = :now, alertedFor = :messageId',
          condition:
            'attribute_exists(roomId) AND (attribute_not_exists(alertedAt) OR alertedAt <= :before OR alertedFor = :messageId)',
          values: { ':now': now, ':messageId': messageId, ':before': now - windowMs },
          returns: 'NONE',
        },
      );
      return claimed !== undefined;
    },
  };
}
