import {
  paginateFilterLogEvents,
  ResourceNotFoundException,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod/mini';
import { workflows, type WorkflowName } from '../../handlers/wiring';

/** A run of one of the workflows that had to do with a message. */
export interface ServingExecution {
  readonly workflow: WorkflowName;
  readonly executionArn: string;
  /** Unix milliseconds; undefined where its start is not in the logs. */
  readonly startedAt: number | undefined;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** The error's name, of one that failed. */
  readonly error?: string;
}

const line = z.object({
  type: z.string(),
  execution_arn: z.string(),
  event_timestamp: z.string(),
  details: z.optional(z.object({ error: z.optional(z.string()) })),
});
type Line = z.infer<typeof line>;

const ENDS: Readonly<Record<string, ServingExecution['status']>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};

/**
 * The executions that served a message, in order of their start, by the workflows' logs: the one place on AWS that
 * knows Express executions. Lines come up to a minute late there, and with less than `executionLogging` ALL only failures are
 * found, so nothing that must be right may hang on this.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 * @param since Unix milliseconds; when the message was accepted
 */
export async function executionsOf(
  messageId: string,
  { logs, stage, since }: { logs: CloudWatchLogsClient; stage: string; since: number },
): Promise<ServingExecution[]> {
  const found: ServingExecution[] = [];
  for (const workflow of namesOf(workflows)) {
    // As stacks/constructs/workflow.ts names it.
    const logGroup = `/aws/vendedlogs/states/parley-${stage}-${workflow}`;
    const read = (phrase: string) => linesWith(phrase, logGroup, since, logs);
    // In an execution's own line the id stands in JSON, in a payload's in JSON within JSON. `.4` is not `.41`.
    const own = new RegExp(
      `"messageId\\\\*"\\s*:\\s*\\\\*"${messageId.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\\\*"`,
    );
    const lines = (await read(messageId)).filter(({ text }) => own.test(text)).map(({ parsed }) => parsed);
    const arns = new Set(lines.map((one) => one.execution_arn).filter((arn) => !isChild(arn)));
    for (const executionArn of arns) {
      const all = (await read(executionArn)).map(({ parsed }) => parsed);
      found.push({
        workflow,
        executionArn,
        ...lifeOf(all.filter((one) => one.execution_arn === executionArn)),
      });
    }
  }
  return found.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
}

/** A Distributed Map's children, which name their machine as `<machine>/<label>`: what they did is in the ledger by parts. */
function isChild(arn: string): boolean {
  return arn.split(':')[6]?.includes('/') === true;
}

function lifeOf(lines: readonly Line[]): Pick<ServingExecution, 'startedAt' | 'status' | 'error'> {
  const start = lines.find(({ type }) => type === 'ExecutionStarted');
  const end = lines.find(({ type }) => ENDS[type] !== undefined);
  const error = end?.details?.error;
  return {
    startedAt: start === undefined ? undefined : Number(start.event_timestamp),
    status: ENDS[end?.type ?? ''] ?? 'RUNNING',
    ...(error === undefined ? {} : { error }),
  };
}

async function linesWith(
  phrase: string,
  logGroupName: string,
  since: number,
  client: CloudWatchLogsClient,
): Promise<{ text: string; parsed: Line }[]> {
  const found: { text: string; parsed: Line }[] = [];
  const MINUTE = 60_000;
  const pages = paginateFilterLogEvents(
    { client },
    { logGroupName, filterPattern: `"${phrase}"`, startTime: Math.max(0, since - MINUTE) },
  );
  try {
    for await (const { events = [] } of pages) {
      for (const { message = '' } of events)
        found.push({ text: message, parsed: line.parse(JSON.parse(message)) });
    }
  } catch (error) {
    // With executionLogging OFF a workflow never writes, and its group may be gone.
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  return found;
}

function namesOf(record: typeof workflows): WorkflowName[] {
  const isName = (name: string): name is WorkflowName => Object.hasOwn(record, name);
  return Object.keys(record).filter(isName);
}
