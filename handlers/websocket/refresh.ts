import { revocationOf } from '../chat/access';
import { callerToRefresh, type CallerPorts } from '../chat/caller';
import { ClientError } from '../chat/errors';
import type { Log, TokenVerifier } from '../chat/ports';
import type { Users } from '../chat/storage/people';
import { UNKNOWN_CONNECTION } from '../chat/protocol/answers';
import { parseFields, type Fields } from '../chat/protocol/frame';
import type { Bye } from '../chat/protocol/pushes';
import type { Answer, RefreshReply } from '../chat/protocol/replies';
import * as schemas from '../chat/protocol/session';
import * as aws from '../composition';
import { answerFrame, type Sender } from './answering';
import { commandPorts } from './command-ports';

interface Ports extends CallerPorts {
  tokens: TokenVerifier;
  users: Users;
  log: Log;
}

/**
 * API Gateway calls this for `refresh` and sends `body` back to the caller. It has a function of its own, because it
 * alone of all commands needs the user pool's keys.
 */
export function refresh(event: unknown, ports: Ports): Promise<{ statusCode: number; body: string }> {
  return answerFrame(event, ports, (read, sender) => execute(read, sender, ports));
}

/** A token of somebody else is refused as any other bad one is: it says nothing about whose it would be. */
async function execute(
  read: () => Fields,
  sender: Sender,
  ports: Ports,
): Promise<Answer<RefreshReply> | Bye> {
  const { connectionId } = sender;
  const caller = await callerToRefresh(sender, ports);
  if (caller === undefined) return UNKNOWN_CONNECTION;
  const fields = read();
  if (fields.action !== 'refresh')
    throw new ClientError('unknown_action', 'There is no such action.', '/action');
  const { token } = parseFields(schemas.refresh, fields);
  if (caller.kind !== 'user')
    throw new ClientError('not_available', 'This connection came in without a token.');
  const person = await ports.tokens.verify(token);
  if (person === 'expired') throw new ClientError('token_expired', 'This token has ended too.', '/token');
  if (person === 'invalid' || person.userId !== caller.userId) throw unauthorized();
  if (revocationOf(await ports.users.find(person.userId), person) !== undefined) throw unauthorized();
  if ((await ports.connections.renewToken(connectionId, person)) === undefined) return UNKNOWN_CONNECTION;
  ports.log.info('token renewed', { connectionId, userId: person.userId });
  return { expiresInMs: Math.max(0, person.tokenExpiresAt - ports.now()) };
}

function unauthorized(): ClientError {
  return new ClientError('unauthorized', 'This token does not let this person go on.', '/token');
}

export const handler = (event: unknown) =>
  refresh(event, {
    ...commandPorts(),
    users: aws.users(),
    tokens: aws.tokens(),
  });
