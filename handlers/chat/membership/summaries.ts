import { headsOf } from './heads';
import type { Member } from '../members';
import type { Outbox, Rooms } from '../ports';
import type { RoomSummary } from '../protocol/replies';

/** The rooms of a person as they see them, by membership, with what they have not read, in the order of ids. */
export async function summariesOf(
  members: readonly Member[],
  { rooms, outbox }: { rooms: Rooms; outbox: Outbox },
): Promise<RoomSummary[]> {
  const found = await rooms.findMany(members.map(({ roomId }) => roomId));
  const heads = await headsOf(found, outbox);
  return found
    .flatMap((room, index) => {
      const member = members.find(({ roomId }) => roomId === room.roomId);
      const head = heads[index];
      if (member === undefined || head === undefined) return [];
      const { role, readSeq } = member;
      const unread = Math.max(0, head.seq - readSeq);
      return [{ roomId: room.roomId, room: room.name, kind: room.kind, ...head, role, readSeq, unread }];
    })
    .sort((a, b) => (a.roomId < b.roomId ? -1 : 1));
}
