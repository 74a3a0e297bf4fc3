import { createHash, randomBytes } from 'node:crypto';

/** Ids are short because every stored row, event and frame carries several. 16 characters each. */
const ID_LENGTH = 16;
/** Crockford's base 32 in lower case: no i, l, o, u, so an id survives being read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function encode(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => ALPHABET[byte & 31]).join('');
}

/** A random id such as `u_7m3k…`: 14 characters of 5 random bits after the prefix. */
export function newId(prefix: 'u' | 'e' | 'a'): string {
  return `${prefix}_${encode(randomBytes(ID_LENGTH), ID_LENGTH - 2)}`;
}

/** The id of a named channel: a hash of its normalized name, so that no look-up is needed to find it. */
export function channelId(normalizedName: string): string {
  return `r_${encode(createHash('sha256').update(normalizedName).digest(), ID_LENGTH - 2)}`;
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

/** First half of a slot: where a person stands in a partition's hash order, as 16 hex digits (64 bits). */
export function placeOf(partition: string, userId: string): string {
  return hash16(partition, userId);
}

/**
 * A connection's place in a partition of the audience: 16 hex digits of H(partition, user), then 16 of
 * H(connection). All devices of a person are neighbours, and the order differs from room to room, so no
 * person always comes last.
 */
export function slotOf(partition: string, userId: string, connectionId: string): string {
  return placeOf(partition, userId) + hash16(connectionId);
}

/** The audience partition with all connections of one person. */
export function personalPartition(userId: string): string {
  return `@${userId}`;
}
