import type { Connection } from './connections';
import { ClientError } from './errors';
import type { Bucket, Connections, Limits, Now } from './ports';
import type { Rate } from './rate';

export interface CallerPorts {
  readonly connections: Connections;
  readonly now: Now;
  readonly rates: { readonly commands: Rate };
}

export interface SenderPorts {
  readonly connections: Connections;
  readonly limits: Limits;
  readonly now: Now;
  readonly rates: { readonly messages: Rate; readonly userMessages: Rate };
}

/**
 * Who gives a command: every command begins here, with one write that counts it, renews the connection's lease and
 * gives the connection.
 * @returns undefined for a connection that is not known (any more), which is to be told `bye` 3010
 * @throws ClientError `too_many_requests` with the time to wait, or `token_expired`
 */
export async function callerOf(connectionId: string, ports: CallerPorts): Promise<Connection | undefined> {
  return unexpired(await callerToRefresh(connectionId, ports), ports.now());
}

/** As `callerOf`, for the one command that may still be given when the token has ended: the one that brings the next. */
export function callerToRefresh(connectionId: string, ports: CallerPorts): Promise<Connection | undefined> {
  return admitted(connectionId, 'commands', ports.rates.commands, ports);
}

/** As `callerOf`, for messages, edits and deletions. They are also to be counted by `countMessage`. */
export async function senderOf(connectionId: string, ports: SenderPorts): Promise<Connection | undefined> {
  return unexpired(await admitted(connectionId, 'messages', ports.rates.messages, ports), ports.now());
}

/**
 * Counts a message of a person over all their connections. Exact: each counting is one conditional write, so of
 * messages at the same time no more pass than may, and what is refused here is counted by its connection alone.
 * @throws ClientError `too_many_requests` with the time to wait
 */
export async function countMessage(userId: string, { limits, now, rates }: SenderPorts): Promise<void> {
  const admission = await limits.take(`user.${userId}`, rates.userMessages, now());
  if (!admission.admitted) throw tooFast('from one person', admission.retryAfterMs);
}

async function admitted(
  connectionId: string,
  bucket: Bucket,
  rate: Rate,
  { connections, now }: Pick<CallerPorts, 'connections' | 'now'>,
): Promise<Connection | undefined> {
  const caller = await connections.admit(connectionId, { bucket, rate, now: now() });
  if (caller !== undefined && 'retryAfterMs' in caller)
    throw tooFast('on one connection', caller.retryAfterMs);
  return caller;
}

function unexpired(caller: Connection | undefined, now: number): Connection | undefined {
  if (caller?.tokenExpiresAt !== undefined && caller.tokenExpiresAt <= now) {
    throw new ClientError('token_expired', 'The token that this connection came in with has ended.');
  }
  return caller;
}

function tooFast(where: string, retryAfterMs: number): ClientError {
  return new ClientError('too_many_requests', `Too much at once ${where}; try again later.`, undefined, {
    retryAfterMs,
  });
}
