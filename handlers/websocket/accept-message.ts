import * as z from 'zod/mini';
import { append } from '../chat/append';
import { ClientError } from '../chat/errors';
import { MESSAGE_ACCEPTED } from '../chat/events';
import { HeadHints, RoomGuesses } from '../chat/hints';
import { messageIdOf, newId } from '../chat/ids';
import { timestampOf, type Message } from '../chat/messages';
import type { Connections, EventBus, Log, Now, Outbox, Rooms } from '../chat/ports';
import {
  commandIdOf,
  errorReply,
  parseCommand,
  parseFrame,
  UNKNOWN_CONNECTION,
  type AcceptedReply,
  type Bye,
  type CommandId,
  type ErrorReply,
  type SendMessage,
} from '../chat/protocol';
import { roomIdOf, type Room } from '../chat/rooms';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';

const messageEvent = z.object({
  requestContext: z.object({ connectionId: z.string(), requestId: z.string() }),
  body: z.optional(z.string()),
});

interface Ports {
  connections: Connections;
  rooms: Rooms;
  outbox: Outbox;
  bus: EventBus;
  hints: HeadHints;
  guesses: RoomGuesses;
  log: Log;
  now: Now;
  maxTextBytes: number;
}

type Reply = AcceptedReply | ErrorReply | Bye;

/**
 * API Gateway calls this for every frame without a route of its own and sends `body` back to the caller.
 * It numbers and keeps the message, says so on the bus and replies; it never posts to a connection. Refusals and
 * faults are replies too, so the socket stays open whatever comes in.
 */
export async function acceptMessage(
  event: unknown,
  ports: Ports,
): Promise<{ statusCode: number; body: string }> {
  const { requestContext, body } = messageEvent.parse(event);
  const { connectionId, requestId } = requestContext;
  const reply = await answer(body, connectionId, requestId, ports);
  return { statusCode: 200, body: JSON.stringify(reply) };
}

async function answer(
  body: string | undefined,
  connectionId: string,
  traceId: string,
  ports: Ports,
): Promise<Reply> {
  let id: CommandId | undefined;
  try {
    const fields = parseFrame(body);
    id = commandIdOf(fields);
    const command = parseCommand(fields, ports);
    const message = await accept(command, connectionId, ports);
    if (message === 'unknown_connection') return UNKNOWN_CONNECTION;
    ports.log.info('accepted', {
      traceId,
      messageId: messageIdOf(message.roomId, message.seq),
      connectionId,
    });
    return acceptedReply(message, id);
  } catch (error) {
    if (error instanceof ClientError) {
      ports.log.info('refused', { traceId, connectionId, reason: error.error, field: error.pointer });
      return errorReply(error, id, traceId);
    }
    ports.log.error('accept failed', error, { traceId, connectionId });
    return errorReply(
      new ClientError('internal', 'Something went wrong on our side; try again.'),
      id,
      traceId,
    );
  }
}

async function accept(
  command: SendMessage,
  connectionId: string,
  ports: Ports,
): Promise<Message | 'unknown_connection'> {
  // Who sends and where to are read at once where the room can be guessed: a round trip less for the sender.
  const named = command.room && roomIdOf(command.room.value, command.room.pointer);
  const guess = named ?? ports.guesses.get(connectionId);
  const [sender, guessed] = await Promise.all([
    ports.connections.find(connectionId),
    guess === undefined ? undefined : stateOf(guess, ports),
  ]);
  if (sender === undefined) return 'unknown_connection';
  const roomId = named ?? sender.rooms.at(-1);
  if (roomId === undefined || !sender.rooms.includes(roomId)) throw noSuchRoom(command);
  const { room, last } = guessed !== undefined && roomId === guess ? guessed : await stateOf(roomId, ports);
  if (room === undefined) throw noSuchRoom(command);
  ports.guesses.set(connectionId, roomId);
  const message = await append(
    {
      roomId,
      room: room.name,
      epoch: room.epoch,
      text: command.text,
      senderId: sender.userId,
      sender: sender.name,
      origin: sender.connectionId,
      echo: command.echo,
      acceptedAt: ports.now(),
      appendId: newId('a'),
    },
    Math.max(room.head, last),
    ports,
  );
  await announce(message, ports);
  return message;
}

/** Says as much of a room that does not exist as of one that the sender is not in. */
function noSuchRoom({ room }: SendMessage): ClientError {
  return new ClientError('unknown_room', 'You are in no such room.', room?.pointer);
}

/** A room, and its last number as far as the outbox or a fresh hint knows it. */
async function stateOf(roomId: string, ports: Ports): Promise<{ room: Room | undefined; last: number }> {
  const hint = ports.hints.get(roomId, ports.now());
  const [room, last] = await Promise.all([
    ports.rooms.find(roomId),
    hint === undefined ? ports.outbox.lastSeq(roomId) : hint,
  ]);
  return { room, last };
}

/** Says it on the bus, once. If the bus does not take it the message is accepted all the same: the sweep says it again. */
async function announce({ roomId, seq }: Message, ports: Ports): Promise<void> {
  const messageId = messageIdOf(roomId, seq);
  try {
    const refused = await ports.bus.publish([
      { type: MESSAGE_ACCEPTED, detail: { messageId, roomId, seq, attempt: 0 } },
    ]);
    if (refused.length > 0) ports.log.warn('left to the sweep', { messageId });
  } catch (error) {
    ports.log.error('left to the sweep', error, { messageId });
  }
}

function acceptedReply(
  { roomId, room, seq, epoch, acceptedAt }: Message,
  id: CommandId | undefined,
): AcceptedReply {
  return {
    id,
    ok: true,
    messageId: messageIdOf(roomId, seq),
    room,
    roomId,
    seq,
    epoch,
    timestamp: timestampOf(acceptedAt),
    duplicate: false,
  };
}

const hints = new HeadHints();
const guesses = new RoomGuesses();

export const handler = (event: unknown) =>
  acceptMessage(event, {
    connections: aws.connections(),
    rooms: aws.rooms(),
    outbox: aws.outbox(),
    bus: aws.bus(),
    hints,
    guesses,
    log: aws.log(),
    now: Date.now,
    maxTextBytes: numberSetting('maxTextBytes'),
  });
