import type { NumberedPush } from '../protocol/pushes';
import { PAGE_MESSAGES } from '../protocol/recall';
import { recall, type RecallPorts } from './recall';
import { fitting, REPLY_BYTES } from '../reply-size';
import type { Room } from '../rooms';

/** What part of a room's history is wanted: the numbers between both bounds, neither included. */
export interface Wanted {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

export interface Page {
  /** Ascending by number, without a hole. */
  readonly messages: NumberedPush[];
  /** There is more in the direction of reading. */
  readonly more: boolean;
}

/**
 * One page of a room: upwards from `after` where that is given, else downwards from `before`, or from the end.
 * @param head the room's last number
 */
export async function historyPage(
  room: Room,
  wanted: Wanted,
  head: number,
  ports: RecallPorts,
): Promise<Page> {
  const { limit = PAGE_MESSAGES } = wanted;
  const below = Math.min(wanted.before ?? Infinity, head + 1);
  if (wanted.after !== undefined) {
    const last = Math.min(wanted.after + limit, below - 1);
    const messages = fitting(await recall(room, wanted.after + 1, last, ports), REPLY_BYTES, 1);
    return { messages, more: wanted.after + messages.length < below - 1 };
  }
  const down = (await recall(room, Math.max(1, below - limit), below - 1, ports)).reverse();
  const messages = fitting(down, REPLY_BYTES, 1).reverse();
  const lowest = messages[0];
  // Below what has expired everything has.
  const hasEnd = lowest === undefined || lowest.seq === 1 || isTombstone(lowest, 'expired');
  return { messages, more: !hasEnd };
}

export function isTombstone(push: NumberedPush, reason: 'expired' | 'missing'): boolean {
  return push.type === 'tombstone' && push.reason === reason;
}
