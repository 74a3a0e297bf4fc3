import type { Push, Tombstone } from '../handlers/chat/protocol/pushes';
import type { AcceptedReply, UnrecoveredRoom } from '../handlers/chat/protocol/replies';
import type { CommandError } from './errors';
import type { UnsentEntry } from './unsent-store';

/** A room's position: everything up to `seq` of this epoch was delivered. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** `refused`: the server would not even say. */
export type UnrecoveredReason = UnrecoveredRoom['reason'] | 'refused';

/** What happens to the client itself; everything else that it tells is a push of the server. */
export type OwnEvent =
  /** Connected and known; `again` is false for the first time. */
  | {
      readonly type: 'connected';
      readonly again: boolean;
      readonly connectionId: string;
      readonly userId: string;
      readonly name: string;
    }
  /** It reconnects by itself. */
  | { readonly type: 'disconnected'; readonly code: number; readonly reason: string }
  /** There is no connection; the next try is in so many milliseconds. */
  | { readonly type: 'reconnecting'; readonly afterMs: number }
  /** It does not: it was closed here, or the server said not to come back. */
  | { readonly type: 'ended'; readonly code: number; readonly reason: string }
  /** Everything missed in the room was delivered before this: so many messages. */
  | {
      readonly type: 'recovery';
      readonly recovered: true;
      readonly roomId: string;
      readonly messages: number;
    }
  /** Messages after `from` are missing, up to `to` (undefined: the room is no longer to be seen). */
  | {
      readonly type: 'recovery';
      readonly recovered: false;
      readonly roomId: string;
      readonly reason: UnrecoveredReason;
      readonly from: Position;
      readonly to: Position | undefined;
    }
  /** A message of the unsent queue has its number. */
  | { readonly type: 'accepted'; readonly clientMessageId: string; readonly reply: AcceptedReply }
  /** A message of the unsent queue was refused for good, or grew too old. */
  | { readonly type: 'unsendable'; readonly clientMessageId: string; readonly error: CommandError }
  /** A message of the unsent queue as it stands now: another client has left it to this one, or refused or taken it. */
  | { readonly type: 'unsent'; readonly entry: UnsentEntry }
  /** A message of the unsent queue that another client has sent or given up. */
  | { readonly type: 'withdrawn'; readonly clientMessageId: string }
  /** The store of the unsent queue failed; the message goes out all the same, but would not survive a reload. */
  | { readonly type: 'unkept'; readonly clientMessageId: string; readonly error: unknown };

export type ClientEvent = Push | Tombstone | OwnEvent;
export type EventOf<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>;

/** Listeners by the event's `type`. */
export class Listeners {
  readonly #listeners = new Set<(event: ClientEvent) => void>();

  /** Returns what takes the listener away again. */
  on<Type extends ClientEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    const guarded = (event: ClientEvent) => {
      if (isOf(type, event)) listener(event);
    };
    this.#listeners.add(guarded);
    return () => this.#listeners.delete(guarded);
  }

  /** A listener that throws must not cost the others the event: its error goes where uncaught ones go. */
  tell(event: ClientEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function isOf<Type extends ClientEvent['type']>(type: Type, event: ClientEvent): event is EventOf<Type> {
  return event.type === type;
}
