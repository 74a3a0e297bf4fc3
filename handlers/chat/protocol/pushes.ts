import * as z from 'zod/mini';

/** What every push about a room holds. */
const inRoom = { room: z.string(), roomId: z.string() };
const timestamp = z.iso.datetime();

/** What numbered messages of every kind hold: clients order and dedupe by it. */
const numbered = {
  ...inRoom,
  seq: z.int(),
  epoch: z.string(),
  messageId: z.string(),
  clientMessageId: z.optional(z.string()),
  senderId: z.string(),
  sender: z.string(),
  timestamp,
};

export const messagePush = z.object({
  type: z.literal('message'),
  ...numbered,
  message: z.string(),
  /** The number of the last edit that is folded into it; only in history. */
  rev: z.optional(z.int()),
});
/** `ref` is the messageId of what was edited; `message` is the new text. */
export const editedPush = z.object({
  type: z.literal('edited'),
  ...numbered,
  ref: z.string(),
  message: z.string(),
});
export const deletedPush = z.object({ type: z.literal('deleted'), ...numbered, ref: z.string() });
/**
 * In replies to `history` and `resume` alone: a number has been given, and what was said under it can not be told.
 * `resume` gives them for deleted messages only; for the others it says `recovered:false`.
 */
export const tombstone = z.object({
  type: z.literal('tombstone'),
  ...inRoom,
  seq: z.int(),
  epoch: z.string(),
  messageId: z.string(),
  reason: z.enum(['deleted', 'expired', 'missing']),
});

const MESSAGES = [messagePush, editedPush, deletedPush] as const;
export const numberedPush = z.discriminatedUnion('type', [...MESSAGES, tombstone]);
export type NumberedPush = z.infer<typeof numberedPush>;
export type MessagePush = z.infer<typeof messagePush>;
export type EditedPush = z.infer<typeof editedPush>;
export type DeletedPush = z.infer<typeof deletedPush>;
export type Tombstone = z.infer<typeof tombstone>;

const aboutSomebody = { ...inRoom, userId: z.string(), name: z.string(), timestamp };

/** `text` reads as the tutorials have it: `George has joined the chat`. */
export const joinedPush = z.object({ type: z.literal('joined'), ...aboutSomebody, text: z.string() });
export const leftPush = z.object({ type: z.literal('left'), ...aboutSomebody, text: z.string() });
export const renamedPush = z.object({ type: z.literal('renamed'), ...aboutSomebody, text: z.string() });
export const typingPush = z.object({ type: z.literal('typing'), ...aboutSomebody });
/** Up to where people have a room, and have read it. */
export const receipts = z.array(z.object({ userId: z.string(), receivedSeq: z.int(), readSeq: z.int() }));
/** Whose cursors moved lately; cumulative, so a lost push costs nothing. */
export const receiptsPush = z.object({ type: z.literal('receipts'), ...inRoom, receipts });

/**
 * To all devices of one person. `waiting` goes to the hosts and is about who waits, `invited` is about who invites; the
 * others are about oneself.
 */
export const invitedPush = z.object({ type: z.literal('invited'), ...aboutSomebody });
export const waitingPush = z.object({ type: z.literal('waiting'), ...aboutSomebody });
export const admittedPush = z.object({
  type: z.literal('admitted'),
  ...aboutSomebody,
  epoch: z.string(),
  seq: z.int(),
});
export const refusedPush = z.object({ type: z.literal('refused'), ...aboutSomebody });
export const removedPush = z.object({
  type: z.literal('removed'),
  ...aboutSomebody,
  reason: z.enum(['removed', 'banned', 'room_closed']),
});

export const signalPush = z.object({
  type: z.literal('signal'),
  userId: z.string(),
  name: z.string(),
  connectionId: z.string(),
  data: z.unknown(),
});
export type SignalPush = z.infer<typeof signalPush>;

/** The server is about to close the connection, or does not know it any more. */
export const byePush = z.object({
  type: z.literal('bye'),
  code: z.int(),
  name: z.string(),
  reconnect: z.boolean(),
  /** Wait a random time in this range of milliseconds, so that not all clients come back at once. */
  afterMs: z.tuple([z.int(), z.int()]),
});
export type Bye = z.infer<typeof byePush>;

/** What is said without being kept. */
const NOTICES = [
  joinedPush,
  leftPush,
  renamedPush,
  typingPush,
  receiptsPush,
  invitedPush,
  waitingPush,
  admittedPush,
  refusedPush,
  removedPush,
] as const;
export const noticePush = z.discriminatedUnion('type', NOTICES);
export type NoticePush = z.infer<typeof noticePush>;

export const push = z.discriminatedUnion('type', [...MESSAGES, ...NOTICES, signalPush, byePush]);
export type Push = z.infer<typeof push>;
