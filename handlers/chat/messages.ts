import { messageIdOf } from './ids';
import type { DeletedPush, EditedPush, MessagePush } from './protocol/pushes';

/** Edits and deletions are numbered messages of their own, so that they are kept, delivered and resumed like any other. */
export type MessageKind = 'message' | 'edit' | 'delete';

/** What a sender's words become before they have a number. */
export interface MessageDraft {
  readonly kind: MessageKind;
  /** Of an edit or a deletion: the number of the message that it is about. */
  readonly ref?: number | undefined;
  readonly roomId: string;
  /** The room's name, for frames. */
  readonly room: string;
  readonly epoch: string;
  /** Of an edit: the new text. Of a deletion: empty. */
  readonly text: string;
  /** Chosen by the client, so that sending again is safe. */
  readonly clientMessageId?: string | undefined;
  readonly senderId: string;
  readonly sender: string;
  /** The connection that sent it. It gets the reply; the push only where it asked for an echo. */
  readonly origin: string;
  readonly echo: boolean;
  /** Unix milliseconds. */
  readonly acceptedAt: number;
  /** The room's own rule, so that whoever archives the message need not read the room; see Room. */
  readonly retentionSeconds?: number | undefined;
  /** Tells this append's row from another's when a write was acknowledged to nobody. */
  readonly appendId: string;
}

export interface Message extends MessageDraft {
  readonly seq: number;
}

/** What everybody may know of a message; how it was sent is the outbox's business. */
export type Said = Omit<Message, 'origin' | 'echo' | 'retentionSeconds' | 'appendId'>;

/** An entry of the outbox: a message and how far its fan-out is. */
export interface OutboxEntry extends Message {
  readonly state: 'open' | 'closed' | 'parked';
  /** Claims made so far. */
  readonly attempt: number;
  readonly archivedAt?: number;
  readonly alertedAt?: number;
  /** When an operator last redrove it; the time until it is parked counts from here. */
  readonly redrivenAt?: number;
}

/** How far a message's fan-out is, for an operator: of what was said and by what name, nothing. Unix milliseconds. */
export interface FanOutStatus extends Pick<
  OutboxEntry,
  | 'state'
  | 'attempt'
  | 'senderId'
  | 'origin'
  | 'echo'
  | 'acceptedAt'
  | 'archivedAt'
  | 'alertedAt'
  | 'redrivenAt'
> {
  /** While open: when the sweep starts the next attempt. While an attempt is under way, its lease ends then. */
  readonly dueAt?: number;
  /** Why the last attempt that failed did. */
  readonly lastFailure?: string;
  readonly closedAt?: number;
  /** When the entry may be deleted; only closed ones have it. */
  readonly expiresAt?: number;
}

/** Open entries are spread over this many index partitions, so that no index key is hot. */
export const OPEN_SHARDS = 16;
export function openShardOf(seq: number): number {
  return seq % OPEN_SHARDS;
}

export function timestampOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The frame that recipients get of a message. */
export function pushOf(message: Said): MessagePush | EditedPush | DeletedPush {
  const {
    kind,
    ref = 0,
    room,
    roomId,
    seq,
    epoch,
    clientMessageId,
    senderId,
    sender,
    text,
    acceptedAt,
  } = message;
  const numbered = {
    room,
    roomId,
    seq,
    epoch,
    messageId: messageIdOf(roomId, seq),
    clientMessageId,
    senderId,
    sender,
  };
  const timestamp = timestampOf(acceptedAt);
  switch (kind) {
    case 'message':
      return { type: 'message', ...numbered, message: text, timestamp };
    case 'edit':
      return { type: 'edited', ...numbered, ref: messageIdOf(roomId, ref), message: text, timestamp };
    case 'delete':
      return { type: 'deleted', ...numbered, ref: messageIdOf(roomId, ref), timestamp };
  }
}
