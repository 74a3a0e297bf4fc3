import { ClientError } from './errors';
import { channelId } from './ids';

export interface Room {
  readonly roomId: string;
  readonly name: string;
  /** Random, set when the room is created. Positions of another epoch mean nothing in this one. */
  readonly epoch: string;
  /** No lower than the highest number that has been given a row with an expiry. 0 in a new room. */
  readonly head: number;
}

const MAX_NAME_LENGTH = 64;

/**
 * A channel's name as it is compared and shown: Unicode NFC, lower case, runs of white space as one space.
 * Throws ClientError `bad_request` for an empty name, one over 64 characters, or one with control or
 * direction-changing characters (they would let a name pose as another).
 */
export function normalizeRoomName(name: string, pointer = '/room'): string {
  const normalized = name.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
  if (normalized.length === 0 || normalized.length > MAX_NAME_LENGTH) {
    throw new ClientError('bad_request', `A room name has 1 to ${MAX_NAME_LENGTH} characters.`, pointer);
  }
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(normalized)) {
    throw new ClientError('bad_request', 'A room name has no control characters.', pointer);
  }
  return normalized;
}

/** The room that a client means by a name or an id. */
export function roomIdOf(nameOrId: string, pointer?: string): string {
  return /^r_[0-9a-z]{14}$/.test(nameOrId) ? nameOrId : channelId(normalizeRoomName(nameOrId, pointer));
}
