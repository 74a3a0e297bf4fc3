import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  paginateListStateMachines,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionOutput,
} from '@aws-sdk/client-sfn';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { deleteAccount } from './account';
import type { EraseRequest } from './command-line';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';
import { countsInWords, personOf, storedOf } from './personal-data';

/** What the workflow's last state gives. */
const receipt = z.object({
  userIdSha256: z.string(),
  erasedAt: z.string(),
  passes: z.int(),
  rows: z.record(z.string(), z.int()),
  executionArn: z.string(),
});
export type Receipt = z.infer<typeof receipt>;

/** How often it is asked whether the workflow has ended, in milliseconds. */
const ASK_AGAIN = 1000;

/**
 * Erases a person and gives the receipt, saying first what there is. Without confirmation it changes nothing.
 * @throws OperatorError where nobody, or more than one, is meant, and where the workflow fails
 */
export async function erasePerson(
  { person, confirmed }: EraseRequest,
  installation: Installation,
  say: (line: string) => void,
): Promise<Receipt | undefined> {
  const userId = await personOf(person);
  say(`Parley ${installation.description}`);
  say(`Person ${userId}`);
  if (!confirmed) {
    say(`There is stored of them: ${countsInWords(await storedOf(userId))}.`);
    say('Nothing was changed: add --yes to erase it. npm run export keeps a copy.');
    return undefined;
  }
  // First, or they could sign in again while the tables are gone through.
  if (await deleteAccount(userId, installation)) say('Their account in the user pool is deleted.');
  const states = new SFNClient({});
  try {
    const stateMachineArn = await workflowOf(installation, states);
    const input = JSON.stringify({ userId });
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
    say(`Started ${executionArn}`);
    return receipt.parse(JSON.parse(await outputOf(executionArn, states)));
  } finally {
    states.destroy();
  }
}

async function outputOf(executionArn: string | undefined, states: SFNClient): Promise<string> {
  for (;;) {
    const execution: DescribeExecutionOutput = await states.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    const { status, output, error = status, cause = '' } = execution;
    if (status === 'SUCCEEDED' && output !== undefined) return output;
    if (status !== 'RUNNING')
      throw new OperatorError(
        `The workflow ended with ${error}. ${error === 'StillActive' ? cause : `See ${executionArn ?? ''}.`} It is safe to start it again.`,
      );
    await pause(ASK_AGAIN);
  }
}

/**
 * CloudFormation names a state machine after its logical id alone, `eraseperson27BBF20A-1ABC…`, so the stage is told by
 * its log group, whose name stacks/constructs/workflow.ts gives. A local runtime has one stage.
 */
async function workflowOf({ stage, endpoint }: Installation, client: SFNClient): Promise<string> {
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    for (const { name = '', stateMachineArn } of stateMachines) {
      if (stateMachineArn === undefined || !/(^|-)eraseperson[0-9A-F]{8}(-|$)/.test(name)) continue;
      if (endpoint !== undefined) return stateMachineArn;
      const { loggingConfiguration } = await client.send(
        new DescribeStateMachineCommand({ stateMachineArn }),
      );
      const groups = loggingConfiguration?.destinations ?? [];
      const own = `/parley-${stage}-erase-person:`;
      if (groups.some(({ cloudWatchLogsLogGroup }) => cloudWatchLogsLogGroup?.logGroupArn?.includes(own)))
        return stateMachineArn;
    }
  }
  throw new OperatorError(
    `There is no workflow erase-person of the stage ${stage} here; with the setting executionLogging OFF start it by hand, see docs/personal-data.md.`,
  );
}
