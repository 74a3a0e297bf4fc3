import { endConnections, type EndedConnection } from './leaving';
import type { EventBus, Log, Sockets } from '../ports';
import type { Connections } from '../storage/people';
import type { Audience, Members } from '../storage/rooms';
import type { Bye } from '../protocol/pushes';
import { sideBySide } from '../side-by-side';

/** Sockets that are closed at a time. At 20 ms a call that is 2,500 a second. */
const CLOSING_AT_ONCE = 50;
/** How long the farewell may be tried, in milliseconds beyond what its pace demands; the closing does not hang on it. */
const BYE_BUDGET = 2000;

/** Why connections that could go on are closed. 3000 to 3499: come back; 3500 to 3999: don't. */
export const BYES = {
  token_expired: bye(3005, 'token_expired', true),
  signed_out: bye(3501, 'signed_out', false),
  banned: bye(3503, 'banned', false),
  erased: bye(3504, 'erased', false),
} as const;

function bye(code: number, name: string, reconnect: boolean): Bye {
  return { type: 'bye', code, name, reconnect, afterMs: reconnect ? [0, 5000] : [0, 0] };
}

interface Ports {
  readonly connections: Connections;
  readonly audience: Audience;
  readonly members: Members;
  readonly sockets: Sockets;
  readonly bus: EventBus;
  readonly log: Log;
  readonly postsPerSecond: number;
}

/**
 * Says goodbye to connections, closes their sockets, and removes their rows. A socket that could not be closed keeps
 * its rows, by which the next try finds it. Safe to repeat.
 * @throws once everybody is dealt with, where a socket could not be closed or rows not removed
 */
export async function closeConnections(
  connections: readonly EndedConnection[],
  farewell: Bye,
  ports: Ports,
): Promise<void> {
  const { sockets, postsPerSecond, log } = ports;
  const deadline = performance.now() + (connections.length / postsPerSecond) * 1000 + BYE_BUDGET;
  await sockets.post(JSON.stringify(farewell), connections, { deadline, postsPerSecond });
  const closed: EndedConnection[] = [];
  const failures: unknown[] = [];
  await sideBySide(connections, CLOSING_AT_ONCE, async (connection) => {
    try {
      await sockets.close(connection.connectionId);
      closed.push(connection);
    } catch (error) {
      log.error('socket not closed', error, { connectionId: connection.connectionId });
      failures.push(error);
    }
  });
  await endConnections(closed, ports);
  if (failures.length > 0) throw failures[0];
}
