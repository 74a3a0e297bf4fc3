import * as z from 'zod/mini';
import { ClientError } from '../chat/errors';
import type { Log } from '../chat/ports';
import { errorReply } from '../chat/protocol/answers';
import { commandIdOf, parseFrame, type CommandId, type Fields } from '../chat/protocol/frame';
import type { Bye } from '../chat/protocol/pushes';

const messageEvent = z.object({
  requestContext: z.object({ connectionId: z.string(), requestId: z.string() }),
  body: z.optional(z.string()),
});

/** Who sends a frame, and by what its request is found in the logs. */
export interface Sender {
  readonly connectionId: string;
  readonly traceId: string;
}

/**
 * Answers one frame: API Gateway sends `body` back to the caller. `execute` gets the frame's fields and gives its
 * reply without `id` and `ok`, or a `bye`. Refusals (ClientError) and faults are replies too, so the socket stays
 * open whatever comes in.
 */
export async function answerFrame(
  event: unknown,
  ports: { log: Log },
  execute: (fields: Fields, sender: Sender) => Promise<object>,
): Promise<{ statusCode: number; body: string }> {
  const { requestContext, body } = messageEvent.parse(event);
  const sender = { connectionId: requestContext.connectionId, traceId: requestContext.requestId };
  return { statusCode: 200, body: JSON.stringify(await answer(body, sender, ports, execute)) };
}

async function answer(
  body: string | undefined,
  sender: Sender,
  { log }: { log: Log },
  execute: (fields: Fields, sender: Sender) => Promise<object>,
): Promise<object> {
  let id: CommandId | undefined;
  const { connectionId, traceId } = sender;
  try {
    const fields = parseFrame(body);
    id = commandIdOf(fields);
    const reply = await execute(fields, sender);
    return isBye(reply) ? reply : { id, ok: true, ...reply };
  } catch (error) {
    if (error instanceof ClientError) {
      // The field of ours alone: what comes below it can be a name that the client gave.
      const field = error.pointer?.split('/')[1];
      log.info('refused', { traceId, connectionId, reason: error.error, field });
      return errorReply(error, id, traceId);
    }
    log.error('command failed', error, { traceId, connectionId });
    return errorReply(
      new ClientError('internal', 'Something went wrong on our side; try again.'),
      id,
      traceId,
    );
  }
}

function isBye(reply: object): reply is Bye {
  return 'type' in reply && reply.type === 'bye';
}
