import type { CallerPorts } from '../chat/caller';
import type { Connection } from '../chat/connections';
import { ClientError } from '../chat/errors';
import { roomFor } from '../chat/membership/room-for';
import { headOf } from '../chat/heads';
import { historyPage } from '../chat/recall/pages';
import { UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import { namedRoom } from '../chat/protocol/fields';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type { Bye } from '../chat/protocol/pushes';
import { history, resume, RESUMED_ROOMS } from '../chat/protocol/recall';
import type { Answer, HistoryReply, ResumeReply } from '../chat/protocol/replies';
import { resumeRooms, type ResumePorts } from '../chat/recall/resuming';
import * as aws from '../composition';
import { numberSetting } from '../aws/environment';
import { answerCommand, commandOf } from './answering';
import { roomCommandPorts } from './command-ports';

type Ports = ResumePorts & CallerPorts;

const commands = { history: tellHistory, resume: tellMissed };

/**
 * API Gateway calls this for `history` and `resume` and sends `body` back to the caller: what was said in a room,
 * to those who belong to it. A throw would close nothing and tell the client an internal error.
 */
export function recallMessages(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerCommand(event, ports, (fields, caller) => commandOf(fields, commands)(fields, caller, ports));
}

async function tellHistory(
  fields: Fields,
  connection: Connection,
  ports: ResumePorts,
): Promise<Answer<HistoryReply>> {
  const command = parseFields(history, fields);
  const { room } = await roomFor('history', connection, namedRoom(command), ports);
  const head = await headOf(room, ports.outbox);
  const page = await historyPage(room, command, head.seq, ports);
  return { roomId: room.roomId, epoch: room.epoch, ...page };
}

async function tellMissed(
  fields: Fields,
  connection: Connection,
  ports: ResumePorts,
): Promise<Answer<ResumeReply> | Bye> {
  const positions = Object.entries(parseFields(resume, fields).rooms);
  if (positions.length > RESUMED_ROOMS) {
    throw new ClientError('limit_exceeded', `Ask for at most ${RESUMED_ROOMS} rooms at once.`, '/rooms');
  }
  const rooms = await resumeRooms(connection, positions, ports);
  return rooms === 'unknown_connection' ? UNKNOWN_CONNECTION : { rooms };
}

export const handler = (event: unknown) =>
  recallMessages(event, {
    ...roomCommandPorts(),
    history: aws.chatHistory(),
    retentionDays: numberSetting('historyRetentionDays'),
  });
