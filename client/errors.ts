import type { ClientErrorName } from '../handlers/chat/errors';
import type { ErrorReply } from '../handlers/chat/protocol/replies';

/**
 * What this library adds to the protocol's names. `connection_lost`: the reply can no longer come, and whether the
 * command took effect is not known. `platform`: API Gateway's own error frame, likewise. `expired`: not accepted
 * within six days. `doubtful`: sent again so late that it could be there twice. `withdrawn`: another client with the same
 * store has sent it or given it up. `closed`: the client was stopped, or the server said not to come back. `unreadable`:
 * a reply that is not what the protocol says.
 */
export type OwnErrorName =
  'connection_lost' | 'platform' | 'expired' | 'doubtful' | 'withdrawn' | 'closed' | 'unreadable';

type Details = Partial<Omit<ErrorReply['error'], 'name' | 'message' | 'temporary'>>;

/** Why a command failed. `temporary` says whether trying again can help. */
export class CommandError extends Error {
  /** The protocol's number; absent for the library's own errors. */
  readonly code: number | undefined;
  /** JSON pointer of the field at fault. */
  readonly field: string | undefined;
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** With `ambiguous_recipient`: who fits. */
  readonly candidates: readonly { readonly userId: string; readonly name: string }[];
  /** Finds the request in the server's logs. */
  readonly traceId: string | undefined;

  constructor(
    readonly reason: ClientErrorName | OwnErrorName | (string & {}),
    message: string,
    readonly temporary: boolean,
    details: Details = {},
  ) {
    super(message);
    this.name = 'CommandError';
    this.code = details.code;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
    this.candidates = details.candidates ?? [];
    this.traceId = details.traceId;
  }
}

/** Refused because of the connection, not of the command: over the next connection it may work. */
export const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection_lost',
  'unauthorized',
  'token_expired',
]);

export function refusal({ name, message, temporary, ...details }: ErrorReply['error']): CommandError {
  return new CommandError(name, message, temporary, details);
}

export function connectionLost(): CommandError {
  return new CommandError('connection_lost', 'The connection ended before the reply came.', true);
}

export function closed(): CommandError {
  return new CommandError('closed', 'This client is closed.', false);
}

export function withdrawn(): CommandError {
  return new CommandError('withdrawn', 'Another tab has sent it, or given it up.', false);
}

export function tooLarge(limit: string): CommandError {
  return new CommandError('too_large', `${limit}; this was not sent.`, false, { code: 122 });
}

/** Anything that is not a CommandError is a mistake in this library or in a listener, and not to be retried. */
export function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError('unreadable', error instanceof Error ? error.message : String(error), false);
}
