import { CommandError } from './errors';
import type { UnsentEntry } from './unsent-store';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** A message that could not be sent for so long is nobody's news any more: the person is asked. */
const OLDEST_MS = 6 * DAY_MS;
/** The server knows a clientMessageId for 7 days after it came; an hour less, for the last try and clocks that go wrong. */
const KNOWN_MS = 7 * DAY_MS - HOUR_MS;

/** Whether it is not to be tried any more unless the person says so. */
export function isTooOld({ queuedAt, triedAt = Infinity }: UnsentEntry, now: number): boolean {
  return now > Math.min(queuedAt + OLDEST_MS, triedAt + KNOWN_MS);
}

/** Whether the server may have it and would no longer know, so that it would be there twice. */
export function couldBeDoubled({ triedAt = Infinity }: UnsentEntry, now: number): boolean {
  return now > triedAt + KNOWN_MS;
}

export function gaveUp({ triedAt }: UnsentEntry): CommandError {
  const message =
    triedAt === undefined ? 'It could not be sent within six days.' : 'No answer came within six days.';
  return new CommandError('expired', message, false);
}

export function mightBeThere(): CommandError {
  return new CommandError(
    'doubtful',
    'It may have arrived a week ago or more, and would be there twice: look for it before you try again.',
    false,
  );
}
