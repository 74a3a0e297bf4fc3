import { createAudience } from '../../handlers/aws/audience';
import { createLedger } from '../../handlers/aws/ledger';
import { createOutbox } from '../../handlers/aws/outbox';
import { rangeOfPart } from '../../handlers/chat/fan-out/audience-plan';
import { attemptSummaries, fateOf, type Posted } from '../../handlers/chat/fan-out/explanation';
import { parseMessageId, personalPartition } from '../../handlers/chat/ids';
import type { Audience } from '../../handlers/chat/storage/rooms';
import { billOf } from './bill';
import type { Request } from './command-line';
import { executionsOf } from './executions';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';
import { idsOf } from './people';
import { reportLines } from './report';

/**
 * What became of a message, in lines for an operator. Reads tables and logs, writes nothing.
 * @throws OperatorError for what is no message, or a user whom nothing names
 */
export async function explain({ messageId, user }: Request, installation: Installation): Promise<string[]> {
  const location = parseMessageId(messageId);
  if (location === undefined)
    throw new OperatorError(`${messageId} is no message id; one looks like r_7m3k….41, room and number.`);
  const { roomId, seq } = location;
  const ledger = createLedger();
  const [status, plan, records] = await Promise.all([
    createOutbox().status(roomId, seq),
    ledger.findPlan(messageId),
    ledger.records(messageId),
  ]);
  if (status === undefined && plan === undefined)
    throw new OperatorError(
      `Nothing is known of ${messageId} in ${installation.description}: its outbox entry and its ledger have expired, or it never was.`,
    );

  const userIds = user === undefined ? [] : await idsOf(user, roomId, installation.dynamodb);
  const audience = createAudience();
  // Without the entry who sent it is unknown too: their own connection then reads as not in the audience.
  const message: Posted = {
    ...{ senderId: '', origin: '', echo: true, acceptedAt: Infinity },
    ...status,
    roomId,
  };
  const people = await Promise.all(
    userIds.map(async (userId) => ({
      userId,
      fate: plan && fateOf({ userId, open: await openConnections(userId, audience) }, message, plan, records),
    })),
  );
  const executions = await executionsOf(messageId, {
    logs: installation.logs,
    stage: installation.stage,
    since: status?.acceptedAt ?? 0,
  });
  const bill =
    installation.endpoint === undefined ? undefined : await billOf(executions, installation.endpoint);
  const attempts = plan === undefined ? [] : attemptSummaries(plan, records, status?.attempt ?? 0);
  return [
    `Parley ${installation.description}`,
    '',
    ...reportLines({ messageId, status, plan, attempts, executions, bill, people }, Date.now()),
  ];
}

async function openConnections(userId: string, audience: Audience) {
  const partition = personalPartition(userId);
  const open: { connectionId: string; openedAt: number }[] = [];
  let after: string | undefined;
  do {
    const { rows, next } = await audience.page(partition, { ...rangeOfPart(0, 1), after });
    open.push(...rows);
    after = next ?? undefined;
  } while (after !== undefined);
  return open;
}
