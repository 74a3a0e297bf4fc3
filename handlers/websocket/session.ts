import type { CallerPorts } from '../chat/caller';
import type { Connection } from '../chat/connections';
import { ClientError } from '../chat/errors';
import { notify } from '../chat/membership/entering';
import { MEMBER_TYPING, RECEIPTS_GIVEN } from '../chat/events';
import { headOf, headsOf } from '../chat/heads';
import { isQuiet } from '../chat/audience';
import type { EventBus, Log } from '../chat/ports';
import type { Outbox } from '../chat/storage/messages';
import type { Users } from '../chat/storage/people';
import type { Audience, Members, Rooms } from '../chat/storage/rooms';
import { namedRoom } from '../chat/protocol/fields';
import { parseFields, type Fields } from '../chat/protocol/frame';
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
import { ownRooms, ownSummaries } from '../chat/membership/own-rooms';
import { checkedName, rename } from '../chat/membership/renaming';
import { roomFor } from '../chat/membership/room-for';
import { unknownRoom } from '../chat/rooms';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';
import { answerCommand, commandOf } from './answering';
import { roomCommandPorts } from './command-ports';

interface Ports extends CallerPorts {
  audience: Audience;
  users: Users;
  members: Members;
  rooms: Rooms;
  outbox: Outbox;
  bus: EventBus;
  log: Log;
  maxTextBytes: number;
}

const commands = { hello, ping, setName, typing, receipt };

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
  return answerCommand(event, ports, (fields, caller) => commandOf(fields, commands)(fields, caller, ports));
}

async function hello(fields: Fields, caller: Connection, ports: Ports): Promise<Answer<HelloReply>> {
  parseFields(schemas.hello, fields);
  const { connectionId, userId, name } = caller;
  return {
    connectionId,
    userId,
    name,
    ...(await ownSummaries(caller, undefined, ports)),
    limits: { textBytes: ports.maxTextBytes, frameBytes: FRAME_BYTES, pageMessages: PAGE_MESSAGES },
    protocol: 1,
  };
}

/** Of all rooms of the person, whether this connection hears them or not: another device may have entered one. */
async function ping(fields: Fields, caller: Connection, ports: Ports): Promise<Answer<PongReply>> {
  const { after } = parseFields(schemas.ping, fields);
  const { roomIds, next } = await ownRooms(caller, after, ports.members);
  const rooms = await ports.rooms.findMany(roomIds);
  const heads = await headsOf(rooms, ports.outbox);
  return {
    pong: true,
    rooms: Object.fromEntries(
      rooms.flatMap(({ roomId }, index) => (heads[index] ? [[roomId, heads[index]]] : [])),
    ),
    next,
  };
}

async function setName(fields: Fields, caller: Connection, ports: Ports): Promise<Answer<NameReply>> {
  const name = checkedName(parseFields(schemas.setName, fields).name);
  const { connectionId, userId } = caller;
  if (caller.name !== name) {
    await notify(await rename(caller, name, ports), ports);
    ports.log.info('renamed', { connectionId, userId });
  }
  return { userId, name };
}

async function typing(fields: Fields, caller: Connection, ports: Ports): Promise<Answer<RoomReply>> {
  const named = namedRoom(parseFields(schemas.typing, fields));
  const { room } = await roomFor('typing', caller, named, ports);
  const { connectionId, userId } = caller;
  const { roomId } = room;
  const noted = await ports.connections.noteTyping(connectionId, roomId, {
    now: ports.now(),
    gap: TYPING_GAP,
  });
  if (noted && !(await isQuiet(room, ports.audience)))
    await notify([{ type: MEMBER_TYPING, detail: { roomId, userId, connectionId } }], ports);
  return { roomId };
}

async function receipt(fields: Fields, caller: Connection, ports: Ports): Promise<Answer<ReceiptReply>> {
  const command = parseFields(schemas.receipt, fields);
  const { readSeq = 0, receivedSeq = 0 } = command;
  if (command.readSeq === undefined && command.receivedSeq === undefined)
    throw new ClientError('bad_request', 'A receipt gives receivedSeq, readSeq, or both.', '/receivedSeq');
  const named = namedRoom(command);
  const { userId } = caller;
  const { room } = await roomFor('receipt', caller, named, ports);
  const { roomId } = room;
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

export const handler = (event: unknown) =>
  session(event, {
    ...roomCommandPorts(),
    users: aws.users(),
    maxTextBytes: numberSetting('maxTextBytes'),
  });
