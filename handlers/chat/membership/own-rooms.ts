import type { Connection } from '../connections';
import type { Member } from '../members';
import type { Members } from '../storage/rooms';
import { fitting, REPLY_BYTES } from '../reply-size';
import type { RoomSummary } from '../protocol/replies';
import { summariesOf, type SummaryPorts } from './summaries';

/** Rooms of a page; 100 heads are 8 KB. */
const PAGE = 100;

/** A page of the rooms that somebody is in: channels, then meetings, then direct rooms. */
export interface OwnRooms {
  readonly roomIds: readonly string[];
  /** The rows of these rooms that the page brought along. */
  readonly members: readonly Member[];
  /** Where the next page goes on; null at the end. */
  readonly next: string | null;
}

/**
 * A page of a person's rooms, with those of the same stretch that the connection listens to: the index may not know
 * these yet. In the falling order of ids, because others open direct rooms, and however many these are, they must not
 * stand before the rooms that a person entered.
 * @param after `next` of the page before
 */
export async function ownRooms(
  { userId, rooms }: Pick<Connection, 'userId' | 'rooms'>,
  after: string | undefined,
  members: Pick<Members, 'roomsOf'>,
): Promise<OwnRooms> {
  const page = await members.roomsOf(userId, after);
  const { next } = page;
  const isOfPage = (id: string) => (after === undefined || id < after) && (next === null || id > next);
  const listed = page.members.map(({ roomId }) => roomId);
  const all = [...new Set([...listed, ...rooms.filter(isOfPage)])].sort().reverse();
  const roomIds = all.slice(0, PAGE);
  return {
    roomIds,
    members: page.members.filter(({ roomId }) => roomIds.includes(roomId)),
    next: all.length > PAGE ? (roomIds.at(-1) ?? null) : next,
  };
}

/** The same page as the person sees the rooms, cut to what a reply holds. */
export async function ownSummaries(
  caller: Pick<Connection, 'userId' | 'rooms'>,
  after: string | undefined,
  ports: SummaryPorts & { readonly members: Pick<Members, 'roomsOf' | 'find'> },
): Promise<{ rooms: RoomSummary[]; next: string | null }> {
  const { roomIds, members, next } = await ownRooms(caller, after, ports.members);
  const known = new Set(members.map(({ roomId }) => roomId));
  const unknown = roomIds.filter((roomId) => !known.has(roomId));
  const found = await Promise.all(unknown.map((roomId) => ports.members.find(roomId, caller.userId)));
  const isIn = found.flatMap((member) => (member?.standing === 'in' ? [member] : []));
  const summaries = await summariesOf([...members, ...isIn], ports);
  const rooms = fitting(summaries, REPLY_BYTES, 1);
  return { rooms, next: rooms.length < summaries.length ? (rooms.at(-1)?.roomId ?? null) : next };
}
