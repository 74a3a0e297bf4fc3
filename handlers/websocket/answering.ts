import * as z from 'zod/mini';
import { callerOf, type CallerPorts, type Origin } from '../chat/caller';
import type { Connection } from '../chat/connections';
import { ClientError } from '../chat/errors';
import type { Log } from '../chat/ports';
import { errorReply, UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import { commandIdOf, parseFrame, type CommandId, type Fields } from '../chat/protocol/frame';
import type { Bye } from '../chat/protocol/pushes';

const messageEvent = z.object({
  requestContext: z.object({
    connectionId: z.string(),
    requestId: z.string(),
    // What the authorizer gave at the handshake comes with every event of the connection.
    authorizer: z.nullish(z.object({ userId: z.optional(z.string()) })),
  }),
  body: z.optional(z.string()),
});

/** Who sends a frame, and by what its request is found in the logs. */
export interface Sender extends Origin {
  readonly traceId: string;
}

/**
 * Answers one frame: API Gateway sends `body` back to the caller. `execute` gives its reply without `id` and `ok`, or a
 * `bye`. Refusals (ClientError) and faults are replies too, so the socket stays open whatever comes in.
 *
 * It gets the frame's fields by `read`, which throws for what cannot be read, so that it can count the frame first:
 * whoever sends only nonsense has a limit too.
 */
export async function answerFrame(
  event: unknown,
  ports: { log: Log },
  execute: (read: () => Fields, sender: Sender) => Promise<object>,
): Promise<{ statusCode: number; body: string }> {
  const { requestContext, body } = messageEvent.parse(event);
  const { connectionId, requestId: traceId, authorizer } = requestContext;
  const sender = { connectionId, traceId, userId: authorizer?.userId };
  return { statusCode: 200, body: JSON.stringify(await answer(body, sender, ports, execute)) };
}

/** As `answerFrame`, for commands: finds who gives it, counts it, and says `bye` to a connection that is not known. */
export function answerCommand(
  event: unknown,
  ports: CallerPorts & { readonly log: Log },
  execute: (fields: Fields, caller: Connection, sender: Sender) => Promise<object | undefined>,
): Promise<{ statusCode: number; body: string }> {
  return answerFrame(event, ports, async (read, sender) => {
    const caller = await callerOf(sender, ports);
    return (caller && (await execute(read(), caller, sender))) ?? UNKNOWN_CONNECTION;
  });
}

/** The command that a frame's `action` names. Throws ClientError `unknown_action` where it is none of these. */
export function commandOf<Command>({ action }: Fields, commands: Readonly<Record<string, Command>>): Command {
  const command =
    typeof action === 'string' && Object.hasOwn(commands, action) ? commands[action] : undefined;
  if (command === undefined) throw new ClientError('unknown_action', 'There is no such action.', '/action');
  return command;
}

async function answer(
  body: string | undefined,
  sender: Sender,
  { log }: { log: Log },
  execute: (read: () => Fields, sender: Sender) => Promise<object>,
): Promise<object> {
  let id: CommandId | undefined;
  const { connectionId, traceId } = sender;
  try {
    const read = readerOf(body);
    id = idOf(read);
    const reply = await execute(read, sender);
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

/** Parses once, and throws what that threw each time that it is asked. */
function readerOf(body: string | undefined): () => Fields {
  try {
    const fields = parseFrame(body);
    return () => fields;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Undefined also for a frame, or an id, that cannot be read: whoever reads it in earnest says so. */
function idOf(read: () => Fields): CommandId | undefined {
  try {
    return commandIdOf(read());
  } catch {
    return undefined;
  }
}

function isBye(reply: object): reply is Bye {
  return 'type' in reply && reply.type === 'bye';
}
