import * as z from 'zod/mini';
import { revocationOf, type Access } from '../chat/access';
import { audienceRows, GUEST_NAME, LIFETIME, type Connection } from '../chat/connections';
import { becomeMember, joined, notify } from '../chat/membership/entering';
import { ClientError } from '../chat/errors';
import { countConnect, type ConnectLimitPorts } from '../chat/membership/connect-limits';
import { roomToJoin, type JoiningPorts } from '../chat/membership/joining';
import { takeBackConnections } from '../chat/membership/leaving';
import type { EventBus, Log } from '../chat/ports';
import type { Connections, Users } from '../chat/storage/people';
import type { Audience } from '../chat/storage/rooms';
import type { Room } from '../chat/rooms';
import type { User } from '../chat/users';
import * as aws from '../composition';
import { accessSetting, channelRules, environment, numberSetting } from '../aws/environment';
import { connectRates } from '../aws/rate-settings';
import { ADDRESS_KEY_VARIABLE } from '../wiring/environment';
import { arrivalOf, connectContext, nameOf, type Arrival } from './arriving';

const connectEvent = z.object({
  requestContext: z.object({
    ...connectContext.shape,
    connectionId: z.string(),
    requestId: z.optional(z.string()),
  }),
  headers: z.nullish(z.record(z.string(), z.string())),
  queryStringParameters: z.nullish(z.object({ name: z.optional(z.string()), room: z.optional(z.string()) })),
});

interface Ports extends JoiningPorts, ConnectLimitPorts {
  connections: Connections;
  audience: Audience;
  users: Users;
  bus: EventBus;
  log: Log;
  access: Access;
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS: Partial<Readonly<Record<ClientError['error'], number>>> = {
  unauthorized: 401,
  permission_denied: 403,
  unknown_room: 403,
  not_available: 403,
  limit_exceeded: 403,
  too_many_requests: 429,
};

/**
 * API Gateway calls this on `$connect` and holds the upgrade until it has answered: 200 opens the socket, 400 (bad
 * request), 401 (signed out meanwhile), 403 (banned, or not into this room), 429 (too many of them) and a throw (502)
 * refuse it. What was stored of the connection before a failure is taken back, and expires in any case.
 */
export async function connect(event: unknown, ports: Ports): Promise<Answer> {
  const { requestContext, queryStringParameters: wishes, headers } = connectEvent.parse(event);
  const { connectionId } = requestContext;
  try {
    const offered = headerOf(headers ?? {}, 'sec-websocket-protocol');
    const arrival = arrivalOf(requestContext, offered, ports.access);
    const { userId, subprotocol } = arrival;
    await countConnect({ userId, address: requestContext.identity?.sourceIp }, ports);
    const known = arrival.returns ? await ports.users.find(userId) : undefined;
    refuseRevoked(known, arrival);
    const connection = connectionOf(connectionId, arrival, nameOf(arrival, wishes?.name, known), ports);
    const { room, newcomer } = await roomToJoin(
      wishes?.room ?? ports.channels.defaultRoom,
      '/room',
      connection,
      ports,
    );
    await becomeMember(connection, room, ports, newcomer);
    await register({ ...connection, rooms: [room.roomId] }, room, { arrival, known }, ports);
    ports.log.info('connected', { connectionId, roomId: room.roomId, userId, kind: arrival.kind });
    return {
      statusCode: 200,
      ...(subprotocol === undefined ? {} : { headers: { 'Sec-WebSocket-Protocol': subprotocol } }),
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

function connectionOf(
  connectionId: string,
  { userId, kind, groups, tokenExpiresAt, keptFor }: Arrival,
  name: string,
  { now }: Ports,
): Connection {
  const openedAt = now();
  return {
    connectionId,
    userId,
    kind,
    groups,
    ...(tokenExpiresAt === undefined ? {} : { tokenExpiresAt }),
    name,
    rooms: [],
    openedAt,
    seenAt: openedAt,
    expiresAt: openedAt + LIFETIME,
    ...(keptFor === undefined ? {} : { userExpiresAt: openedAt + keptFor }),
  };
}

async function register(
  connection: Connection,
  room: Room,
  { arrival, known }: { arrival: Arrival; known: User | undefined },
  ports: Ports,
): Promise<void> {
  const { userId, name, userExpiresAt: expiresAt } = connection;
  // A nameless guest is not to be found by name; who is kept for good under this name needs no second writing.
  const isRemembered = name === GUEST_NAME || (expiresAt === undefined && known?.name === name);
  try {
    await Promise.all([
      ports.connections.add(connection),
      isRemembered ? undefined : ports.users.remember({ userId, name, expiresAt }),
    ]);
    await ports.audience.join(audienceRows(connection));
    const [member, still] = await Promise.all([
      ports.members.find(room.roomId, userId),
      arrival.returns ? ports.users.find(userId) : undefined,
      notify([joined(connection, room)], ports),
    ]);
    if (member?.standing !== 'in') throw new ClientError('permission_denied', 'You may not join this room.');
    // Once more: who closes a person's connections has looked for them before this one was there, or finds it.
    refuseRevoked(still, arrival);
  } catch (error) {
    // A write that failed may have happened all the same.
    await takeBackConnections([connection], ports);
    throw error;
  }
}

function refuseRevoked(user: User | undefined, arrival: Arrival): void {
  const revocation = revocationOf(user, arrival);
  if (revocation === 'banned') throw new ClientError('permission_denied', 'You may not connect.');
  if (revocation === 'signed_out') throw new ClientError('unauthorized', 'Sign in again.');
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
    access: accessSetting(),
    now: Date.now,
    limits: aws.limits(),
    connectRates: connectRates(),
    addressKey: environment(ADDRESS_KEY_VARIABLE),
    channels: channelRules(),
    roomsPerUser: numberSetting('roomsPerUser'),
  });
