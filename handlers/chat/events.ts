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

export const messageAccepted = z.object({
  messageId: z.string(),
  roomId: z.string(),
  seq: z.int(),
  attempt: z.int(),
});
export type MessageAccepted = z.infer<typeof messageAccepted>;

export type ChatEvent =
  | { readonly type: typeof MESSAGE_ACCEPTED; readonly detail: MessageAccepted }
  | { readonly type: typeof FAN_OUT_PARKED; readonly detail: MessageAccepted };
