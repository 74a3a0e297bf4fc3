import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod/mini';
import { tables, tableVariable, type TableName } from '../../handlers/tables';
import { BUS_VARIABLE } from '../../handlers/wiring/environment';
import { OperatorError } from './operator-error';

/** A running Parley: a local runtime, or a stage on AWS. */
export interface Installation {
  readonly stage: string;
  /** For people: `dev at http://127.0.0.1:8080`. */
  readonly description: string;
  /** Address of a local runtime; undefined on AWS. */
  readonly endpoint: string | undefined;
  readonly dynamodb: DynamoDBClient;
  readonly logs: CloudWatchLogsClient;
  close(): void;
}

const LOCAL = 'http://127.0.0.1:8080';
const DEFAULT_STAGE = 'dev';

const health = z.object({ ready: z.literal(true), websocket: z.string() });

/**
 * Finds it and points the adapters of this process at it, which read the environment as they do on Lambda.
 * @throws OperatorError where nothing answers, or what is there is not (all of) one Parley
 */
export async function findInstallation(where: { endpoint?: string; stage?: string }): Promise<Installation> {
  const local = where.stage === undefined ? await findLocal(where.endpoint) : undefined;
  if (local !== undefined) {
    process.env.AWS_ENDPOINT_URL = local.endpoint;
    process.env.AWS_REGION = 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID = 'local';
    process.env.AWS_SECRET_ACCESS_KEY = 'local';
    delete process.env.AWS_SESSION_TOKEN;
    delete process.env.AWS_PROFILE;
  }
  const stage = local?.stage ?? where.stage ?? DEFAULT_STAGE;
  const dynamodb = new DynamoDBClient({});
  const logs = new CloudWatchLogsClient({});
  for (const { name, physical } of await namesOfTables(dynamodb, stage)) {
    process.env[tableVariable(name)] = physical;
  }
  process.env[BUS_VARIABLE] = await nameOfBus(stage);
  return {
    stage,
    description: local === undefined ? `${stage} on AWS` : `${stage} at ${local.endpoint}`,
    endpoint: local?.endpoint,
    dynamodb,
    logs,
    close: () => {
      dynamodb.destroy();
      logs.destroy();
    },
  };
}

/** The local runtime that was asked for, or the one at the usual address if it answers. */
async function findLocal(
  asked: string | undefined,
): Promise<{ endpoint: string; stage: string } | undefined> {
  const endpoint = asked ?? LOCAL;
  let answer: unknown;
  try {
    const response = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2000) });
    answer = await response.json();
  } catch {
    if (asked === undefined) return undefined;
    throw new OperatorError(`Nothing answers at ${endpoint}. Is npm start running there?`);
  }
  const found = health.safeParse(answer);
  if (!found.success) {
    if (asked === undefined) return undefined;
    throw new OperatorError(`What answers at ${endpoint} is no local Parley.`);
  }
  const stage = new URL(found.data.websocket).pathname.replaceAll('/', '');
  return { endpoint, stage };
}

interface NamedTable {
  readonly name: TableName;
  readonly physical: string;
}

/**
 * CloudFormation names a table after its stack and its logical id, which is the construct's id and eight digits, and
 * on AWS adds a random end: `parley-dev-data-Outbox27BBF20A-1ABC…`. The stack's name is in front, so stages do not mix.
 */
async function namesOfTables(client: DynamoDBClient, stage: string): Promise<NamedTable[]> {
  const all: string[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) all.push(...TableNames);
  return namesIn(tables).map((name) => {
    const pattern = new RegExp(`^parley-${stage}-data-${name}[0-9A-F]{8}(-|$)`);
    const found = all.filter((one) => pattern.test(one));
    const [physical] = found;
    if (physical === undefined)
      throw new OperatorError(
        `There is no table ${name} of the stage ${stage} here: is it deployed, and is the Region right?`,
      );
    if (found.length > 1)
      throw new OperatorError(
        `There are ${found.length} tables ${name} of the stage ${stage}: ${found.join(', ')}.`,
      );
    return { name, physical };
  });
}

/** CDK names a bus after its path, letters and digits only: `parleydevchatbusA2B3F8FC`. */
async function nameOfBus(stage: string): Promise<string> {
  const prefix = `parley${stage}chatbus`.replace(/[^A-Za-z0-9]/g, '');
  const client = new EventBridgeClient({});
  try {
    const { EventBuses = [] } = await client.send(new ListEventBusesCommand({ NamePrefix: prefix }));
    const found = EventBuses.flatMap(({ Name = '' }) => (/[0-9A-F]{8}$/.test(Name) ? [Name] : []));
    const [bus] = found;
    if (bus === undefined || found.length > 1)
      throw new OperatorError(`There should be one bus ${prefix}…; found: ${found.join(', ') || 'none'}.`);
    return bus;
  } finally {
    client.destroy();
  }
}

function namesIn(record: Readonly<Record<TableName, unknown>>): TableName[] {
  const isName = (name: string): name is TableName => Object.hasOwn(record, name);
  return Object.keys(record).filter(isName);
}
