import * as z from 'zod/mini';
import { commandId } from './frame';
import { numberedPush, receipts } from './pushes';

const answered = { id: z.optional(commandId), ok: z.literal(true) };

export const acceptedReply = z.object({
  ...answered,
  messageId: z.string(),
  room: z.string(),
  roomId: z.string(),
  seq: z.int(),
  epoch: z.string(),
  timestamp: z.iso.datetime(),
  duplicate: z.boolean(),
});

const role = z.enum(['owner', 'moderator', 'member']);
const kind = z.enum(['channel', 'direct', 'meeting']);
const head = z.object({ epoch: z.string(), seq: z.int() });
const person = z.object({ userId: z.string(), name: z.string() });

/** Of lists of rooms: what the next page goes on `after`; null on the last one. */
const next = z.nullable(z.string());

export const pongReply = z.object({
  ...answered,
  pong: z.literal(true),
  rooms: z.record(z.string(), head),
  next,
});

/** A room as one of its members sees it. */
export const roomSummary = z.object({
  roomId: z.string(),
  room: z.string(),
  kind,
  epoch: z.string(),
  seq: z.int(),
  role,
  readSeq: z.int(),
  unread: z.int(),
  /** Of a direct room: the other one, or oneself where one writes to oneself. */
  partner: z.optional(person),
  /** Of a meeting. */
  media: z.optional(z.enum(['chat', 'video'])),
  /** Of a meeting, for its hosts: the join code. */
  group_id: z.optional(z.string()),
});

export const helloReply = z.object({
  ...answered,
  connectionId: z.string(),
  userId: z.string(),
  name: z.string(),
  rooms: z.array(roomSummary),
  next,
  limits: z.object({ textBytes: z.int(), frameBytes: z.int(), pageMessages: z.int() }),
  protocol: z.literal(1),
});

/** How long the connection may go on with this token, in milliseconds. */
export const refreshReply = z.object({ ...answered, expiresInMs: z.int() });

export const nameReply = z.object({ ...answered, userId: z.string(), name: z.string() });

/** Who is here now, by connection leases; exact for rooms up to a page, else estimated. */
const presence = { members: z.array(person), count: z.int(), estimated: z.boolean() };

/** Whatever happens in the room after this reply has a number above `seq` or was pushed. */
export const joinedReply = z.object({
  ...answered,
  roomId: z.string(),
  room: z.string(),
  kind,
  epoch: z.string(),
  seq: z.int(),
  role,
  ...presence,
});
export const membersReply = z.object({
  ...answered,
  roomId: z.string(),
  ...presence,
  next: z.nullable(z.string()),
  /** With `details`, as the push `receipts` would say it: of up to 200 people of the room, of a channel only if they are on the page. */
  receipts: z.optional(receipts),
  /** With `details`, for hosts of a meeting: who asks to be let in. */
  waiting: z.optional(z.array(person)),
});
export const roomsReply = z.object({
  ...answered,
  rooms: z.array(roomSummary),
  next,
});
export const roomReply = z.object({ ...answered, roomId: z.string() });
export const personReply = z.object({ ...answered, roomId: z.string(), userId: z.string() });

export const meetingCreatedReply = z.object({
  ...answered,
  source: z.literal('create'),
  /** The join code. */
  group_id: z.string(),
  group_name: z.string(),
  media: z.enum(['chat', 'video']),
  approval: z.boolean(),
  user_name: z.optional(z.string()),
  email: z.optional(z.string()),
  roomId: z.string(),
  epoch: z.string(),
  seq: z.int(),
});
export const meetingJoinedReply = z.object({
  ...answered,
  source: z.literal('join'),
  /** True while the host has not decided; the rest follows with the push `admitted`. */
  waiting: z.boolean(),
  roomId: z.string(),
  group_name: z.string(),
  media: z.enum(['chat', 'video']),
  connected_users: z.array(person),
  epoch: z.optional(z.string()),
  seq: z.optional(z.int()),
});
export const codeReply = z.object({ ...answered, roomId: z.string(), group_id: z.string() });

export const historyReply = z.object({
  ...answered,
  roomId: z.string(),
  epoch: z.string(),
  /** Ascending by number, without a hole. */
  messages: z.array(numberedPush),
  more: z.boolean(),
});

const UNRECOVERED = ['epoch_changed', 'retention', 'too_far', 'missing', 'not_member'] as const;

export const recoveredRoom = z.object({
  recovered: z.literal(true),
  roomId: z.string(),
  epoch: z.string(),
  /** The position after these messages. */
  seq: z.int(),
  messages: z.array(numberedPush),
  /** There is more above `seq`; `recovered` is final only where this is false. */
  more: z.boolean(),
});
export const unrecoveredRoom = z.object({
  recovered: z.literal(false),
  reason: z.enum(UNRECOVERED),
  /** Where the room stands; absent where it may not be seen. */
  roomId: z.optional(z.string()),
  epoch: z.optional(z.string()),
  seq: z.optional(z.int()),
});
/** By the names or ids that the command gave. */
export const resumeReply = z.object({
  ...answered,
  rooms: z.record(z.string(), z.union([recoveredRoom, unrecoveredRoom])),
});

export const receiptReply = z.object({
  ...answered,
  roomId: z.string(),
  receivedSeq: z.int(),
  readSeq: z.int(),
});
/** To how many connections it went. */
export const signalReply = z.object({ ...answered, posted: z.int() });

export const errorReplySchema = z.object({
  id: z.optional(commandId),
  ok: z.literal(false),
  error: z.object({
    code: z.int(),
    name: z.string(),
    message: z.string(),
    /** Whether trying again can help. */
    temporary: z.boolean(),
    /** JSON pointer of the field at fault. */
    field: z.optional(z.string()),
    retryAfterMs: z.optional(z.int()),
    /** With `ambiguous_recipient`: who fits. */
    candidates: z.optional(z.array(person)),
    /** Finds the request in the logs. */
    traceId: z.string(),
  }),
});

export type AcceptedReply = z.infer<typeof acceptedReply>;
export type JoinedReply = z.infer<typeof joinedReply>;
export type PongReply = z.infer<typeof pongReply>;
export type HelloReply = z.infer<typeof helloReply>;
export type RefreshReply = z.infer<typeof refreshReply>;
export type NameReply = z.infer<typeof nameReply>;
export type MembersReply = z.infer<typeof membersReply>;
export type RoomsReply = z.infer<typeof roomsReply>;
export type RoomReply = z.infer<typeof roomReply>;
export type PersonReply = z.infer<typeof personReply>;
export type MeetingCreatedReply = z.infer<typeof meetingCreatedReply>;
export type MeetingJoinedReply = z.infer<typeof meetingJoinedReply>;
export type CodeReply = z.infer<typeof codeReply>;
export type ReceiptReply = z.infer<typeof receiptReply>;
export type SignalReply = z.infer<typeof signalReply>;
export type RoomSummary = z.infer<typeof roomSummary>;
export type HistoryReply = z.infer<typeof historyReply>;
export type ResumeReply = z.infer<typeof resumeReply>;
export type RecoveredRoom = z.infer<typeof recoveredRoom>;
export type UnrecoveredRoom = z.infer<typeof unrecoveredRoom>;
export type ErrorReply = z.infer<typeof errorReplySchema>;
/** What a command gives; the envelope adds `id` and `ok`. */
export type Answer<Reply> = Omit<Reply, 'id' | 'ok'>;
