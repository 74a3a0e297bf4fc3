import type { Member, Role } from '../members';
import type { Now } from '../ports';
import type { Members, Rooms } from '../storage/rooms';

interface Ports {
  readonly rooms: Rooms;
  readonly members: Members;
  readonly now: Now;
}

/** So many pages of members are looked through for somebody to hand a room on to; a page has 100. */
const PAGES = 20;
const RANK = { owner: 0, moderator: 1, member: 2 } as const satisfies Record<Role, number>;

/**
 * Sees to a room whose person goes for good. A channel that they own is handed on: to another owner, else to the
 * moderator or else the member who has been there longest, and closed where there is nobody. Their meetings and direct
 * rooms are closed. Of rooms that belong to others nothing changes. Safe to repeat.
 */
export async function handOnOrClose(roomId: string, userId: string, ports: Ports): Promise<void> {
  const room = await ports.rooms.find(roomId);
  if (room === undefined || room.closedAt !== undefined) return;
  const isTheirs = room.owner === userId || room.people?.includes(userId) === true;
  if (room.kind !== 'channel') {
    if (isTheirs) await ports.rooms.close(roomId, ports.now());
    return;
  }
  const own = await ports.members.find(roomId, userId);
  if (!isTheirs && own?.role !== 'owner') return;
  const heir = await heirOf(roomId, userId, ports.members);
  if (heir === undefined) await ports.rooms.close(roomId, ports.now());
  else if (heir.role !== 'owner') await ports.members.setRole(roomId, heir.userId, 'owner');
}

async function heirOf(roomId: string, userId: string, members: Members): Promise<Member | undefined> {
  let best: Member | undefined;
  let after: string | undefined;
  for (let page = 1; page <= PAGES; page += 1) {
    const { members: some, next } = await members.ofRoom(roomId, after);
    for (const one of some) {
      if (one.standing !== 'in' || one.userId === userId) continue;
      if (best === undefined || comesBefore(one, best)) best = one;
    }
    if (next === null || best?.role === 'owner') break;
    after = next;
  }
  return best;
}

function comesBefore(one: Member, other: Member): boolean {
  return one.role === other.role ? one.since < other.since : RANK[one.role] < RANK[other.role];
}
