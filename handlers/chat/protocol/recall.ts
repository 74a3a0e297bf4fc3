import * as z from 'zod/mini';
import { position, roomFields, roomReference } from './fields';
import { envelope } from './frame';

/** Messages of a page at most; it also holds at most 30 KB. */
export const PAGE_MESSAGES = 100;
/** Rooms that one `resume` may ask for. */
export const RESUMED_ROOMS = 50;

export const history = z.object({
  ...envelope,
  ...roomFields,
  before: z.optional(position),
  after: z.optional(position),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(PAGE_MESSAGES))),
});

export const resume = z.object({
  ...envelope,
  rooms: z.record(roomReference, z.object({ epoch: z.string().check(z.maxLength(64)), seq: position })),
});
