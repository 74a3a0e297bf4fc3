import * as z from 'zod/mini';
import { audienceRows, LIFETIME, presentableName, type Connection } from '../chat/connections';
import { ClientError } from '../chat/errors';
import { channelId, newId } from '../chat/ids';
import { takeBackConnections } from '../chat/leaving';
import type { Audience, Connections, Log, Now, Rooms } from '../chat/ports';
import { normalizeRoomName } from '../chat/rooms';
import * as aws from '../composition';
import { setting } from '../aws/environment';

const connectEvent = z.object({
  requestContext: z.object({ connectionId: z.string(), requestId: z.optional(z.string()) }),
  queryStringParameters: z.nullish(z.object({ name: z.optional(z.string()), room: z.optional(z.string()) })),
});

interface Ports {
  connections: Connections;
  audience: Audience;
  rooms: Rooms;
  log: Log;
  now: Now;
  defaultRoom: string;
}

/**
 * API Gateway calls this on `$connect` and holds the upgrade until it has answered: 200 opens the socket, 400 and
 * a throw (502) refuse it. Whatever was stored before a failure is taken back, and expires in any case.
 */
export async function connect(event: unknown, ports: Ports): Promise<{ statusCode: number }> {
  const { requestContext, queryStringParameters } = connectEvent.parse(event);
  const { connectionId } = requestContext;
  try {
    const name = normalizeRoomName(queryStringParameters?.room ?? ports.defaultRoom);
    const room = await ports.rooms.open({ roomId: channelId(name), name });
    const openedAt = ports.now();
    const connection: Connection = {
      connectionId,
      userId: newId('u'),
      name: presentableName(queryStringParameters?.name),
      rooms: [room.roomId],
      openedAt,
      expiresAt: openedAt + LIFETIME,
    };
    await register(connection, ports);
    ports.log.info('connected', { connectionId, roomId: room.roomId, userId: connection.userId });
    return { statusCode: 200 };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    ports.log.info('connect refused', { connectionId, reason: error.error });
    return { statusCode: 400 };
  }
}

async function register(connection: Connection, ports: Ports): Promise<void> {
  try {
    await ports.connections.add(connection);
    await ports.audience.join(audienceRows(connection));
  } catch (error) {
    // A write that failed may have happened all the same.
    await takeBackConnections([connection], ports);
    throw error;
  }
}

export const handler = (event: unknown) =>
  connect(event, {
    connections: aws.connections(),
    audience: aws.audience(),
    rooms: aws.rooms(),
    log: aws.log(),
    now: Date.now,
    defaultRoom: setting('defaultRoom'),
  });
