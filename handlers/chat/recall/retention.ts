import type { Room } from '../rooms';

const DAY = 24 * 60 * 60 * 1000;

/**
 * How long a room's messages are kept, in milliseconds; undefined is for ever.
 * @param days the setting `historyRetentionDays`, 0 for ever; a room's own rule goes before it
 */
export function retentionOf(
  { retentionSeconds }: Pick<Room, 'retentionSeconds'>,
  days: number,
): number | undefined {
  if (retentionSeconds !== undefined) return retentionSeconds * 1000;
  return days === 0 ? undefined : days * DAY;
}

/** When a message expires, in Unix milliseconds; undefined is never. */
export function expiryOf(
  { acceptedAt }: { acceptedAt: number },
  retention: number | undefined,
): number | undefined {
  return retention === undefined ? undefined : acceptedAt + retention;
}
