import { ABANDONED_AFTER, type Numbered } from './dedupe';
import type { Said } from '../messages';
import type { ChatHistory, Outbox } from '../storage/messages';
import type { Rooms } from '../storage/rooms';

interface Ports {
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly history: ChatHistory;
}

/**
 * By so much, in milliseconds, messages of a room can be out of order by time: one has its time before it is numbered,
 * and numbering may take as long as the function lives, 10 s.
 */
const DISORDER = 15_000;
/** Messages that are read at once. */
const STRIDE = 100;

/** A message that is looked for by who sent it under which id, and from when on it can have been accepted. */
export interface Wanted {
  readonly senderId: string;
  readonly clientMessageId: string;
  /** Unix milliseconds. */
  readonly since: number;
}

/**
 * The message that one invocation kept under an id, if it kept one: in a room of a million messages 20 reads to find
 * the time, then those of the 45 seconds around the time in which that invocation lived. What has left the outbox is in the archive.
 */
export async function findSent(roomId: string, wanted: Wanted, ports: Ports): Promise<Numbered | undefined> {
  const [room, last] = await Promise.all([ports.rooms.find(roomId), ports.outbox.lastSeq(roomId)]);
  const head = Math.max(room?.head ?? 0, last);
  const until = wanted.since + ABANDONED_AFTER + DISORDER;
  const first = await firstSince(wanted.since - DISORDER, roomId, head, ports);
  for (let from = first; from <= head; from += STRIDE) {
    const said = await saidBetween(roomId, from, Math.min(head, from + STRIDE - 1), ports);
    const found = said.find(
      ({ senderId, clientMessageId, acceptedAt }) =>
        senderId === wanted.senderId &&
        clientMessageId === wanted.clientMessageId &&
        acceptedAt >= wanted.since,
    );
    if (found !== undefined) return found;
    if (said.some(({ acceptedAt }) => acceptedAt > until)) return undefined;
  }
  return undefined;
}

/** The lowest number whose message was accepted at that time or later, give or take the disorder; else `head` + 1. */
async function firstSince(time: number, roomId: string, head: number, ports: Ports): Promise<number> {
  let [low, high] = [1, head + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [said] = await saidBetween(roomId, middle, middle, ports);
    // What is gone has expired, so it is older than all that is left.
    if (said === undefined || said.acceptedAt < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is known of these numbers, wherever it is kept; in no order. */
async function saidBetween(
  roomId: string,
  from: number,
  to: number,
  { outbox, history }: Ports,
): Promise<Omit<Said, 'text'>[]> {
  const entries = await outbox.range(roomId, from, to);
  if (entries.length === to - from + 1) return entries;
  const here = new Set(entries.map(({ seq }) => seq));
  const archived = (await history.range(roomId, from, to)).flatMap(({ said }) => said ?? []);
  return [...entries, ...archived.filter(({ seq }) => !here.has(seq))];
}
