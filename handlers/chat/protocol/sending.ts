import * as z from 'zod/mini';
import { messageReference, position, roomFields, userReference } from './fields';
import { envelope } from './frame';

/** Every spelling of "post this text" that the AWS samples and tutorials use. */
export const SEND_ACTIONS = ['sendMessage', 'sendPublic', 'onMessage', 'default', 'sendmessage'] as const;

/** Chosen by the client, so that sending again is safe: the same id gives the first reply again. */
const clientMessageId = z.optional(z.string().check(z.minLength(1), z.maxLength(64)));
const text = { message: z.optional(z.string()), data: z.optional(z.string()) };

export const sendMessage = z.object({
  ...envelope,
  ...roomFields,
  ...text,
  clientMessageId,
  /** Whether the sending socket wants the push as well. */
  echo: z.optional(z.boolean()),
  /** Send only if the room's last number is this one. */
  ifSeq: z.optional(position),
});

export const sendPrivate = z.object({
  ...envelope,
  ...text,
  to: userReference,
  clientMessageId,
  echo: z.optional(z.boolean()),
});

export const editMessage = z.object({
  ...envelope,
  ...text,
  messageId: messageReference,
  clientMessageId,
});

export const deleteMessage = z.object({ ...envelope, messageId: messageReference, clientMessageId });

/** The tutorial's keep-alive: `{"action":"send","data":"ping"}`. */
export const keepAlive = z.object({ ...envelope, data: z.literal('ping') });
