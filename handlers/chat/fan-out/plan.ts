import * as z from 'zod/mini';

/**
 * How a message's audience is divided. Used by every attempt, so that a part always means the same range of slots.
 */
export interface Plan {
  readonly tier: 'inline' | 'broadcast';
  /** Number of parts; part i is the i-th of as many equal ranges of the slot space, or partition i. */
  readonly parts: number;
  /** Of a direct room: the personal partitions of those who were there, each a part. */
  readonly partitions?: readonly string[] | undefined;
  /** Estimated connections, exact up to a page. */
  readonly size: number;
  /** Workers that post at the same time. */
  readonly workers: number;
  /** What each of them may post a second. */
  readonly postsPerSecond: number;
  /** How long an attempt may take before the sweep starts another, in milliseconds. */
  readonly lease: number;
}

/**
 * Whether a plan need not be stored before its part has begun, and is then kept in that part's record.
 *
 * That is safe although attempts may plan differently meanwhile: the one part is the whole audience of the room, so it
 * covers whatever part 0 of any other plan did, and a plan that is stored is found before one in a record. A mix of
 * plans therefore may send somebody a message twice, and never leaves anybody out.
 */
export function isOfOnePart({ tier, parts, partitions }: Plan): boolean {
  return tier === 'inline' && parts === 1 && partitions === undefined;
}

/** A plan as it is stored, and as it travels from step to step. */
export const planShape = z.object({
  tier: z.enum(['inline', 'broadcast']),
  parts: z.int(),
  partitions: z.optional(z.array(z.string())),
  size: z.number(),
  workers: z.number(),
  postsPerSecond: z.number(),
  lease: z.number(),
});
