import type { Sending } from '../chat/sending/destinations';
import { ClientError } from '../chat/errors';
import { parseMessageId } from '../chat/ids';
import { isRoomId, roomIdOf } from '../chat/rooms';
import { nearestAction } from '../chat/protocol/actions';
import { checkText, namedRoom } from '../chat/protocol/fields';
import { parseFields, type Fields } from '../chat/protocol/frame';
import * as schemas from '../chat/protocol/sending';

/**
 * Understands a frame that is to become a message.
 * @throws ClientError `unknown_action`, naming the nearest; `bad_request` naming the field; `too_large` above
 * `maxTextBytes` of UTF-8
 */
export function parseSending(fields: Fields, maxTextBytes: number): Sending {
  const spokenFor = fields.action === undefined && fields.message !== undefined;
  const action = spokenFor ? 'sendMessage' : fields.action;
  switch (action) {
    case 'sendPrivate': {
      const { to, clientMessageId, echo = false, ...said } = parseFields(schemas.sendPrivate, fields);
      return { to: 'person', person: to, clientMessageId, echo, text: textOf(said, maxTextBytes) };
    }
    case 'editMessage': {
      const { messageId, clientMessageId, ...said } = parseFields(schemas.editMessage, fields);
      const text = textOf(said, maxTextBytes);
      return { to: 'message', kind: 'edit', ...located(messageId), clientMessageId, echo: false, text };
    }
    case 'deleteMessage': {
      const { messageId, clientMessageId } = parseFields(schemas.deleteMessage, fields);
      return { to: 'message', kind: 'delete', ...located(messageId), clientMessageId, echo: false, text: '' };
    }
    default: {
      if (!schemas.SEND_ACTIONS.some((known) => known === action)) throw unknownAction(fields.action);
      const command = parseFields(schemas.sendMessage, fields);
      const { clientMessageId, echo = false, ifSeq } = command;
      const text = textOf(command, maxTextBytes);
      const room = namedRoom(command);
      // A name that cannot be one is refused here, so that the frame counts as a command.
      if (room !== undefined) roomIdOf(room.value, room.pointer);
      return { to: 'room', room, clientMessageId, echo, ifSeq, text };
    }
  }
}

function unknownAction(given: unknown): ClientError {
  const nearest = typeof given === 'string' ? nearestAction(given) : 'sendMessage';
  // A known one comes here where its function is not deployed, as that of `refresh` where nobody signs in.
  const hint = nearest === given ? '' : ` The nearest is ${nearest}.`;
  return new ClientError('unknown_action', `There is no such action.${hint}`, '/action');
}

function textOf(
  { message, data }: { message?: string | undefined; data?: string | undefined },
  maxTextBytes: number,
): string {
  const text = message ?? data ?? '';
  checkText(text, message === undefined && data !== undefined ? '/data' : '/message', maxTextBytes);
  return text;
}

function located(messageId: string): { roomId: string; seq: number } {
  const location = parseMessageId(messageId);
  if (location === undefined || !isRoomId(location.roomId)) {
    throw new ClientError('bad_request', 'This is no id of a message.', '/messageId');
  }
  return location;
}
