import * as z from 'zod/mini';
import { audienceRows, GUEST_NAME, LIFETIME, presentableName, type Connection } from '../chat/connections';
import { becomeMember, joined, notify } from '../chat/membership/entering';
import { ClientError } from '../chat/errors';
import { guestOf, KEPT_GUEST, type Guest } from '../chat/membership/guests';
import { roomToJoin } from '../chat/membership/joining';
import { takeBackConnections } from '../chat/membership/leaving';
import type { Audience, Connections, EventBus, Log, Members, Now, Rooms, Users } from '../chat/ports';
import type { Room } from '../chat/rooms';
import * as aws from '../composition';
import { setting } from '../aws/environment';

const connectEvent = z.object({
  requestContext: z.object({ connectionId: z.string(), requestId: z.optional(z.string()) }),
  headers: z.nullish(z.record(z.string(), z.string())),
  queryStringParameters: z.nullish(z.object({ name: z.optional(z.string()), room: z.optional(z.string()) })),
});

interface Ports {
  connections: Connections;
  audience: Audience;
  users: Users;
  members: Members;
  rooms: Rooms;
  bus: EventBus;
  log: Log;
  now: Now;
  defaultRoom: string;
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS: Partial<Readonly<Record<ClientError['error'], number>>> = {
  permission_denied: 403,
  unknown_room: 403,
  not_available: 403,
};

/**
 * API Gateway calls this on `$connect` and holds the upgrade until it has answered: 200 opens the socket, 400 (bad
 * request), 403 (not into this room) and a throw (502) refuse it. What was stored of the connection before a failure is
 * taken back, and expires in any case.
 */
export async function connect(event: unknown, ports: Ports): Promise<Answer> {
  const { requestContext, queryStringParameters: wishes, headers } = connectEvent.parse(event);
  const { connectionId } = requestContext;
  try {
    const guest = guestOf(headerOf(headers ?? {}, 'sec-websocket-protocol'));
    const connection = await connectionOf(connectionId, guest, wishes?.name, ports);
    const { room, newcomer } = await roomToJoin(
      wishes?.room ?? ports.defaultRoom,
      '/room',
      connection,
      ports,
    );
    await becomeMember(connection, room, ports, newcomer);
    await register({ ...connection, rooms: [room.roomId] }, room, ports);
    ports.log.info('connected', { connectionId, roomId: room.roomId, userId: connection.userId });
    return {
      statusCode: 200,
      ...(guest.subprotocol === undefined
        ? {}
        : { headers: { 'Sec-WebSocket-Protocol': guest.subprotocol } }),
    };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    ports.log.info('connect refused', { connectionId, reason: error.error });
    return { statusCode: STATUS[error.error] ?? 400 };
  }
}

/** Header names come as the client wrote them. */
function headerOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** A guest who keeps an identity also keeps the name, until another is asked for. */
async function connectionOf(
  connectionId: string,
  { userId, kept }: Guest,
  askedName: string | undefined,
  { users, now }: Ports,
): Promise<Connection> {
  const asked = presentableName(askedName);
  const known = kept && asked === GUEST_NAME ? await users.find(userId) : undefined;
  const openedAt = now();
  const expiresAt = openedAt + LIFETIME;
  const name = known?.name ?? asked;
  const userExpiresAt = kept ? openedAt + KEPT_GUEST : expiresAt;
  return {
    connectionId,
    userId,
    kind: 'guest',
    groups: [],
    name,
    rooms: [],
    openedAt,
    seenAt: openedAt,
    expiresAt,
    userExpiresAt,
  };
}

async function register(connection: Connection, room: Room, ports: Ports): Promise<void> {
  const { userId, name, userExpiresAt: expiresAt } = connection;
  try {
    await Promise.all([
      ports.connections.add(connection),
      // A nameless guest is not to be found by name.
      name === GUEST_NAME ? undefined : ports.users.remember({ userId, name, expiresAt }),
    ]);
    await ports.audience.join(audienceRows(connection));
    const [member] = await Promise.all([
      ports.members.find(room.roomId, userId),
      notify([joined(connection, room)], ports),
    ]);
    if (member?.standing !== 'in') throw new ClientError('permission_denied', 'You may not join this room.');
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
    users: aws.users(),
    members: aws.members(),
    rooms: aws.rooms(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
    defaultRoom: setting('defaultRoom'),
  });
