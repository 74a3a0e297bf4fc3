import * as z from 'zod/mini';
import { GROUPS } from '../chat/identity';
import type { Tickets } from '../chat/storage/people';
import { Table } from './table';

const row = z.object({
  ticketHash: z.string(),
  userId: z.string(),
  kind: z.literal('user'),
  groups: z.array(z.enum(GROUPS)),
  name: z.string(),
  tokenExpiresAt: z.number(),
  signedInAt: z.number(),
  origin: z.optional(z.string()),
  /** The moment to go by; `expiresAt` is in seconds and for TTL. */
  validUntil: z.number(),
});

export function createTickets(): Tickets {
  const table = new Table('Tickets');
  return {
    async keep({ hash, expiresAt, ...ticket }) {
      await table.put({
        ...ticket,
        ticketHash: hash,
        validUntil: expiresAt,
        expiresAt: Math.ceil(expiresAt / 1000),
      });
    },

    async take(hash) {
      // Deleting gives the row to one caller alone.
      const fields = await table.delete({ ticketHash: hash });
      if (fields === undefined) return undefined;
      const { ticketHash, validUntil, ...ticket } = row.parse(fields);
      return { ...ticket, hash: ticketHash, expiresAt: validUntil };
    },
  };
}
