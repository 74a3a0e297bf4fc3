import { numberSetting } from '../aws/environment';
import { HeadHints, RoomGuesses } from '../chat/sending/hints';
import { messageIdOf } from '../chat/ids';
import { timestampOf } from '../chat/messages';
import { UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import type { Fields } from '../chat/protocol/frame';
import type { AcceptedReply, Answer } from '../chat/protocol/replies';
import { send, type Accepted, type SendingPorts } from '../chat/sending/sending';
import * as aws from '../composition';
import { answerFrame } from './answering';
import { parseSending } from './parse-sending';

type Ports = SendingPorts & { readonly maxTextBytes: number };

/**
 * API Gateway calls this for every frame without a route of its own and sends `body` back to the caller.
 * It numbers and keeps messages, edits and deletions, says so on the bus and replies; it never posts to a connection.
 */
export function acceptMessage(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerFrame(event, ports, async (fields, { connectionId, traceId }) => {
    if (isKeepAlive(fields)) {
      const connection = await ports.connections.touch(connectionId, ports.now());
      return connection === undefined ? UNKNOWN_CONNECTION : { pong: true, rooms: {} };
    }
    const accepted = await send(parseSending(fields, ports.maxTextBytes), connectionId, ports);
    if (accepted === 'unknown_connection') return UNKNOWN_CONNECTION;
    ports.log.info('accepted', {
      traceId,
      messageId: messageIdOf(accepted.roomId, accepted.seq),
      connectionId,
      duplicate: accepted.duplicate,
    });
    return acceptedReply(accepted);
  });
}

/** The tutorials keep a connection open with `{"action":"send","data":"ping"}`; any other `send` is no action of ours. */
function isKeepAlive({ action, data }: Fields): boolean {
  return action === 'send' && data === 'ping';
}

function acceptedReply(accepted: Accepted): Answer<AcceptedReply> {
  const { roomId, room, seq, epoch, acceptedAt, duplicate } = accepted;
  return {
    messageId: messageIdOf(roomId, seq),
    room,
    roomId,
    seq,
    epoch,
    timestamp: timestampOf(acceptedAt),
    duplicate,
  };
}

const hints = new HeadHints();
const guesses = new RoomGuesses();

export const handler = (event: unknown) =>
  acceptMessage(event, {
    connections: aws.connections(),
    rooms: aws.rooms(),
    users: aws.users(),
    members: aws.members(),
    outbox: aws.outbox(),
    history: aws.chatHistory(),
    dedupe: aws.dedupe(),
    bus: aws.bus(),
    hints,
    guesses,
    log: aws.log(),
    now: Date.now,
    maxTextBytes: numberSetting('maxTextBytes'),
  });
