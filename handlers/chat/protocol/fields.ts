import * as z from 'zod/mini';
import { ClientError } from '../errors';

/** A room's name or id; `fieldsOfRoom` are the three spellings in which a frame may give it. */
export const roomReference = z.string().check(z.minLength(1), z.maxLength(256));
export const userReference = z.string().check(z.minLength(1), z.maxLength(256));
export const messageReference = z.string().check(z.minLength(1), z.maxLength(64));
/** A message's number in its room, or 0 for "before the first". */
export const position = z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));

export const roomFields = {
  room: z.optional(roomReference),
  roomId: z.optional(roomReference),
  chatRoomId: z.optional(roomReference),
};

/** A room as a frame named it, and the field that it stood in. */
export interface NamedRoom {
  readonly value: string;
  readonly pointer: string;
}

/** The room that a frame names, if it names one: `roomId` before `room` before `chatRoomId`. */
export function namedRoom(fields: {
  room?: string | undefined;
  roomId?: string | undefined;
  chatRoomId?: string | undefined;
}): NamedRoom | undefined {
  for (const name of ['roomId', 'room', 'chatRoomId'] as const) {
    const value = fields[name];
    if (value !== undefined) return { value, pointer: `/${name}` };
  }
  return undefined;
}

/**
 * Checks a text that others will see: not empty, whole characters, at most `maxBytes` of UTF-8.
 * Throws ClientError `bad_request` or `too_large` naming the field.
 */
export function checkText(text: string, pointer: string, maxBytes: number): void {
  if (text === '') {
    throw new ClientError('bad_request', `The field ${pointer} must hold the text to send.`, pointer);
  }
  if (/\p{Cs}/u.test(text)) {
    throw new ClientError(
      'bad_request',
      `The text of ${pointer} holds half a character (a lone surrogate).`,
      pointer,
    );
  }
  if (Buffer.byteLength(text) > maxBytes) {
    throw new ClientError('too_large', `A text has at most ${maxBytes} bytes of UTF-8.`, pointer);
  }
}
