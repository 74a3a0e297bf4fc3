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

/** A connection of a person has entered a room. */
export const MEMBER_JOINED = 'MemberJoined';
/** A person goes by another name now. Said once for each room that they are in. */
export const MEMBER_RENAMED = 'MemberRenamed';
/** A person is typing in a room. */
export const MEMBER_TYPING = 'MemberTyping';
/** Somebody's cursors moved; said once for all that move within the second after it. */
export const RECEIPTS_GIVEN = 'ReceiptsGiven';
/** Something about a room that one person must hear of, on all devices. */
export const PERSON_NOTIFIED = 'PersonNotified';

/** A person may not go on: signed out everywhere, banned, or erased. Their connections are closed. */
export const ACCESS_REVOKED = 'AccessRevoked';

export const messageAccepted = z.object({
  messageId: z.string(),
  roomId: z.string(),
  seq: z.int(),
  attempt: z.int(),
});
export type MessageAccepted = z.infer<typeof messageAccepted>;

export const memberJoined = z.object({
  roomId: z.string(),
  userId: z.string(),
  connectionId: z.string(),
});
export type MemberJoined = z.infer<typeof memberJoined>;

export const memberTyping = memberJoined;
export const memberLeft = z.extend(memberJoined, {
  /** There where nobody in the room had been told of the person: then nobody is told of this either. */
  unannounced: z.optional(z.literal(true)),
});
export type MemberLeft = z.infer<typeof memberLeft>;
export const memberRenamed = z.object({ roomId: z.string(), userId: z.string() });
export const receiptsGiven = z.object({ roomId: z.string() });
export const personNotified = z.object({
  /** Who hears it. */
  userId: z.string(),
  notice: z.enum(['invited', 'waiting', 'admitted', 'refused', 'removed', 'banned', 'room_closed']),
  roomId: z.string(),
  /** Whom it is about. */
  aboutUserId: z.string(),
});
export const accessRevoked = z.object({
  userId: z.string(),
  reason: z.enum(['signed_out', 'banned', 'erased']),
});
export type AccessRevoked = z.infer<typeof accessRevoked>;
export type MemberRenamed = z.infer<typeof memberRenamed>;
export type ReceiptsGiven = z.infer<typeof receiptsGiven>;
export type PersonNotified = z.infer<typeof personNotified>;

/** Events that end in a push without a number: nothing of them is kept, and a lost one is not made up for. */
export const notice = z.discriminatedUnion('type', [
  z.object({ type: z.literal(MEMBER_JOINED), detail: memberJoined }),
  z.object({ type: z.literal(MEMBER_LEFT), detail: memberLeft }),
  z.object({ type: z.literal(MEMBER_RENAMED), detail: memberRenamed }),
  z.object({ type: z.literal(MEMBER_TYPING), detail: memberTyping }),
  z.object({ type: z.literal(RECEIPTS_GIVEN), detail: receiptsGiven }),
  z.object({ type: z.literal(PERSON_NOTIFIED), detail: personNotified }),
]);
export type Notice = Readonly<z.infer<typeof notice>>;
export const NOTICES = [
  MEMBER_JOINED,
  MEMBER_LEFT,
  MEMBER_RENAMED,
  MEMBER_TYPING,
  RECEIPTS_GIVEN,
  PERSON_NOTIFIED,
] as const satisfies readonly Notice['type'][];

export type ChatEvent =
  | { readonly type: typeof MESSAGE_ACCEPTED; readonly detail: MessageAccepted }
  | { readonly type: typeof FAN_OUT_PARKED; readonly detail: MessageAccepted }
  | { readonly type: typeof ACCESS_REVOKED; readonly detail: AccessRevoked }
  | Notice;
