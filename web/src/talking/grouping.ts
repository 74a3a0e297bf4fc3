import type { Outgoing } from './outgoing';
import type { Entry } from './timeline';

/** Messages of one sender within this time stand together under one name. */
const GROUP_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export function startsGroup(before: Entry | undefined, entry: Entry): boolean {
  if (entry.kind !== 'message') return true;
  if (before?.kind !== 'message' || startsDay(before, entry)) return true;
  return (
    before.senderId !== entry.senderId || before.sender !== entry.sender || entry.at - before.at > GROUP_MS
  );
}

export function startsDay(before: Entry | undefined, entry: Entry): boolean {
  if (entry.kind === 'missing') return false;
  return before === undefined || (before.kind !== 'missing' && !isSameDay(before.at, entry.at));
}

/** Asked for every row that is drawn, so it makes no strings. */
function isSameDay(one: number, other: number): boolean {
  return Math.abs(one - other) < DAY_MS && new Date(one).getDate() === new Date(other).getDate();
}

/** Whether an own message that is on its way begins a group, after this row. */
export function outgoingStartsGroup(
  before: Entry | Outgoing | undefined,
  { queuedAt }: Outgoing,
  me: string | undefined,
): boolean {
  if (before === undefined) return true;
  if (!('order' in before)) return false;
  return before.kind !== 'message' || before.senderId !== me || queuedAt - before.at > GROUP_MS;
}
