import { createHash } from 'node:crypto';
import { ClientError } from '../errors';
import type { Message } from '../messages';
import type { Dedupe } from '../storage/messages';

/** A sender's claim on a `clientMessageId`. */
export interface Reservation {
  /** `senderId#`, then a hash of the `clientMessageId`; see `sentKey`. */
  readonly sent: string;
  /** A hash of what was sent: the same id with something else is a mistake. */
  readonly body: string;
  /** The room that the message goes to. Where there is none, there was none to keep it in. */
  readonly roomId: string | undefined;
  /** Which invocation reserved it. */
  readonly by: string;
  /** Unix milliseconds, by the clock that also says when the message was accepted. */
  readonly at: number;
}

/** What of a message its sender is told. The room's name is read anew: names are kept in few tables. */
export type Numbered = Pick<Message, 'roomId' | 'seq' | 'epoch' | 'acceptedAt'>;

export interface Reserved extends Reservation {
  readonly reply?: Numbered | undefined;
}

/** How long an id is remembered, in milliseconds. Clients keep what they could not send for 6 days at most. */
export const REMEMBERED = 7 * 24 * 60 * 60 * 1000;
/** The function that accepts messages has 10 s: a reservation that is older and unfinished has nobody at work. */
export const ABANDONED_AFTER = 15_000;
/** Whoever is told to wait waits as long again as the first has had, at least so many milliseconds. */
const SHORTEST_WAIT = 250;

/**
 * Where it is kept what a client's id was used for. By its hash, because the id is any text that a client makes up, and
 * keys get where no text may: an erasure's payloads and logs name the key at which a page of its scan ended.
 */
export function sentKey(senderId: string, clientMessageId: string): string {
  const own = sentBy(senderId);
  return own + createHash('sha256').update(own).update(clientMessageId).digest('base64url');
}

/** How the keys of all that somebody sent begin, and nobody else's. */
export function sentBy(senderId: string): string {
  return `${senderId}#`;
}

/** What two frames have in common that mean the same message: kind, where to as it was given, text. */
export function bodyHash(parts: readonly (string | undefined)[]): string {
  return createHash('sha256')
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest('base64url');
}

/**
 * Reserves an id for a message that is about to be sent, or finds what it was used for.
 *
 * Who reserved and died may have kept the message or not, so nothing is sent while that invocation can still live;
 * after that the message is looked for, and only where there is none the id is taken over. Hence one message, and one
 * number in every reply, wherever an invocation ends.
 *
 * @param find looks for a message that was kept under this reservation
 * @returns the first message's number, or undefined: then the reservation is made, and is to be finished or released
 * @throws ClientError `conflict` for an id that was used for something else, `busy` while another is at work
 */
export async function reserveOrFind(
  reservation: Reservation,
  dedupe: Dedupe,
  find: (reserved: Reserved) => Promise<Numbered | undefined>,
): Promise<Numbered | undefined> {
  const found = await dedupe.reserve(reservation);
  if (found === 'reserved') return undefined;
  if (found.body !== reservation.body) {
    throw new ClientError('conflict', 'This id was used for another message.', '/clientMessageId');
  }
  if (found.reply !== undefined) return found.reply;

  const age = reservation.at - found.at;
  if (age < ABANDONED_AFTER) throw beingSent(Math.min(ABANDONED_AFTER - age, Math.max(SHORTEST_WAIT, age)));
  const kept = await find(found);
  if (kept !== undefined) {
    await dedupe.finish(found, kept);
    return kept;
  }
  if (await dedupe.takeOver(found, reservation)) return undefined;
  throw beingSent(SHORTEST_WAIT);
}

function beingSent(retryAfterMs: number): ClientError {
  return new ClientError('busy', 'A message with this id is being sent; try again.', undefined, {
    retryAfterMs,
  });
}
