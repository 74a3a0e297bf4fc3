import { createHash, createHmac, randomBytes } from 'node:crypto';

/** Ids are short because every stored row, event and frame carries several. 16 characters each. */
const ID_LENGTH = 16;
/** Crockford's base 32 in lower case: no i, l, o, u, so an id survives being read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function encode(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => ALPHABET[byte & 31]).join('');
}

/** A random id such as `g_7m3k…`: 14 characters of 5 random bits after the prefix. `r` is a room, `m` a meeting. */
export function newId(prefix: 'u' | 'g' | 'e' | 'a' | 'r' | 'm'): string {
  return `${prefix}_${encode(randomBytes(ID_LENGTH), ID_LENGTH - 2)}`;
}

/** The id of a named channel: a hash of its normalized name, so that no look-up is needed to find it. */
export function channelId(normalizedName: string): string {
  return `r_${encode(createHash('sha256').update(normalizedName).digest(), ID_LENGTH - 2)}`;
}

/** The id of the direct room of two people, the same whoever of them asks. */
export function directRoomId(one: string, other: string): string {
  const pair = [one, other].sort().join('\u0000');
  return `d_${encode(createHash('sha256').update(pair).digest(), ID_LENGTH - 2)}`;
}

/** Whether this is an id of a person: `u_…` of one with a credential, `g_…` of a guest. */
export function isUserId(text: string): boolean {
  return /^[ug]_[0-9a-z]{14}$/.test(text);
}

/**
 * The id of a guest who keeps an identity with a secret of their own. Ids of guests begin as no others do, because
 * wherever an id is shown nothing else may tell a guest from somebody of the same name.
 */
export function guestId(secret: string): string {
  return `g_${encode(createHash('sha256').update(`guest\u0000${secret}`).digest(), ID_LENGTH - 2)}`;
}

export function isGuestId(userId: string): boolean {
  return userId.startsWith('g_');
}

/** The id of somebody who is signed in: an issuer's `sub` is unique there and is never given to another person. */
export function signedInId(issuer: string, sub: string): string {
  return `u_${encode(createHash('sha256').update(`user\u0000${issuer}\u0000${sub}`).digest(), ID_LENGTH - 2)}`;
}

/** The id of a server that connects with AWS credentials, by the ARN of who it acts as. */
export function serverId(arn: string): string {
  return `u_${encode(createHash('sha256').update(`server\u0000${arn}`).digest(), ID_LENGTH - 2)}`;
}

/** What somebody can connect with once: 32 random bytes as 43 characters that a query and a header take as they are. */
export function newTicket(): string {
  return randomBytes(32).toString('base64url');
}

/** Under what a ticket is stored. A plain hash is enough, because nobody can try 2^256 tickets. */
export function ticketHash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

/** What lets people into a meeting: 16 characters of 5 random bits. It says nothing about the room. */
export function newJoinCode(): string {
  return encode(randomBytes(ID_LENGTH), ID_LENGTH);
}

/** `messageId` is `roomId.seq`: whoever has the id can find the row. */
export function messageIdOf(roomId: string, seq: number): string {
  return `${roomId}.${seq}`;
}

/** The inverse of `messageIdOf`; undefined where the text is no message id. */
export function parseMessageId(messageId: string): { roomId: string; seq: number } | undefined {
  const match = /^([^.]+)\.([1-9]\d{0,14})$/.exec(messageId);
  return match?.[1] === undefined ? undefined : { roomId: match[1], seq: Number(match[2]) };
}

function hash16(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16);
}

/** A person's connections stand at so many places of a partition's hash order. */
const PLACES = 64;

/** First half of a slot: one of a person's places in a partition, as 16 hex digits (64 bits). */
function placeOf(partition: string, userId: string, place: number): string {
  return hash16(partition, userId, String(place));
}

/** The places of a partition at which a person's connections stand, whatever connections these are. */
export function placesOf(partition: string, userId: string): string[] {
  return Array.from({ length: PLACES }, (_, place) => placeOf(partition, userId, place));
}

/**
 * A connection's place in a partition of the audience: 16 hex digits of H(partition, user, which of the person's
 * places), then 16 of H(connection), which say which. The order differs from room to room, so no person always comes
 * last. Devices at one place would widen the error of a planned size by 38 % (60 % of people on one, 25 % on two, 15 %
 * on three), because people would be drawn instead of rows; at 64 places they widen it by 0.7 %, and where somebody
 * can have been still follows from their id.
 */
export function slotOf(partition: string, userId: string, connectionId: string): string {
  const connection = hash16(connectionId);
  return placeOf(partition, userId, Number.parseInt(connection.slice(0, 2), 16) % PLACES) + connection;
}

/** The audience partition with all connections of one person. */
export function personalPartition(userId: string): string {
  return `@${userId}`;
}

export function isPersonalPartition(partition: string): boolean {
  return partition.startsWith('@');
}

/** Under what a person's messages are counted. */
export function messagesOf(userId: string): string {
  return `user.${userId}`;
}

/** Under what a person's other commands are counted. */
export function commandsOf(userId: string): string {
  return `user.${userId}.commands`;
}

/** Under what the direct rooms are counted that guests begin with a person. */
export function openedByGuests(userId: string): string {
  return `user.${userId}.opened`;
}

/** Under what a person's connects are counted. */
export function connectsOf(userId: string): string {
  return `user.${userId}.connects`;
}

/**
 * An IP address, or a network of them, as it is kept: by its hash. There are so few addresses that all can be tried, so
 * the hash is one with a key, which is in no table and no backup.
 */
export function addressHash(address: string, key: string): string {
  return createHmac('sha256', key).update(address).digest('hex').slice(0, 16);
}
