import { GUEST_NAME } from '../connections';
import { headsOf } from '../heads';
import type { Member } from '../members';
import type { Outbox } from '../storage/messages';
import type { Users } from '../storage/people';
import type { Rooms } from '../storage/rooms';
import type { RoomSummary } from '../protocol/replies';
import { isHost } from '../rights';
import type { Room } from '../rooms';

export interface SummaryPorts {
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly users: Users;
}

/** The rooms of a person as they see them, by membership, with what they have not read, in the falling order of ids. */
export async function summariesOf(
  members: readonly Member[],
  { rooms, outbox, users }: SummaryPorts,
): Promise<RoomSummary[]> {
  const found = await rooms.findMany(members.map(({ roomId }) => roomId));
  const [heads, partners] = await Promise.all([
    headsOf(found, outbox),
    partnersOf(found, members[0]?.userId, users),
  ]);
  return found
    .flatMap((room, index) => {
      const member = members.find(({ roomId }) => roomId === room.roomId);
      const head = heads[index];
      if (member === undefined || head === undefined) return [];
      const { role, readSeq } = member;
      const unread = Math.max(0, head.seq - readSeq);
      const partner = partners.get(room.roomId);
      return [
        {
          ...{ roomId: room.roomId, room: room.name, kind: room.kind, ...head, role, readSeq, unread },
          ...(partner && { partner }),
          ...(room.meeting && { media: room.meeting.media }),
          ...(room.meeting && isHost(member) && { group_id: room.meeting.code }),
        },
      ];
    })
    .sort((a, b) => (a.roomId > b.roomId ? -1 : 1));
}

/** By room id, the other one of each direct room. Whose row has expired goes by the name of the nameless. */
async function partnersOf(found: readonly Room[], userId: string | undefined, users: Users) {
  const others = found.flatMap(({ roomId, people }) =>
    people === undefined ? [] : [{ roomId, userId: people.find((one) => one !== userId) ?? people[0] }],
  );
  if (others.length === 0) return new Map<string, RoomSummary['partner']>();
  const known = await users.findMany([...new Set(others.map((other) => other.userId))]);
  const names = new Map(known.map((user) => [user.userId, user.name]));
  return new Map(
    others.map((other) => [
      other.roomId,
      { userId: other.userId, name: names.get(other.userId) ?? GUEST_NAME },
    ]),
  );
}
