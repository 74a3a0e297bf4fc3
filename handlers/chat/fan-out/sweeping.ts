/** An entry that could not be delivered for this long, or since it was redriven, is parked, in milliseconds. */
export const PARK_AFTER = 24 * 60 * 60 * 1000;
const MINUTE = 60_000;

/**
 * When an entry counts as overdue again after the sweep emitted its event: 1, 2, 4, 8 and then 15 minutes, by the
 * number of attempts made. The workflows use the same arithmetic when they record a failure.
 */
export function overdueAgainAfter(attempt: number): number {
  return Math.min(15, 2 ** Math.max(0, attempt - 1)) * MINUTE;
}
