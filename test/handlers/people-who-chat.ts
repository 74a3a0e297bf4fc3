import { audienceRows, GUEST_NAME, type Connection } from '../../handlers/chat/connections';
import { SECRET_ROOM, aConnection, aDraft } from '../support/memory/examples';
import { capturedLog } from '../support/memory/captured-log';
import { world } from '../support/memory/world';

/** A world with the canary room in it, and all that handlers take besides ports. */
export async function chattingWorld() {
  const it = {
    ...world(),
    log: capturedLog().log,
    pause: () => Promise.resolve(),
    postsPerSecond: 1000,
    maxTextBytes: 8000,
  };
  const { roomId, epoch } = await it.rooms.open({ roomId: aDraft(0).roomId, name: SECRET_ROOM });
  /** Somebody's connection, with all rows that connecting and joining write. */
  const connected = async (overrides: Partial<Connection> = {}): Promise<Connection> => {
    const one = aConnection(it.now(), { rooms: [roomId], ...overrides });
    const { userId, name, rooms } = one;
    if (name !== GUEST_NAME) await it.users.remember({ userId, name, expiresAt: one.expiresAt });
    for (const room of rooms)
      await it.members.enter({ roomId: room, userId, role: 'member', since: it.now() });
    await it.audience.join(audienceRows(one));
    await it.connections.add(one);
    return one;
  };
  const received = ({ connectionId }: Connection) =>
    it.sockets.received(connectionId).map((frame) => JSON.parse(frame) as Record<string, unknown>);
  return { ...it, roomId, epoch, connected, received };
}

export type ChattingWorld = Awaited<ReturnType<typeof chattingWorld>>;

/** The route event of a frame, with what an authorizer said at the handshake; of no person where none was asked. */
export function frameEvent(
  { connectionId, userId }: Pick<Connection, 'connectionId'> & Partial<Connection>,
  frame: object,
) {
  const authorizer = userId === undefined ? undefined : { userId, principalId: userId };
  return { requestContext: { connectionId, requestId: 'trace', authorizer }, body: JSON.stringify(frame) };
}

/** As it closed: all rows but what membership keeps. */
export async function disconnected(it: ChattingWorld, one: Connection): Promise<void> {
  await it.connections.remove(one.connectionId);
  await it.audience.leave(audienceRows(one));
}
