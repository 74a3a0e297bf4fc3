import { MEMBER_LEFT, type ChatEvent } from '../events';
import { personalPartition, slotOf } from '../ids';
import type { EventBus, Log } from '../ports';
import type { Connections } from '../storage/people';
import type { Audience, MemberKey, Members } from '../storage/rooms';
import { sideBySide } from '../side-by-side';

/** A connection that is over, and the rooms in whose audience it is known to stand. */
export interface EndedConnection {
  readonly connectionId: string;
  readonly userId: string;
  readonly rooms: readonly string[];
}

/**
 * Connections that are removed together. Small, so that a crash in a mass disconnect costs little; 100 connections
 * have 200 audience rows when each is in one room, which fills batches of 25 to the last place.
 */
const GROUP = 100;
/** Groups under way at a time, and deletions in each. At 5 ms a call, 20 at once are 4,000 connections a second. */
const GROUPS_AT_ONCE = 2;
const DELETIONS_AT_ONCE = 10;

interface Ports {
  readonly connections: Connections;
  readonly audience: Audience;
}

interface AnnouncingPorts {
  readonly members: Members;
  readonly bus: EventBus;
  readonly log: Log;
}

/**
 * Ends connections that are over: removes them and emits `MemberLeft` for each room of each that this call really
 * removed. DynamoDB calls per connection: one deletion, its audience rows' share of batches of 25, and its rooms' share
 * of batches of 100, which ask who was announced.
 *
 * The event comes once, except that it is repeated when the bus's answer is lost, and lost for good when the
 * deletion's answer is (the repeated call finds no row and takes it for another's work), when this dies between
 * deletion and event, when the bus refuses it three times, and when TTL was faster. Nothing stored hangs on it: whoever
 * follows it alone shows a person for longer than they are there, until the room's audience is read anew.
 *
 * @returns the connections that this call really removed; another call may have been faster
 * @throws once everybody is dealt with, the first failure; trying again is harmless and finds what is left
 */
export async function endConnections(
  ended: readonly EndedConnection[],
  ports: Ports & AnnouncingPorts,
): Promise<EndedConnection[]> {
  return removeInGroups(ended, ports, (removed) => announceLeft(removed, ports));
}

/** Removes connections that nobody has heard of yet, as `endConnections` does but without a word. */
export async function takeBackConnections(
  ended: readonly EndedConnection[],
  ports: Ports,
): Promise<EndedConnection[]> {
  return removeInGroups(ended, ports, () => Promise.resolve());
}

async function removeInGroups(
  ended: readonly EndedConnection[],
  ports: Ports,
  tell: (removed: readonly EndedConnection[]) => Promise<void>,
): Promise<EndedConnection[]> {
  const groups: EndedConnection[][] = [];
  for (let start = 0; start < ended.length; start += GROUP) groups.push(ended.slice(start, start + GROUP));
  const removed = await sideBySide(groups, GROUPS_AT_ONCE, (group) => removeGroup(group, ports, tell));
  return removed.flat();
}

/**
 * Their own rows first, then their audience rows. A crash in between leaves audience rows, and by those the next
 * fan-out, or this step tried again, finds the rest; the other way round nothing would lead to the connection any
 * more. Slots are unique to a connection, so no condition is needed and repeating it is harmless.
 */
async function removeGroup(
  group: readonly EndedConnection[],
  { connections, audience }: Ports,
  tell: (removed: readonly EndedConnection[]) => Promise<void>,
): Promise<EndedConnection[]> {
  const over: EndedConnection[] = [];
  const removed: EndedConnection[] = [];
  const remove = async (one: EndedConnection) => {
    const row = await connections.remove(one.connectionId);
    over.push(one);
    // The row knows all rooms of a connection, who found it gone perhaps only one.
    if (row !== undefined)
      removed.push({ connectionId: row.connectionId, userId: row.userId, rooms: row.rooms });
  };
  const failures: unknown[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
  await attempt(sideBySide(group, DELETIONS_AT_ONCE, remove));
  // Whatever else fails: these rows are gone, and nobody but this call can say so.
  await attempt(tell(removed));
  await attempt(audience.leave([...over, ...removed].flatMap(slotsOf)));
  if (failures.length > 0) throw failures[0];
  return removed;
}

/** A lost event cannot be made up for later, as a sweep does for messages, so it is tried again on the spot. */
const TRIES = 3;

/**
 * Says of each connection and room that it is no longer in it, and where nobody had been told that the person was:
 * then no workflow is started, which is what nearly all of a mass disconnect of a large room would cost. To be called
 * once the connections' rows are gone: whoever announces somebody looks for these after noting it (`notices.ts`), so
 * either that one finds the connection gone or this one finds the note.
 * @throws where the bus refuses it three times
 */
export async function announceLeft(
  removed: readonly EndedConnection[],
  { members, bus, log }: AnnouncingPorts,
): Promise<void> {
  const places = removed.flatMap(({ connectionId, userId, rooms }) =>
    rooms.map((roomId) => ({ roomId, userId, connectionId })),
  );
  if (places.length === 0) return;
  const announced = await announcedAmong(places, { members, log });
  let left: readonly ChatEvent[] = places.map((place) => ({
    type: MEMBER_LEFT,
    detail: announced.has(keyOf(place)) ? place : { ...place, unannounced: true },
  }));
  for (let attempt = 1; left.length > 0; attempt += 1) {
    try {
      left = await bus.publish(left);
    } catch (error) {
      if (attempt === TRIES) throw error;
      continue;
    }
    if (left.length > 0 && attempt === TRIES) throw new Error(`The bus did not take ${left.length} events`);
  }
}

/** Who cannot be looked up counts as announced: the workflow looks again, and an event that is lost is lost for good. */
async function announcedAmong(
  places: readonly MemberKey[],
  { members, log }: Pick<AnnouncingPorts, 'members' | 'log'>,
): Promise<Set<string>> {
  try {
    return new Set((await members.announcedAmong(places)).map(keyOf));
  } catch (error) {
    log.warn('announced not looked up', {
      count: places.length,
      error: error instanceof Error ? error.name : typeof error,
    });
    return new Set(places.map(keyOf));
  }
}

function keyOf({ roomId, userId }: MemberKey): string {
  return `${roomId}/${userId}`;
}

function slotsOf({ userId, connectionId, rooms }: EndedConnection) {
  return [...rooms, personalPartition(userId)].map((partition) => ({
    partition,
    slot: slotOf(partition, userId, connectionId),
  }));
}
