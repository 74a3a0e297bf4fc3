import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  ListStateMachinesCommand,
  SFNClient,
  type DescribeExecutionOutput,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { MESSAGE_ACCEPTED } from '../../handlers/chat/events';
import type { FunctionName, QueueName, WorkflowName } from '../../handlers/wiring';
import type { TableName } from '../../handlers/tables';

/** What tests read of rows; which attributes a row has depends on its table. */
export interface StoredRow {
  readonly roomId: string;
  readonly seq: number;
  readonly name: string;
  readonly epoch: string;
  readonly userId: string;
  readonly connectionId: string;
  /** Of a connection. */
  readonly rooms: ReadonlySet<string>;
  readonly openedAt: number;
  readonly partition: string;
  readonly slot: string;
  readonly state: string;
  readonly attempt: number;
  readonly messageId: string;
  readonly part: string;
  readonly parts: number;
  readonly tier: string;
  readonly postsPerSecond: number;
  /** Of a record: that of a message with one part. */
  readonly plan?: StoredPlan;
  readonly posted: readonly Uint8Array[];
  readonly gone: readonly Uint8Array[];
  readonly failed: readonly { readonly reason: string; readonly slots: Uint8Array }[];
  readonly finished: boolean;
}

/** How a message's audience was divided. */
export type StoredPlan = Pick<StoredRow, 'parts' | 'tier' | 'postsPerSecond'>;

/** The plan among the rows of a message's ledger: a row of its own, or in the record of its only part. */
export function planOf(rows: readonly StoredRow[]): StoredPlan | undefined {
  return rows.find(({ part }) => part === 'plan') ?? rows.find(({ plan }) => plan !== undefined)?.plan;
}

/** A running Parley as an operator sees it: through the unmodified AWS SDK, by the names of the wiring. */
export class Deployed {
  readonly dynamodb: DynamoDBClient;
  readonly states: SFNClient;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;

  constructor(readonly endpoint: string) {
    const settings = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    this.dynamodb = new DynamoDBClient(settings);
    this.states = new SFNClient(settings);
    this.sqs = new SQSClient(settings);
    this.lambda = new LambdaClient(settings);
  }

  close(): void {
    for (const client of [this.dynamodb, this.states, this.sqs, this.lambda]) client.destroy();
  }

  /** Sets the faults of the running process; '' takes them back. */
  async faults(spec: string): Promise<void> {
    const response = await fetch(`${this.endpoint}/faults`, { method: 'PUT', body: spec });
    if (response.status !== 200) throw new Error(await response.text());
  }

  /** All rows of a table, with plain values. */
  async rows(table: TableName): Promise<StoredRow[]> {
    const { TableNames = [] } = await this.dynamodb.send(new ListTablesCommand({}));
    const pages = paginateScan(
      { client: this.dynamodb },
      { TableName: only(TableNames, table), ConsistentRead: true },
    );
    const rows: StoredRow[] = [];
    for await (const { Items = [] } of pages)
      rows.push(...Items.map((item) => unmarshall(item) as StoredRow));
    return rows;
  }

  /** The executions of a workflow, newest first, each as DescribeExecution shows it. */
  async executions(workflow: WorkflowName): Promise<DescribeExecutionOutput[]> {
    const { stateMachines = [] } = await this.states.send(new ListStateMachinesCommand({}));
    const stateMachineArn = only(
      stateMachines.map((machine) => machine.stateMachineArn!),
      workflow,
    );
    const { executions = [] } = await this.states.send(new ListExecutionsCommand({ stateMachineArn }));
    return Promise.all(
      executions.map(({ executionArn }) => this.states.send(new DescribeExecutionCommand({ executionArn }))),
    );
  }

  /** The executions of `fan-out` that served a message, newest first; those that announced something are not among them. */
  async fanOuts(): Promise<DescribeExecutionOutput[]> {
    return (await this.executions('fan-out')).filter(({ input = '' }) =>
      input.includes(`"${MESSAGE_ACCEPTED}"`),
    );
  }

  /** The map runs of an execution; none in an Express one. */
  async mapRuns(executionArn: string): Promise<string[]> {
    const { mapRuns = [] } = await this.states.send(new ListMapRunsCommand({ executionArn }));
    return mapRuns.map(({ mapRunArn }) => mapRunArn!);
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const { events = [] } = await this.states.send(new GetExecutionHistoryCommand({ executionArn }));
    return events;
  }

  /** The states that an execution entered, in order. */
  async statesEntered(executionArn: string): Promise<string[]> {
    const events = await this.history(executionArn);
    return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  }

  /** The bodies waiting in a queue, which stay there. */
  async queued(queue: QueueName): Promise<string[]> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
    const QueueUrl = only(QueueUrls, queue);
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    return Messages.map(({ Body }) => Body ?? '');
  }

  /** Runs a function now, e.g. the sweep, and gives what it returned. */
  async invoke(name: FunctionName, payload: unknown = {}): Promise<unknown> {
    const { Functions = [] } = await this.lambda.send(new ListFunctionsCommand({}));
    const FunctionName = only(
      Functions.map((one) => one.FunctionName!),
      name,
    );
    const { Payload, FunctionError } = await this.lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    const result: unknown = JSON.parse(new TextDecoder().decode(Payload));
    if (FunctionError !== undefined) throw new Error(`${name}: ${JSON.stringify(result)}`);
    return result;
  }
}

/**
 * The one physical name that CloudFormation derives from a construct's id: its letters and digits, then an
 * eight-digit hash, e.g. `parley-dev-chat-claimandplanF00D1234`.
 */
function only(names: readonly string[], constructId: string): string {
  const id = constructId.replace(/[^A-Za-z0-9]/g, '');
  const found = names.filter((name) => new RegExp(`(^|[-:/])${id}[0-9A-F]{8}([-]|$)`).test(name));
  if (found.length !== 1) throw new Error(`${constructId} is not one of ${names.join(', ')}`);
  return found[0]!;
}
