import * as z from 'zod/mini';
import { endConnections } from '../chat/membership/leaving';
import type { EventBus, Log } from '../chat/ports';
import type { Connections } from '../chat/storage/people';
import type { Audience, Members } from '../chat/storage/rooms';
import * as aws from '../composition';

const disconnectEvent = z.object({ requestContext: z.object({ connectionId: z.string() }) });

interface Ports {
  connections: Connections;
  audience: Audience;
  members: Members;
  bus: EventBus;
  log: Log;
}

/**
 * API Gateway calls this after a socket has closed, at best once and maybe never; what it misses, the next fan-out
 * finds gone. A throw is logged by the platform and nobody waits for it.
 */
export async function disconnect(event: unknown, ports: Ports): Promise<{ statusCode: number }> {
  const { connectionId } = disconnectEvent.parse(event).requestContext;
  const connection = await ports.connections.find(connectionId);
  if (connection !== undefined) {
    await endConnections([connection], ports);
    ports.log.info('disconnected', { connectionId, userId: connection.userId });
  }
  return { statusCode: 200 };
}

export const handler = (event: unknown) =>
  disconnect(event, {
    connections: aws.connections(),
    audience: aws.audience(),
    members: aws.members(),
    bus: aws.bus(),
    log: aws.log(),
  });
