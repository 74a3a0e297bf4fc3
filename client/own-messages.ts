import type { NumberedPush } from '../handlers/chat/protocol/pushes';
import type { AcceptedReply } from '../handlers/chat/protocol/replies';
import type { UnsentEntry } from './unsent-store';

export interface Person {
  readonly userId: string;
  readonly name: string;
}

/**
 * What the others are pushed about a message of this client. The sending socket gets the reply alone, which together
 * with the command says the same, so that the push to oneself is not paid for.
 */
export function ownPush(
  { command, clientMessageId }: UnsentEntry,
  reply: AcceptedReply,
  { userId, name }: Person,
): NumberedPush {
  const { room, roomId, seq, epoch, messageId, timestamp } = reply;
  const numbered = {
    room,
    roomId,
    seq,
    epoch,
    messageId,
    clientMessageId,
    senderId: userId,
    sender: name,
    timestamp,
  };
  const ref = String(command['messageId']);
  const message = String(command['message']);
  switch (command.action) {
    case 'editMessage':
      return { type: 'edited', ...numbered, ref, message };
    case 'deleteMessage':
      return { type: 'deleted', ...numbered, ref };
    default:
      return { type: 'message', ...numbered, message };
  }
}
