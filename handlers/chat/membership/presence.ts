import { estimateSize, rangeOfPart } from '../fan-out/audience-plan';
import { PRESENCE_LEASE, type AudienceRow, type Connection } from '../connections';
import type { Now } from '../ports';
import type { Connections } from '../storage/people';
import type { Audience } from '../storage/rooms';
import { partitionsOf, type Room } from '../rooms';

interface Ports {
  readonly audience: Audience;
  readonly connections: Connections;
  readonly now: Now;
}

export interface Presence {
  readonly members: { readonly userId: string; readonly name: string }[];
  readonly count: number;
  readonly estimated: boolean;
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** Up to so many connections a room's count is exact; to be that exact for more would cost a read for each. */
const EXACT = 200;

/**
 * Who is in a room now: people with a connection in it that was heard of within PRESENCE_LEASE, in the room's hash
 * order. Somebody with several devices comes once on a page and may come again on another.
 *
 * @param page at most `limit` people, after the slot where the page before ended
 */
export async function presenceIn(
  room: Room,
  { limit, after }: { limit: number; after?: string | undefined },
  ports: Ports,
): Promise<Presence> {
  const { rows, complete } = await firstRows(room, after, ports.audience);
  const shown = upTo(limit, rows);
  const connections = await ports.connections.findMany(shown.map(({ connectionId }) => connectionId));
  const here = new Map(
    connections
      .filter(({ seenAt }) => seenAt > ports.now() - PRESENCE_LEASE)
      .map((connection: Connection) => [connection.connectionId, connection.name]),
  );
  const people = new Map<string, string>();
  for (const { connectionId, userId } of shown) {
    const name = here.get(connectionId);
    if (name !== undefined && !people.has(userId)) people.set(userId, name);
  }
  const wholeRoom = complete && after === undefined;
  const exact = wholeRoom && shown.length === rows.length;
  return {
    members: [...people].map(([userId, name]) => ({ userId, name })),
    count: exact ? people.size : await sizeOf(room, wholeRoom ? rows : undefined, ports.audience),
    estimated: !exact,
    next: complete && shown.length === rows.length ? null : (shown.at(-1)?.slot ?? null),
  };
}

/** The first rows after a slot; of a direct room all, because two people's are few. */
async function firstRows(
  room: Room,
  after: string | undefined,
  audience: Audience,
): Promise<{ rows: AudienceRow[]; complete: boolean }> {
  const pages = await Promise.all(
    partitionsOf(room).map((partition) => audience.page(partition, { ...rangeOfPart(0, 1), after })),
  );
  return { rows: pages.flatMap(({ rows }) => rows), complete: pages.every(({ next }) => next === null) };
}

/** The rows of the first people, and no more connections than a count may read. */
function upTo(limit: number, rows: readonly AudienceRow[]): AudienceRow[] {
  const people = new Set<string>();
  const end = rows.findIndex(({ userId }, index) => {
    people.add(userId);
    return people.size > limit || index === EXACT;
  });
  return rows.slice(0, end === -1 ? rows.length : end);
}

/** About how many people there are: connections, where these are too many to look at one by one. */
async function sizeOf(
  { roomId }: Room,
  all: readonly AudienceRow[] | undefined,
  audience: Audience,
): Promise<number> {
  if (all !== undefined) return new Set(all.map(({ userId }) => userId)).size;
  return estimateSize(await audience.sample(roomId, 256));
}
