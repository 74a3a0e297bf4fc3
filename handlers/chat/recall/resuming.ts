import type { Connection } from '../connections';
import { enterRoom, type EnteringPorts } from '../membership/entering';
import { ClientError } from '../errors';
import { headOf, type Head } from '../heads';
import { isTombstone } from './pages';
import type { NumberedPush } from '../protocol/pushes';
import { PAGE_MESSAGES } from '../protocol/recall';
import type { RecoveredRoom, UnrecoveredRoom } from '../protocol/replies';
import { recall, type RecallPorts } from './recall';
import { bytesInList, fitting, REPLY_BYTES } from '../reply-size';
import { roleIn } from '../membership/room-for';
import type { Rooms } from '../storage/rooms';
import { refusalOf, standingsOf } from '../rights';
import { roomIdOf, type Room } from '../rooms';
import { sideBySide } from '../side-by-side';

export interface ResumePorts extends RecallPorts, EnteringPorts {
  readonly rooms: Rooms;
}

/** How far a client has come in a room. */
export type Position = Head;

type Answer = RecoveredRoom | UnrecoveredRoom;
/** The connection ended meanwhile. */
type Unknown = 'unknown_connection';

/** Beyond this a client is better off with the newest page of the history. */
const FARTHEST = 10_000;
/** Rooms that are entered, and rooms that are read, at a time. */
const ENTERED_AT_ONCE = 8;
const READ_AT_ONCE = 4;

/** A room whose missed messages are still to be read. */
interface Recoverable {
  readonly key: string;
  readonly room: Room;
  readonly from: number;
  readonly head: number;
}

/**
 * What a person missed in each of these rooms, as much as fits into one reply; rooms that come too late for that get
 * no messages and `more`. Enters rooms of theirs that the connection has not joined, before it looks where they
 * stand: what is said later is pushed. Room names and ids as the client gave them are the keys of the answers.
 *
 * @throws ClientError `too_large` where even a reply without messages would be too long
 */
export async function resumeRooms(
  connection: Connection,
  positions: readonly (readonly [string, Position])[],
  ports: ResumePorts,
): Promise<Record<string, Answer> | Unknown> {
  const results = await sideBySide(positions, ENTERED_AT_ONCE, ([key, position]) =>
    lookAt(key, position, connection, ports),
  );
  const looked = results.filter((one) => one !== 'unknown_connection');
  if (looked.length < results.length) return 'unknown_connection';
  const answers = looked.map((one, index): [string, Answer] => [
    positions[index]?.[0] ?? '',
    'key' in one ? nothingYet(one) : one,
  ]);
  const spent = bytesInList(Object.fromEntries(answers));
  if (spent > REPLY_BYTES) {
    throw new ClientError('too_large', 'Ask for fewer rooms at once, or by their ids.', '/rooms');
  }
  const recoverable = looked.flatMap((one) => ('key' in one && one.from < one.head ? [one] : []));
  return Object.fromEntries([...answers, ...(await readInto(REPLY_BYTES - spent, recoverable, ports))]);
}

async function lookAt(
  key: string,
  position: Position,
  connection: Connection,
  ports: ResumePorts,
): Promise<Recoverable | UnrecoveredRoom | Unknown> {
  const roomId = roomIdOf(key, '/rooms');
  const [room, member] = await Promise.all([
    ports.rooms.find(roomId),
    ports.members.find(roomId, connection.userId),
  ]);
  // By the row alone: who was taken out may seem to listen still.
  const role = room && roleIn(room, { userId: connection.userId, rooms: [] }, member);
  if (room === undefined || refusalOf('resume', room.kind, standingsOf(connection, room.kind, role)))
    return { recovered: false, reason: 'not_member' };
  const head = await headOnceEntered(room, connection, ports);
  if (head === 'unknown_connection') return head;
  if (head === 'refused') return { recovered: false, reason: 'not_member' };
  const reason = unrecoverable(position, head);
  if (reason !== undefined) return { recovered: false, reason, roomId, ...head };
  return { key, room, from: position.seq, head: head.seq };
}

/** Nobody joins a direct room, and in a closed one nothing happens any more: these are only read. */
async function headOnceEntered(
  room: Room,
  connection: Connection,
  ports: ResumePorts,
): Promise<Head | Unknown | 'refused'> {
  const listens = connection.rooms.includes(room.roomId) || room.kind === 'direct';
  if (listens || room.closedAt !== undefined) return headOf(room, ports.outbox);
  try {
    return (await enterRoom(connection, room, ports, 'refused'))?.position ?? 'unknown_connection';
  } catch (error) {
    // Taken out, or the room was closed, since the look at both.
    if (error instanceof ClientError) return 'refused';
    throw error;
  }
}

function unrecoverable(position: Position, head: Head): UnrecoveredRoom['reason'] | undefined {
  if (position.epoch !== head.epoch) return 'epoch_changed';
  // Nobody has seen a number that was not given: this room was taken back to an earlier state.
  if (position.seq > head.seq) return 'missing';
  if (head.seq - position.seq > FARTHEST) return 'too_far';
  return undefined;
}

function nothingYet({ room: { roomId, epoch }, from, head }: Recoverable): RecoveredRoom {
  return { recovered: true, roomId, epoch, seq: from, messages: [], more: from < head };
}

/** Reads a page of each room until the bytes are used up. The first message of all is given whatever its size. */
async function readInto(
  bytes: number,
  rooms: readonly Recoverable[],
  ports: RecallPorts,
): Promise<[string, Answer][]> {
  const answers: [string, Answer][] = [];
  let left = bytes;
  for (let index = 0; index < rooms.length && left > 0; index += READ_AT_ONCE) {
    const group = rooms.slice(index, index + READ_AT_ONCE);
    const pages = await sideBySide(group, READ_AT_ONCE, ({ room, from, head }) =>
      recall(room, from + 1, Math.min(from + PAGE_MESSAGES, head), ports),
    );
    for (const [place, one] of group.entries()) {
      const messages = fitting(pages[place] ?? [], left, left === bytes ? 1 : 0);
      const answer = answerWith(messages, one);
      answers.push([one.key, answer]);
      if (answer.recovered) left -= messages.reduce((sum, message) => sum + bytesInList(message), 0);
    }
  }
  return answers;
}

/** Never a stream with a hole: where something cannot be told any more, nothing is. */
function answerWith(messages: NumberedPush[], one: Recoverable): Answer {
  const { roomId, epoch } = one.room;
  const unrecovered = { recovered: false, roomId, epoch, seq: one.head } as const;
  if (messages.some((push) => isTombstone(push, 'missing'))) return { ...unrecovered, reason: 'missing' };
  if (messages.some((push) => isTombstone(push, 'expired'))) return { ...unrecovered, reason: 'retention' };
  const seq = one.from + messages.length;
  return { ...nothingYet(one), seq, messages, more: seq < one.head };
}
