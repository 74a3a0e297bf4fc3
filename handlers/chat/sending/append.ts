import { ClientError } from '../errors';
import { DUE_AFTER } from '../fan-out/leases';
import type { HeadHints } from './hints';
import type { Message, MessageDraft } from '../messages';
import type { Now } from '../ports';
import type { Outbox } from '../storage/messages';

/** A room is contended when its number was taken this often; the sender is told to try again instead. */
const APPEND_BUDGET = 3000;
/** Whoever lost a number waits up to this long, in milliseconds, so that not all try for the next one at once. */
const PAUSE = 20;
/** The pause shrinks with the time waited and is none after this long, so that those who wait longest go first. */
const PAUSES_FOR = 500;
/** A process that waited longer than this for a number, in milliseconds, stands back before its next one. */
const CONTENDED_AFTER = 600;
const STANDS_BACK = 200;
/** What a sender is told to wait who got no number, in milliseconds. */
const RETRY_AFTER = 1000;

/**
 * Gives a message the room's next number and keeps it: puts number head + 1 on condition that it is free, and while
 * it is taken, the one after the room's last. A number is put only when the one before exists, so there is no gap
 * and no double without any transaction or counter.
 *
 * It asks for the last number instead of stepping on by one: whoever has just won a number knows the next one first,
 * so a caller that only steps never catches up with a busy sender (20 callers at 5 to 15 ms a write: 1 to 5 % gave
 * up; asking, none, and the longest took 0.6 s). The pause spares a third of the writes. Where a number takes so long
 * that 20 callers fill the 3 s, chance alone would let some wait for all of them: hence who came last waits longest.
 *
 * @param head a number that is certainly in use, or 0: nothing above it may be skipped
 * @returns the kept message
 * @throws ClientError `busy` (temporary) when no number could be had within 3 s
 */
export async function append(
  draft: MessageDraft,
  head: number,
  ports: { outbox: Outbox; hints: HeadHints; now: Now },
): Promise<Message> {
  const { roomId } = draft;
  const began = performance.now();
  const waited = () => performance.now() - began;
  let seq = head + 1;
  if (ports.hints.isContended(roomId, ports.now())) {
    await pause(Math.random() * STANDS_BACK);
    seq = Math.max(head, await ports.outbox.lastSeq(roomId)) + 1;
  }
  do {
    const message = { ...draft, seq };
    if ((await keep(message, ports)) === 'appended') return message;
    if (waited() > CONTENDED_AFTER) ports.hints.noteContended(roomId, ports.now());
    await pause(Math.random() * PAUSE * Math.max(0, 1 - waited() / PAUSES_FOR));
    // The row in the way may have expired and gone since, so the last number can be below it.
    seq = Math.max(seq, await ports.outbox.lastSeq(roomId)) + 1;
  } while (waited() < APPEND_BUDGET);
  throw new ClientError('busy', 'Too many messages at once in this room; try again.', undefined, {
    retryAfterMs: RETRY_AFTER,
  });
}

/**
 * Keeps a message only if the room's last number is `last`: tries the number after it alone, whoever has that.
 * @param head a number that is certainly in use, read just now
 * @throws ClientError `conflict` when the room is at another number
 */
export async function appendAfter(
  last: number,
  draft: MessageDraft,
  head: number,
  ports: { outbox: Outbox; hints: HeadHints; now: Now },
): Promise<Message> {
  const message = { ...draft, seq: last + 1 };
  if (head !== last || (await keep(message, ports)) === 'taken') {
    throw new ClientError('conflict', 'The room is at another number.', '/ifSeq');
  }
  return message;
}

async function keep(
  message: Message,
  { outbox, hints, now }: { outbox: Outbox; hints: HeadHints; now: Now },
): Promise<'appended' | 'taken'> {
  const outcome = await outbox.append(message, message.acceptedAt + DUE_AFTER);
  if (outcome === 'appended') hints.set(message.roomId, message.seq, now());
  return outcome;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
