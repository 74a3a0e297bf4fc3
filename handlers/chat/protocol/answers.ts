import { CLIENT_ERRORS, type ClientError } from '../errors';
import type { CommandId } from './frame';
import type { Bye } from './pushes';
import type { ErrorReply } from './replies';

/** What a client is told when its connection is not known (any more): connect again. */
export const UNKNOWN_CONNECTION: Bye = {
  type: 'bye',
  code: 3010,
  name: 'unknown_connection',
  reconnect: true,
  afterMs: [0, 5000],
};

export function errorReply(error: ClientError, id: CommandId | undefined, traceId: string): ErrorReply {
  const { code, temporary } = CLIENT_ERRORS[error.error];
  return {
    id,
    ok: false,
    error: {
      code,
      name: error.error,
      message: error.message,
      temporary,
      field: error.pointer,
      ...error.details,
      traceId,
    },
  };
}
