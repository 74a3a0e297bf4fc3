import type { Connection } from './connections';
import { ClientError } from './errors';
import { commandsOf, messagesOf } from './ids';
import type { Now } from './ports';
import type { Bucket, Connections, Limits } from './storage/people';
import type { Rate } from './rate';
import type { RecentRefusals } from './refusals';

/** Who sends a frame, as API Gateway tells. */
export interface Origin {
  readonly connectionId: string;
  /** Whose the connection is, by what the authorizer said at the handshake; absent where none was asked. */
  readonly userId?: string | undefined;
}

interface Ports {
  readonly connections: Connections;
  readonly limits: Limits;
  readonly refusals: RecentRefusals;
  readonly now: Now;
}

export interface CallerPorts extends Ports {
  readonly rates: { readonly commands: Rate; readonly userCommands: Rate };
}

export interface SenderPorts extends Ports {
  readonly rates: { readonly messages: Rate; readonly userMessages: Rate };
}

/** What is counted for a connection and for its person. */
interface Counted {
  readonly bucket: Bucket;
  readonly rate: Rate;
  readonly subject: (userId: string) => string;
  readonly userRate: Rate;
  /** Whether this may still be asked when the connection's token has ended. */
  readonly evenExpired?: boolean;
}

/**
 * Who gives a command: every command begins here. One write counts it for the connection, renews the connection's lease
 * and gives the connection; one counts it for the person, over all their connections. Both are made at once where
 * API Gateway told who that is.
 *
 * Exact: each counting is one conditional write, so of commands at the same time no more pass than may. What one of the
 * two refuses has used up nothing of the person's, but for the moment until it is taken back.
 * @returns undefined for a connection that is not known (any more), which is to be told `bye` 3010
 * @throws ClientError `too_many_requests` with the time to wait, or `token_expired`
 */
export function callerOf(origin: Origin, ports: CallerPorts): Promise<Connection | undefined> {
  return admitted(origin, commandsBy(ports), ports);
}

/** As `callerOf`, for the one command that may still be given when the token has ended: the one that brings the next. */
export function callerToRefresh(origin: Origin, ports: CallerPorts): Promise<Connection | undefined> {
  return admitted(origin, { ...commandsBy(ports), evenExpired: true }, ports);
}

/** As `callerOf`, for messages, edits and deletions. */
export function senderOf(origin: Origin, ports: SenderPorts): Promise<Connection | undefined> {
  const { messages: rate, userMessages: userRate } = ports.rates;
  return admitted(origin, { bucket: 'messages', rate, subject: messagesOf, userRate }, ports);
}

/**
 * Whom something may be prepared for before it is admitted: the person behind a frame, where that is known and nothing
 * was refused to connection or person a moment ago. A flood is looked at one step after the other, and first at what
 * refused it, so it costs little more than the write that refuses it.
 */
export function knownAhead(origin: Origin, ports: Pick<Ports, 'refusals' | 'now'>): string | undefined {
  return isLikelyRefused(origin, ports) ? undefined : origin.userId;
}

/** Whether something was refused to connection or person a moment ago. */
export function isLikelyRefused(
  { connectionId, userId }: Origin,
  { refusals, now }: Pick<Ports, 'refusals' | 'now'>,
): boolean {
  return [connectionId, userId].some((id) => id !== undefined && refusals.isRecent(id, now()));
}

function commandsBy({ rates: { commands: rate, userCommands: userRate } }: CallerPorts): Counted {
  return { bucket: 'commands', rate, subject: commandsOf, userRate };
}

async function admitted(origin: Origin, counted: Counted, ports: Ports): Promise<Connection | undefined> {
  const { connectionId } = origin;
  try {
    const caller = await countedBoth(origin, counted, ports);
    if (caller === undefined) ports.refusals.note(connectionId, ports.now());
    return caller;
  } catch (error) {
    ports.refusals.note(connectionId, ports.now());
    throw error;
  }
}

function countedBoth(origin: Origin, counted: Counted, ports: Ports): Promise<Connection | undefined> {
  const { connectionId, userId } = origin;
  const isRefused = (id: string) => ports.refusals.isRecent(id, ports.now());
  if (userId === undefined || (isRefused(connectionId) && !isRefused(userId)))
    return connectionFirst(connectionId, counted, ports);
  return withPerson(connectionId, userId, counted, ports, isRefused(userId));
}

async function connectionFirst(
  connectionId: string,
  counted: Counted,
  ports: Ports,
): Promise<Connection | undefined> {
  const caller = await onConnection(connectionId, counted, ports);
  if (caller !== undefined) await onPerson(caller.userId, counted, ports);
  return caller;
}

/** Counts for the person and the connection at once, or first for a person who is likely refused. */
async function withPerson(
  connectionId: string,
  userId: string,
  counted: Counted,
  ports: Ports,
  personFirst: boolean,
): Promise<Connection | undefined> {
  const person = onPerson(userId, counted, ports);
  if (personFirst) await person;
  // Otherwise it has its say once the connection has.
  else person.catch(() => {});
  let caller: Connection | undefined;
  try {
    caller = await onConnection(connectionId, counted, ports);
  } finally {
    if (caller === undefined) await takeBack(person, userId, counted, ports);
  }
  if (caller === undefined) return undefined;
  await person;
  if (caller.userId !== userId) throw new Error('A connection is not of the person whom API Gateway names');
  return caller;
}

async function onConnection(
  connectionId: string,
  { bucket, rate, evenExpired = false }: Counted,
  { connections, now }: Ports,
): Promise<Connection | undefined> {
  const caller = await connections.admit(connectionId, { bucket, rate, now: now() });
  if (caller === undefined) return undefined;
  if ('retryAfterMs' in caller) throw tooFast('on one connection', caller.retryAfterMs);
  const { tokenExpiresAt = Infinity } = caller;
  if (!evenExpired && tokenExpiresAt <= now())
    throw new ClientError('token_expired', 'The token that this connection came in with has ended.');
  return caller;
}

async function onPerson(
  userId: string,
  { subject, userRate }: Counted,
  { limits, refusals, now }: Ports,
): Promise<void> {
  const admission = await limits.take(subject(userId), userRate, now());
  if (admission.admitted) return;
  refusals.note(userId, now());
  throw tooFast('from one person', admission.retryAfterMs);
}

/** So that whoever floods one connection keeps no other of the same person waiting. */
async function takeBack(
  person: Promise<void>,
  userId: string,
  { subject, userRate }: Counted,
  { limits }: Ports,
): Promise<void> {
  try {
    await person;
    await limits.giveBack(subject(userId), userRate);
  } catch {
    // Refused, so there is nothing to give back; or it failed, and the person waits for one interval at most.
  }
}

function tooFast(where: string, retryAfterMs: number): ClientError {
  return new ClientError('too_many_requests', `Too much at once ${where}; try again later.`, undefined, {
    retryAfterMs,
  });
}
