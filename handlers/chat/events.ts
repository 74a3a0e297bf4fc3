import * as z from 'zod/mini';

/**
 * The facts that Parley puts on its bus: past tense, ids only, never text or names.
 * Publisher, rule, workflow, test and documents use these objects.
 */
export const EVENT_SOURCE = 'parley';

/** A message has its number and is kept; its fan-out may start. `attempt` counts the claims made so far. */
export const MESSAGE_ACCEPTED = 'MessageAccepted';
/** A fan-out was given up after the last try; the message is kept in the outbox without expiry. */
export const FAN_OUT_PARKED = 'FanOutParked';

/**
 * A connection of a person is over and no longer in the room. Said by the one call that removed it, for each of its
 * rooms; the person may still be there on another device. When it can be missing: `endConnections` in leaving.ts.
 */
export const MEMBER_LEFT = 'MemberLeft';

export const messageAccepted = z.object({
  messageId: z.string(),
  roomId: z.string(),
  seq: z.int(),
  attempt: z.int(),
});
export type MessageAccepted = z.infer<typeof messageAccepted>;

export const memberLeft = z.object({
  roomId: z.string(),
  userId: z.string(),
  connectionId: z.string(),
});
export type MemberLeft = z.infer<typeof memberLeft>;

export type ChatEvent =
  | { readonly type: typeof MESSAGE_ACCEPTED; readonly detail: MessageAccepted }
  | { readonly type: typeof FAN_OUT_PARKED; readonly detail: MessageAccepted }
  | { readonly type: typeof MEMBER_LEFT; readonly detail: MemberLeft };
