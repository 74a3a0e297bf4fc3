import type { CallerPorts } from '../chat/caller';
import type { Connection } from '../chat/connections';
import { deliver } from '../chat/fan-out/delivery';
import { ClientError } from '../chat/errors';
import { directRoomId, personalPartition } from '../chat/ids';
import { rowsOf } from '../chat/audience';
import type { Log, Sockets } from '../chat/ports';
import type { Audience, Rooms } from '../chat/storage/rooms';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type { SignalPush } from '../chat/protocol/pushes';
import type { Answer, SignalReply } from '../chat/protocol/replies';
import * as schemas from '../chat/protocol/signals';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';
import { answerCommand } from './answering';
import { commandPorts } from './command-ports';

interface Ports extends CallerPorts {
  audience: Audience;
  rooms: Rooms;
  sockets: Sockets;
  log: Log;
  pause: (milliseconds: number) => Promise<void>;
  postsPerSecond: number;
}

/** The most that is passed on, in bytes of JSON: with what is put around it, it stays in one frame of 32 KB. */
const MAX_DATA_BYTES = 30_000;

/**
 * API Gateway calls this for `signal` and sends `body` back to the caller. It posts at once: a signal is about this
 * moment, has no number and is kept nowhere, so its reply says to how many connections it went.
 */
export function signal(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerCommand(event, ports, async (fields, sender, { connectionId, traceId }) => {
    const { to, data } = parseSignal(fields);
    const recipients = await recipientsOf(to, sender, ports);
    const { userId, name } = sender;
    const push: SignalPush = { type: 'signal', userId, name, connectionId, data };
    const { posted, failed, gone } = await deliver(
      JSON.stringify(push),
      recipients,
      ports,
      ports.postsPerSecond,
    );
    const counts = { posted: posted.length, failed: failed.length, gone: gone.length };
    ports.log.info('signalled', { traceId, connectionId, ...counts });
    return { posted: posted.length } satisfies Answer<SignalReply>;
  });
}

function parseSignal(fields: Fields): { to: string; data: unknown } {
  const { to, data } = parseFields(schemas.signal, fields);
  if (data === undefined) throw new ClientError('bad_request', 'The field /data is missing.', '/data');
  if (Buffer.byteLength(JSON.stringify(data)) > MAX_DATA_BYTES)
    throw new ClientError('too_large', `A signal has at most ${MAX_DATA_BYTES} bytes of JSON.`, '/data');
  return { to, data };
}

/**
 * The live connections of a person, or the one connection, that `to` names, as far as they share a room with the
 * sender; never the sending one. Throws the same ClientError for somebody elsewhere as for nobody.
 */
async function recipientsOf(to: string, sender: Connection, ports: Ports) {
  const one = await ports.connections.find(to);
  const userId = one?.userId ?? to;
  const rows = (await rowsOf(personalPartition(userId), ports.audience)).filter(
    ({ connectionId }) => connectionId !== sender.connectionId && (one === undefined || connectionId === to),
  );
  const connections = await ports.connections.findMany(rows.map(({ connectionId }) => connectionId));
  const isNear = (await haveDirectRoom(sender.userId, userId, ports))
    ? () => true
    : ({ rooms }: Connection) => rooms.some((roomId) => sender.rooms.includes(roomId));
  const near = new Set(connections.filter(isNear).map(({ connectionId }) => connectionId));
  const recipients = rows.filter(({ connectionId }) => near.has(connectionId));
  if (recipients.length === 0)
    throw new ClientError('bad_request', 'Nobody of that id is in a room with you.', '/to');
  return recipients;
}

/** A direct room is shared without being joined. One's own devices are as near. */
async function haveDirectRoom(one: string, other: string, { rooms }: Ports): Promise<boolean> {
  return one === other || (await rooms.find(directRoomId(one, other))) !== undefined;
}

export const handler = (event: unknown) =>
  signal(event, {
    ...commandPorts(),
    audience: aws.audience(),
    rooms: aws.rooms(),
    sockets: aws.sockets(),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    postsPerSecond: numberSetting('postsPerSecond'),
  });
