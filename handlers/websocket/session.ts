import type { Connection } from '../chat/connections';
import { ClientError } from '../chat/errors';
import { notify } from '../chat/membership/entering';
import { MEMBER_TYPING, RECEIPTS_GIVEN } from '../chat/events';
import { headOf, headsOf } from '../chat/membership/heads';
import { isQuiet } from '../chat/fan-out/notices';
import type { Audience, Connections, EventBus, Log, Members, Now, Outbox, Rooms, Users } from '../chat/ports';
import { UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import { namedRoom, type NamedRoom } from '../chat/protocol/fields';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type { Bye } from '../chat/protocol/pushes';
import { PAGE_MESSAGES } from '../chat/protocol/recall';
import type {
  Answer,
  HelloReply,
  NameReply,
  PongReply,
  ReceiptReply,
  RoomReply,
} from '../chat/protocol/replies';
import * as schemas from '../chat/protocol/session';
import { checkedName, rename } from '../chat/membership/renaming';
import { isDirectRoom, roomIdOf, unknownRoom } from '../chat/rooms';
import { summariesOf } from '../chat/membership/summaries';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';
import { answerFrame } from './answering';

interface Ports {
  connections: Connections;
  audience: Audience;
  users: Users;
  members: Members;
  rooms: Rooms;
  outbox: Outbox;
  bus: EventBus;
  log: Log;
  now: Now;
  maxTextBytes: number;
}

/** API Gateway's limit of one frame: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const FRAME_BYTES = 32 * 1024;
/** One notice per connection and room in so many milliseconds; what comes sooner is answered and dropped. */
const TYPING_GAP = 3000;
/** One receipt per member in so many milliseconds. */
const RECEIPT_GAP = 5000;
/** Receipts of a room are gathered for so long, in milliseconds; `fan-out` waits for the same time. */
const RECEIPTS_WINDOW = 1000;

/**
 * API Gateway calls this for the commands about oneself and sends `body` back to the caller. Nothing is posted from
 * here: what others hear of it goes over the bus, and is lost if the bus does not take it.
 */
export function session(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerFrame(event, ports, (fields, { connectionId }) => execute(fields, connectionId, ports));
}

function execute(fields: Fields, connectionId: string, ports: Ports): Promise<object> {
  switch (fields.action) {
    case 'hello':
      return hello(fields, connectionId, ports);
    case 'ping':
      return ping(fields, connectionId, ports);
    case 'setName':
      return setName(fields, connectionId, ports);
    case 'typing':
      return typing(fields, connectionId, ports);
    case 'receipt':
      return receipt(fields, connectionId, ports);
    case 'refresh':
      parseFields(schemas.refresh, fields);
      throw new ClientError('not_available', 'Connections here have no token that could be replaced.');
    default:
      throw new ClientError('unknown_action', 'There is no such action.', '/action');
  }
}

async function hello(fields: Fields, connectionId: string, ports: Ports): Promise<Answer<HelloReply> | Bye> {
  parseFields(schemas.hello, fields);
  const connection = await ports.connections.find(connectionId);
  if (connection === undefined) return UNKNOWN_CONNECTION;
  const { userId, name } = connection;
  return {
    connectionId,
    userId,
    name,
    rooms: await summariesOf(await membershipsOf(connection, ports), ports),
    limits: { textBytes: ports.maxTextBytes, frameBytes: FRAME_BYTES, pageMessages: PAGE_MESSAGES },
    protocol: 1,
  };
}

/** A page of a person's rooms, with those that the connection listens to: the index may not know these yet. */
async function membershipsOf({ userId, rooms }: Connection, { members }: Ports) {
  const page = await members.roomsOf(userId);
  const known = new Set(page.members.map(({ roomId }) => roomId));
  const unknown = rooms.filter((roomId) => !known.has(roomId));
  const found = await Promise.all(unknown.map((roomId) => members.find(roomId, userId)));
  return [...page.members, ...found.flatMap((member) => member ?? [])];
}

async function ping(fields: Fields, connectionId: string, ports: Ports): Promise<Answer<PongReply> | Bye> {
  parseFields(schemas.ping, fields);
  const connection = await ports.connections.touch(connectionId, ports.now());
  if (connection === undefined) return UNKNOWN_CONNECTION;
  const direct = await directRoomsOf(connection.userId, ports);
  const rooms = await ports.rooms.findMany([...new Set([...connection.rooms, ...direct])]);
  const heads = await headsOf(rooms, ports.outbox);
  return {
    pong: true,
    rooms: Object.fromEntries(
      rooms.flatMap(({ roomId }, index) => (heads[index] ? [[roomId, heads[index]]] : [])),
    ),
  };
}

/** As many pages of a person's rooms as a pong has room for the heads of: 400 are 24 KB. */
const PAGES = 4;

/** Of a direct room one hears without having joined it. */
async function directRoomsOf(userId: string, { members }: Ports): Promise<string[]> {
  const direct: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const found = await members.roomsOf(userId, after);
    direct.push(...found.members.map(({ roomId }) => roomId).filter(isDirectRoom));
    if (found.next === null) break;
    after = found.next;
  }
  return direct;
}

