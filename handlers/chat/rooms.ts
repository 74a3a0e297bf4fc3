import { ClientError } from './errors';
import { channelId, personalPartition } from './ids';

export type RoomKind = 'channel' | 'direct' | 'meeting';

export interface Room {
  readonly roomId: string;
  readonly kind: RoomKind;
  /** What frames call it. A direct room has no name of its own: it goes by its id. */
  readonly name: string;
  /** Random, set when the room is created. Positions of another epoch mean nothing in this one. */
  readonly epoch: string;
  /** No lower than the highest number that has been given a row with an expiry. 0 in a new room. */
  readonly head: number;
  /** Who created it; nobody, where it came into being by being joined. */
  readonly owner?: string | undefined;
  /** Of a direct room: the two, or twice the same one. Its audience is their personal partitions. */
  readonly people?: readonly [string, string] | undefined;
  /** Where set: messages are kept so long, in seconds, whatever the deployment's setting says. */
  readonly retentionSeconds?: number | undefined;
  /** Unix milliseconds. A closed room can be read and not written. Rooms are never deleted. */
  readonly closedAt?: number | undefined;
  readonly meeting?: Meeting | undefined;
}

export interface Meeting {
  readonly media: 'chat' | 'video';
  /** Whether the hosts are asked about everybody who wants to join. */
  readonly approval: boolean;
  /** What lets people in; absent once it is revoked. */
  readonly code?: string | undefined;
  /** What the creator said of themselves; given back to the creator only. */
  readonly userName?: string | undefined;
  readonly email?: string | undefined;
}

/** The partitions of the audience in which those stand who hear what happens in a room. */
export function partitionsOf({ roomId, people }: Room): string[] {
  return people === undefined ? [roomId] : [...new Set(people)].map(personalPartition);
}

const MAX_NAME_LENGTH = 64;

/**
 * A channel's name as it is compared and shown: a presentable one in lower case.
 * @throws ClientError as `presentableRoomName`
 */
export function normalizeRoomName(name: string, pointer = '/room'): string {
  return presentableRoomName(name.normalize('NFC').toLowerCase(), pointer);
}

/**
 * A room's name as it is shown: Unicode NFC, runs of white space as one space.
 * @throws ClientError `bad_request` for an empty name, one over 64 characters, or one with control or
 * direction-changing characters (they would let a name pose as another)
 */
export function presentableRoomName(name: string, pointer: string): string {
  const presentable = name.normalize('NFC').trim().replace(/\s+/g, ' ');
  if (presentable.length === 0 || presentable.length > MAX_NAME_LENGTH) {
    throw new ClientError('bad_request', `A room name has 1 to ${MAX_NAME_LENGTH} characters.`, pointer);
  }
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(presentable)) {
    throw new ClientError('bad_request', 'A room name has no control characters.', pointer);
  }
  return presentable;
}

/** Whether this is an id of a room and so cannot be a channel's name. */
export function isRoomId(nameOrId: string): boolean {
  return /^[rmd]_[0-9a-z]{14}$/.test(nameOrId);
}

/** The room that a client means by a name or an id. */
export function roomIdOf(nameOrId: string, pointer?: string): string {
  return isRoomId(nameOrId) ? nameOrId : channelId(normalizeRoomName(nameOrId, pointer));
}

/** What kind of room has this id. */
export function kindOf(roomId: string): RoomKind {
  if (isDirectRoom(roomId)) return 'direct';
  return roomId.startsWith('m_') ? 'meeting' : 'channel';
}

/** Whether it is a direct room, by its id: its audience is then the personal partitions of the two. */
export function isDirectRoom(roomId: string): boolean {
  return roomId.startsWith('d_');
}

/** What is said of a room that does not exist and of one that somebody is not in: the same, so it tells nothing. */
export function unknownRoom(pointer?: string): ClientError {
  return new ClientError('unknown_room', 'You are in no such room.', pointer);
}
