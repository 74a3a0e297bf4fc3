import { messageIdOf } from './ids';

/** What a sender's words become before they have a number. */
export interface MessageDraft {
  readonly roomId: string;
  /** The room's name, for frames. */
  readonly room: string;
  readonly epoch: string;
  readonly text: string;
  readonly senderId: string;
  readonly sender: string;
  /** The connection that sent it. It gets the reply; the push only where it asked for an echo. */
  readonly origin: string;
  readonly echo: boolean;
  /** Unix milliseconds. */
  readonly acceptedAt: number;
  /** Tells this append's row from another's when a write was acknowledged to nobody. */
  readonly appendId: string;
}

export interface Message extends MessageDraft {
  readonly seq: number;
}

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

/** The frame that every member's client gets for a message. */
export interface MessagePush {
  readonly type: 'message';
  readonly room: string;
  readonly roomId: string;
  readonly seq: number;
  readonly epoch: string;
  readonly messageId: string;
  readonly senderId: string;
  readonly sender: string;
  readonly message: string;
  readonly timestamp: string;
}

export function pushOf(message: Message): MessagePush {
  const { room, roomId, seq, epoch, senderId, sender, text, acceptedAt } = message;
  return {
    type: 'message',
    room,
    roomId,
    seq,
    epoch,
    messageId: messageIdOf(roomId, seq),
    senderId,
    sender,
    message: text,
    timestamp: timestampOf(acceptedAt),
  };
}
