import { numberSetting } from '../aws/environment';
import { commandRates, messageRates } from '../aws/rate-settings';
import { callerOf, type CallerPorts } from '../chat/caller';
import { ClientError } from '../chat/errors';
import type { Sending } from '../chat/sending/destinations';
import { HeadHints, RoomGuesses } from '../chat/sending/hints';
import { messageIdOf } from '../chat/ids';
import { timestampOf } from '../chat/messages';
import { UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import type { Fields } from '../chat/protocol/frame';
import type { AcceptedReply, Answer, PongReply } from '../chat/protocol/replies';
import { send, type Accepted, type SendingPorts } from '../chat/sending/sending';
import * as aws from '../composition';
import { answerFrame } from './answering';
import { commandPorts } from './command-ports';
import { parseSending } from './parse-sending';

type Ports = SendingPorts & CallerPorts & { readonly maxTextBytes: number };

/**
 * API Gateway calls this for every frame without a route of its own and sends `body` back to the caller.
 * It numbers and keeps messages, edits and deletions, says so on the bus and replies; it never posts to a connection.
 */
export function acceptMessage(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerFrame(event, ports, async (read, sender) => {
    const { connectionId, traceId } = sender;
    const asked = askedOf(read, ports);
    if (!('to' in asked)) {
      const caller = await callerOf(sender, ports);
      if (caller === undefined) return UNKNOWN_CONNECTION;
      if ('refusal' in asked) throw asked.refusal;
      return asked;
    }
    const accepted = await send(asked, sender, ports);
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

/** What to send; or a reply, or a refusal, to a frame that counts as a command because there is nothing to send. */
function askedOf(
  read: () => Fields,
  { maxTextBytes }: Ports,
): Sending | Answer<PongReply> | { readonly refusal: ClientError } {
  try {
    const fields = read();
    return isKeepAlive(fields) ? { pong: true, rooms: {}, next: null } : parseSending(fields, maxTextBytes);
  } catch (error) {
    if (error instanceof ClientError) return { refusal: error };
    throw error;
  }
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
    ...commandPorts(),
    rates: { ...commandRates(), ...messageRates() },
    rooms: aws.rooms(),
    users: aws.users(),
    members: aws.members(),
    outbox: aws.outbox(),
    history: aws.chatHistory(),
    dedupe: aws.dedupe(),
    bus: aws.bus(),
    hints,
    guesses,
    maxTextBytes: numberSetting('maxTextBytes'),
  });
