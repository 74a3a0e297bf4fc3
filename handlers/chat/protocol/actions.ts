import { SEND_ACTIONS } from './sending';

/** Every action there is. The routes in `wiring.ts` are among these; what has no route comes in by `$default`. */
export const ACTIONS = [
  ...SEND_ACTIONS,
  'sendPrivate',
  'editMessage',
  'deleteMessage',
  'createRoom',
  'joinRoom',
  'leaveRoom',
  'members',
  'rooms',
  'createMeeting',
  'joinMeeting',
  'admit',
  'refuse',
  'remove',
  'ban',
  'unban',
  'setRole',
  'closeRoom',
  'revokeCode',
  'hello',
  'ping',
  'refresh',
  'setName',
  'typing',
  'receipt',
  'signal',
  'history',
  'resume',
] as const;

/** No action is half as long, so more than this of what came is not worth comparing. */
const COMPARED_LENGTH = 32;

/**
 * The action that somebody most likely meant: one that begins with what they gave or the other way round, else the
 * one with the fewest letters to change, add or leave out (Levenshtein 1966). Upper and lower case are the same.
 */
export function nearestAction(given: string): (typeof ACTIONS)[number] {
  const meant = given.slice(0, COMPARED_LENGTH).toLowerCase();
  const distance = (action: string) => {
    const known = action.toLowerCase();
    const begins = meant.length > 1 && (known.startsWith(meant) || meant.startsWith(known));
    return begins ? 0 : lettersBetween(meant, known);
  };
  let nearest: (typeof ACTIONS)[number] = ACTIONS[0];
  for (const action of ACTIONS) if (distance(action) < distance(nearest)) nearest = action;
  return nearest;
}

/** Row by row through the table of distances between the beginnings of both words. */
function lettersBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const letter of one) {
    const next = [(row[0] ?? 0) + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const same = letter === other[column - 1] ? 0 : 1;
      const [left = 0, above = 0, diagonal = 0] = [next[column - 1], row[column], row[column - 1]];
      next.push(Math.min(left + 1, above + 1, diagonal + same));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
