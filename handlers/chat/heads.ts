import type { Outbox } from './storage/messages';
import type { Room } from './rooms';
import { sideBySide } from './side-by-side';

/** Where a room stands: the number of its last message, 0 without any, in this epoch. */
export interface Head {
  readonly epoch: string;
  readonly seq: number;
}

/** Rooms whose last number is looked up at a time. */
const AT_ONCE = 10;

/** Where a room stands; `room` must have been read consistently. */
export async function headOf(room: Room, outbox: Pick<Outbox, 'lastSeq'>): Promise<Head> {
  return { epoch: room.epoch, seq: Math.max(room.head, await outbox.lastSeq(room.roomId)) };
}

/** Where each of these rooms stands, in their order. */
export async function headsOf(rooms: readonly Room[], outbox: Pick<Outbox, 'lastSeq'>): Promise<Head[]> {
  return sideBySide(rooms, AT_ONCE, (room) => headOf(room, outbox));
}
