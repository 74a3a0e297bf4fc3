import { TOKEN_SHARDS } from '../chat/connections';
import { BYES, closeConnections } from '../chat/membership/closing';
import type { EventBus, Log, Now, Sockets } from '../chat/ports';
import type { Connections } from '../chat/storage/people';
import type { Audience, Members } from '../chat/storage/rooms';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';

interface Ports {
  connections: Connections;
  audience: Audience;
  members: Members;
  sockets: Sockets;
  bus: EventBus;
  log: Log;
  now: Now;
  postsPerSecond: number;
}

/**
 * What ends within so many milliseconds is closed now. The next run comes in a minute: whoever this one leaves has, when
 * that one begins, been over for at most 50 s, so it has 10 s for them.
 */
const LOOK_AHEAD = 10_000;

/**
 * Runs every minute: closes the connections whose token is over, or will be in a moment, and was not renewed. No
 * command of theirs has passed since; this ends their listening. Oldest ends first. What fails is left to the next run,
 * which finds it by the same index; this one then throws once, so that it shows in the function's errors.
 */
export async function closeExpired(ports: Ports): Promise<{ closed: number }> {
  const before = ports.now() + LOOK_AHEAD;
  const shards = Array.from({ length: TOKEN_SHARDS }, (_, shard) => shard);
  const results = await Promise.allSettled(shards.map((shard) => closeShard(shard, before, ports)));
  const closed = results.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value.closed : 0), 0);
  const failed = results.filter((one) => one.status === 'rejected' || one.value.failed).length;
  if (closed + failed > 0) ports.log.info('closed what was over', { closed });
  if (failed > 0) throw new Error(`${failed} of ${TOKEN_SHARDS} shards could not be closed altogether`);
  return { closed };
}

/** A page that fails does not keep the next from its turn: one socket that cannot be closed must not starve others. */
async function closeShard(shard: number, before: number, ports: Ports) {
  let closed = 0;
  let failed = false;
  for await (const connectionIds of ports.connections.expiring(shard, before)) {
    try {
      closed += await closePage(connectionIds, before, ports);
    } catch (error) {
      ports.log.error('page left to the next run', error, { shard, count: connectionIds.length });
      failed = true;
    }
  }
  return { closed, failed };
}

async function closePage(connectionIds: readonly string[], before: number, ports: Ports): Promise<number> {
  // The index lags: a token may have been renewed a moment ago.
  const found = await ports.connections.findMany(connectionIds);
  const over = found.filter(({ tokenExpiresAt = Infinity }) => tokenExpiresAt < before);
  if (over.length > 0) await closeConnections(over, BYES.token_expired, ports);
  return over.length;
}

export const handler = () =>
  closeExpired({
    connections: aws.connections(),
    audience: aws.audience(),
    members: aws.members(),
    sockets: aws.sockets(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
    postsPerSecond: numberSetting('postsPerSecond'),
  });
