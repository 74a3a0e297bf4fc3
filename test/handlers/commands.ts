import { audienceRows, type Connection } from '../../handlers/chat/connections';
import { moderate } from '../../handlers/websocket/moderate';
import { rooms } from '../../handlers/websocket/rooms';
import { capturedLog } from '../support/memory/captured-log';
import { aConnection } from '../support/memory/examples';
import { world, type Limited, type World } from '../support/memory/world';

const COMMANDS = { rooms, moderate };

/** A world to which people connect and give commands, as functions behind routes get them. */
export function commandWorld(settings: Partial<Limited> = {}) {
  const ports = { ...world(), log: capturedLog().log, ...settings };

  /** Connects somebody, in no room unless told. */
  const connected = async (overrides: Partial<Connection> = {}): Promise<Connection> => {
    const connection = aConnection(ports.now(), { rooms: [], seenAt: ports.now(), ...overrides });
    await ports.connections.add(connection);
    await ports.audience.join(audienceRows(connection));
    return connection;
  };
  const sender =
    (group: keyof typeof COMMANDS) =>
    async ({ connectionId }: Pick<Connection, 'connectionId'>, frame: object): Promise<Reply> => {
      const requestContext = { connectionId, requestId: 'request' };
      const event = { requestContext, body: JSON.stringify({ id: 'c1', ...frame }) };
      return JSON.parse((await COMMANDS[group](event, ports)).body) as Reply;
    };
  return {
    ...ports,
    connected,
    toRooms: sender('rooms'),
    toModerate: sender('moderate'),
    /** Who stands in a partition, by connection. */
    audienceOf: (partition: string) =>
      [...ports.audience.rows.values()]
        .filter((row) => row.partition === partition)
        .map(({ connectionId }) => connectionId)
        .toSorted(),
    /** The notices that went out, without the rest of their detail. */
    notices: () =>
      ports.bus.events.map(({ type, detail }) =>
        'notice' in detail ? `${detail.notice} to ${detail.userId}` : type,
      ),
  };
}

/** Does something right after the next look at what a person is in a room, as another command can. */
export function onceSeen(
  { members }: Pick<World, 'members'>,
  { userId }: Pick<Connection, 'userId'>,
  act: () => Promise<unknown>,
): void {
  const find = members.find.bind(members);
  members.find = async (...who) => {
    const seen = await find(...who);
    if (who[1] !== userId) return seen;
    members.find = find;
    await act();
    return seen;
  };
}

export type CommandWorld = ReturnType<typeof commandWorld>;

/** What tests read of replies; which members there are depends on the command. */
export interface Reply {
  readonly ok: boolean;
  readonly type?: string;
  readonly error: { readonly name: string; readonly field?: string };
  readonly roomId: string;
  readonly epoch: string;
  readonly seq: number;
  readonly role: string;
  readonly group_id: string;
  readonly waiting: boolean;
  readonly members: { readonly userId: string; readonly name: string }[];
  readonly connected_users: { readonly userId: string }[];
  readonly count: number;
  readonly estimated: boolean;
  readonly next: string | null;
  readonly rooms: {
    readonly roomId: string;
    readonly role: string;
    readonly unread: number;
    readonly partner?: { readonly userId: string; readonly name: string };
  }[];
}
