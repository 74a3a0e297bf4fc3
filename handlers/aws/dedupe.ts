import * as z from 'zod/mini';
import { REMEMBERED, type Reservation, type Reserved } from '../chat/sending/dedupe';
import type { Dedupe } from '../chat/storage/messages';
import { Table, type Row } from './table';

const row = z.object({
  sent: z.string(),
  body: z.string(),
  roomId: z.optional(z.string()),
  reservedBy: z.string(),
  reservedAt: z.number(),
  expiresAt: z.number(),
  reply: z.optional(
    z.object({ roomId: z.string(), seq: z.number(), epoch: z.string(), acceptedAt: z.number() }),
  ),
});

/** An expired id is given anew by a second write; more than so many losses in a row are no accident. */
const TRIES = 3;

function rowOf({ sent, body, roomId, by, at }: Reservation): Row {
  return { sent, body, roomId, reservedBy: by, reservedAt: at, expiresAt: seconds(at + REMEMBERED) };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

export function createDedupe(now = Date.now): Dedupe {
  const table = new Table('Dedupe');

  /** Writes a reservation over another's. */
  const replace = async (by: string, reservation: Reservation): Promise<boolean> => {
    const { body, roomId, reservedBy, reservedAt, expiresAt } = rowOf(reservation);
    const remove = roomId === undefined ? 'reply, roomId' : 'reply';
    const replaced = await table.update(
      { sent: reservation.sent },
      {
        set: `SET body = :body, reservedBy = :by, reservedAt = :at, expiresAt = :expiresAt${roomId === undefined ? '' : ', roomId = :roomId'} REMOVE ${remove}`,
        // The second half is this very call: `JsonApi` tries again when the first answer gets lost.
        condition: 'reservedBy = :seen OR reservedBy = :by',
        values: {
          ':body': body,
          ':by': reservedBy,
          ':at': reservedAt,
          ':expiresAt': expiresAt,
          ':roomId': roomId,
          ':seen': by,
        },
        returns: 'NONE',
      },
    );
    return replaced !== undefined;
  };

  return {
    async reserve(reservation) {
      for (let attempt = 1; attempt <= TRIES; attempt += 1) {
        const fields = await table.putIfAbsent(rowOf(reservation), 'sent');
        if (fields === undefined) return 'reserved';
        const { reservedBy: by, reservedAt: at, expiresAt, ...found } = row.parse(fields);
        if (by === reservation.by) return 'reserved';
        if (expiresAt * 1000 > now()) return { roomId: undefined, ...found, by, at } satisfies Reserved;
        // TTL deletes late.
        if (await replace(by, reservation)) return 'reserved';
      }
      throw new Error('An expired id was taken by others each time');
    },

    async finish({ sent, by }, { roomId, seq, epoch, acceptedAt }) {
      await table.update(
        { sent },
        {
          set: 'SET reply = :reply',
          condition: 'reservedBy = :by',
          values: { ':reply': { roomId, seq, epoch, acceptedAt }, ':by': by },
          returns: 'NONE',
        },
      );
    },

    takeOver: ({ by }, reservation) => replace(by, reservation),

    async release({ sent, by }) {
      await table.delete(
        { sent },
        { condition: 'reservedBy = :by AND attribute_not_exists(reply)', values: { ':by': by } },
      );
    },
  };
}