async function setName(fields: Fields, connectionId: string, ports: Ports): Promise<Answer<NameReply> | Bye> {
  const name = checkedName(parseFields(schemas.setName, fields).name);
  const connection = await ports.connections.find(connectionId);
  if (connection === undefined) return UNKNOWN_CONNECTION;
  const { userId } = connection;
  if (connection.name !== name) {
    await notify(await rename(connection, name, ports), ports);
    ports.log.info('renamed', { connectionId, userId });
  }
  return { userId, name };
}

async function typing(fields: Fields, connectionId: string, ports: Ports): Promise<Answer<RoomReply> | Bye> {
  const named = namedRoom(parseFields(schemas.typing, fields));
  const connection = await ports.connections.find(connectionId);
  if (connection === undefined) return UNKNOWN_CONNECTION;
  const { userId, rooms } = connection;
  const roomId = roomMeant(named, connection);
  const room = await ports.rooms.find(roomId);
  if (room === undefined || !(rooms.includes(roomId) || room.people?.includes(userId)))
    throw unknownRoom(named?.pointer);
  const noted = await ports.connections.noteTyping(connectionId, roomId, {
    now: ports.now(),
    gap: TYPING_GAP,
  });
  if (noted && !(await isQuiet(room, ports.audience)))
    await notify([{ type: MEMBER_TYPING, detail: { roomId, userId, connectionId } }], ports);
  return { roomId };
}

async function receipt(
  fields: Fields,
  connectionId: string,
  ports: Ports,
): Promise<Answer<ReceiptReply> | Bye> {
  const command = parseFields(schemas.receipt, fields);
  const { readSeq = 0, receivedSeq = 0 } = command;
  if (command.readSeq === undefined && command.receivedSeq === undefined)
    throw new ClientError('bad_request', 'A receipt gives receivedSeq, readSeq, or both.', '/receivedSeq');
  const named = namedRoom(command);
  const connection = await ports.connections.find(connectionId);
  if (connection === undefined) return UNKNOWN_CONNECTION;
  const { userId } = connection;
  const roomId = roomMeant(named, connection);
  const room = await ports.rooms.find(roomId);
  if (room === undefined) throw unknownRoom(named?.pointer);
  // A cursor that ran ahead could never be taken back.
  const { seq } = await headOf(room, ports.outbox);
  const member = await ports.members.giveReceipt(roomId, userId, {
    receivedSeq: Math.min(seq, Math.max(receivedSeq, readSeq)),
    readSeq: Math.min(seq, readSeq),
    now: ports.now(),
    gap: RECEIPT_GAP,
  });
  if (member === undefined) throw unknownRoom(named?.pointer);
  if ('tooSoon' in member) {
    throw new ClientError('too_many_requests', 'A receipt is given at most every 5 seconds.', undefined, {
      retryAfterMs: member.tooSoon,
    });
  }
  if (!(await isQuiet(room, ports.audience)) && (await isFirstInWindow(roomId, ports)))
    await notify([{ type: RECEIPTS_GIVEN, detail: { roomId } }], ports);
  return { roomId, receivedSeq: member.receivedSeq, readSeq: member.readSeq };
}

/** Asked after the cursors are stored, so that whoever announces at the window's end finds them. */
function isFirstInWindow(roomId: string, { rooms, now }: Ports): Promise<boolean> {
  return rooms.claimReceipts(roomId, { now: now(), windowMs: RECEIPTS_WINDOW });
}

function roomMeant(named: NamedRoom | undefined, { rooms }: Connection): string {
  const roomId = named === undefined ? rooms.at(-1) : roomIdOf(named.value, named.pointer);
  if (roomId === undefined) throw unknownRoom(named?.pointer);
  return roomId;
}

export const handler = (event: unknown) =>
  session(event, {
    connections: aws.connections(),
    audience: aws.audience(),
    users: aws.users(),
    members: aws.members(),
    rooms: aws.rooms(),
    outbox: aws.outbox(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
    maxTextBytes: numberSetting('maxTextBytes'),
  });
