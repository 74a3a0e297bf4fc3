import type { AudienceRow } from './connections';
import { estimateSize, rangeOfPart } from './fan-out/audience-plan';
import { pagesOf } from './paging';
import type { Room } from './rooms';
import type { Audience } from './storage/rooms';

/** Above so many connections a room hears no notices: if everybody said one, that would be the square of it in posts. */
export const TALKATIVE_ROOM = 200;

/** Whether a room is too large for notices. Expired rows do not count; the rest is exact up to the limit. */
export async function isQuiet(room: Room, audience: Audience): Promise<boolean> {
  // Two people on their devices, however many: their partitions are their own.
  if (room.kind === 'direct') return false;
  return estimateSize(await audience.sample(room.roomId, TALKATIVE_ROOM + 1)) > TALKATIVE_ROOM;
}

/** Everybody in a partition that is known to be small. Reads consistently. */
export async function rowsOf(partition: string, audience: Audience): Promise<AudienceRow[]> {
  const rows: AudienceRow[] = [];
  const whole = rangeOfPart(0, 1);
  for await (const page of pagesOf((after) => audience.page(partition, { ...whole, after })))
    rows.push(...page.rows);
  return rows;
}
