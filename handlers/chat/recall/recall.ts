import type { HistoryRow } from './history';
import { messageIdOf } from '../ids';
import { pushOf, type Message, type Said } from '../messages';
import type { Now } from '../ports';
import type { ChatHistory, Outbox } from '../storage/messages';
import type { NumberedPush, Tombstone } from '../protocol/pushes';
import { expiryOf, retentionOf } from './retention';
import type { Room } from '../rooms';
import { sideBySide } from '../side-by-side';

export interface RecallPorts {
  readonly history: ChatHistory;
  readonly outbox: Outbox;
  readonly now: Now;
  /** 0 keeps messages for ever. */
  readonly retentionDays: number;
}

/** One number of a room: what was said under it, if it can still be told. */
interface Found {
  readonly seq: number;
  readonly said?: Said;
  readonly rev?: number;
  readonly erased: boolean;
  /** Unix milliseconds. */
  readonly expiresAt?: number;
}

const LOOKUPS_AT_ONCE = 10;

/**
 * What was said under the numbers from one to another, both included: exactly one push for each, ascending, or a
 * tombstone that says why there is none. Read from the archive and, where that lacks a number, from the outbox; every
 * number up to the room's head must be in one of them, unless it has expired.
 */
export async function recall(
  room: Room,
  from: number,
  to: number,
  ports: RecallPorts,
): Promise<NumberedPush[]> {
  if (to < from) return [];
  const found = await findAll(room.roomId, from, to, ports);
  const retention = retentionOf(room, ports.retentionDays);
  const isExpired = ({ said, expiresAt = Infinity }: Found) =>
    said !== undefined && Math.min(expiresAt, expiryOf(said, retention) ?? Infinity) <= ports.now();

  // Expiry goes from the oldest on, so what is gone without a trace can have expired only where nothing before it lives.
  let lives = retention === undefined || (await livesBefore(room, found, isExpired, ports));
  return found.map((one): NumberedPush => {
    const expired = isExpired(one);
    lives ||= one.said !== undefined && !expired;
    if (one.erased) return tombstone(room, one.seq, 'deleted');
    if (expired) return tombstone(room, one.seq, 'expired');
    if (one.said === undefined) return tombstone(room, one.seq, lives ? 'missing' : 'expired');
    // The room's present epoch: after a restore, what survived of it belongs to the numbering that goes on.
    const push = { ...pushOf(one.said), epoch: room.epoch };
    return push.type === 'message' && one.rev !== undefined ? { ...push, rev: one.rev } : push;
  });
}

function tombstone(room: Room, seq: number, reason: Tombstone['reason']): Tombstone {
  const { roomId, epoch } = room;
  const messageId = messageIdOf(roomId, seq);
  return { type: 'tombstone', room: room.name, roomId, seq, epoch, messageId, reason };
}

/** Whether the message before these has not expired; asked only where the first of them is gone. */
async function livesBefore(
  { roomId }: Room,
  [first]: readonly Found[],
  isExpired: (one: Found) => boolean,
  ports: RecallPorts,
): Promise<boolean> {
  if (first === undefined || first.said !== undefined || first.seq === 1) return false;
  const [before] = await findAll(roomId, first.seq - 1, first.seq - 1, ports);
  return before?.said !== undefined && !isExpired(before);
}

async function findAll(roomId: string, from: number, to: number, ports: RecallPorts): Promise<Found[]> {
  const rows = new Map((await ports.history.range(roomId, from, to)).map((row) => [row.seq, row]));
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const lacking = numbers.filter((seq) => rows.get(seq)?.said === undefined);
  const [first, last] = [lacking[0], lacking.at(-1)];
  if (first === undefined || last === undefined) return numbers.map((seq) => merge(seq, rows.get(seq)));
  // Read second: a message leaves the outbox long after it was archived.
  const entries = new Map((await ports.outbox.range(roomId, first, last)).map((entry) => [entry.seq, entry]));
  const found = numbers.map((seq) => merge(seq, rows.get(seq), entries.get(seq)));
  const erased = await erasedAmong(roomId, found, rows, ports.history);
  return found.map((one) =>
    erased.has(one.seq) || erased.has(editedBy(one) ?? 0) ? { ...one, erased: true } : one,
  );
}

/**
 * The numbers that a deletion among these is about, and those of erased messages that an edit among these is about:
 * what comes out of the outbox must not tell what the archive has forgotten, or is about to.
 */
async function erasedAmong(
  roomId: string,
  found: readonly Found[],
  rows: ReadonlyMap<number, HistoryRow>,
  history: ChatHistory,
): Promise<ReadonlySet<number>> {
  const erased = new Set(found.flatMap(({ said }) => (said?.kind === 'delete' ? (said.ref ?? []) : [])));
  const edited = new Set(found.flatMap((one) => (rows.has(one.seq) ? [] : (editedBy(one) ?? []))));
  await sideBySide([...edited], LOOKUPS_AT_ONCE, async (seq) => {
    const row = rows.get(seq) ?? (await history.range(roomId, seq, seq))[0];
    if (row?.erased === true) erased.add(seq);
  });
  return erased;
}

/** The number of the message that this is an edit of. */
function editedBy({ said }: Found): number | undefined {
  return said?.kind === 'edit' ? said.ref : undefined;
}

/** A number as the archive has it, or as the outbox does with what the archive has noted of it already. */
function merge(seq: number, row: HistoryRow | undefined, entry?: Message): Found {
  const { said = entry, text = entry?.text, rev, erased = false, expiresAt } = row ?? {};
  return {
    seq,
    ...(said === undefined || text === undefined ? {} : { said: { ...said, text } }),
    ...(rev === undefined ? {} : { rev }),
    erased,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
