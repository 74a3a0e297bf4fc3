import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import {
  tables as shapes,
  tableVariable,
  type Attribute,
  type TableName,
  type TableShape,
} from '../../handlers/tables';
import { Bus } from '../../local/bus/bus';
import { parseRule } from '../../local/bus/rule';
import { createClock, type Clock } from '../../local/clock';
import { createCredentials } from '../../local/credentials';
import { createFaults, type FaultRegistry } from '../../local/faults/registry';
import type { JsonObject } from '../../local/json/json';
import { Services } from '../../local/service';
import { LocalServer } from '../../local/server';
import { Tables, type TableDeclaration } from '../../local/tables/tables';
import { arn } from '../../local/template/resource-model';
import { Topics } from '../../local/topics/topics';
import { createWire } from '../../local/wire/wire';
import type { TestClock } from '../support/memory/clock';

/** DynamoDB, EventBridge and SNS behind one HTTP address, with what the handlers' wiring would declare. */
export interface LocalAws {
  readonly port: number;
  readonly faults: FaultRegistry;
  readonly topics: Topics;
  readonly topicArn: string;
  /** Bodies of the events that reached a rule's target, in order. */
  readonly events: JsonObject[];
  readonly tables: Tables;
  close(): Promise<void>;
}

const BUS = 'parley-bus';

/**
 * Starts it on a free port and points the AWS SDK and the adapters of this process at it.
 * @param clock what DynamoDB's TTL goes by; the real time without it
 */
export async function startLocalAws(clock?: TestClock): Promise<LocalAws> {
  const problems: unknown[] = [];
  const report = (error: unknown) => void problems.push(error);
  const faults = createFaults();
  const services = new Services();
  const ticking = createClock();
  const tableClock: Clock = clock === undefined ? ticking : { ...ticking, now: clock.now };

  const tables = await Tables.open({ clock: tableClock, faults, report });
  for (const [name, shape] of Object.entries(shapes)) await tables.declare(declaration(name, shape));
  const bus = new Bus({ services, clock: ticking, faults, report });
  const topics = new Topics({ services, clock: ticking, report });
  const topicArn = topics.declare('agents').arn;
  const events: JsonObject[] = [];
  services.add(tables.service());
  services.add(bus.service());
  services.add(topics.service());
  services.add({
    name: 'states',
    actions: {
      StartExecution: (input) => {
        events.push(input);
        return Promise.resolve({});
      },
    },
  });
  bus.declareBus(BUS);
  bus.declareRule(everyEvent());

  const server = new LocalServer(report);
  const port = await server.listen(0);
  const credentials = createCredentials();
  const wire = createWire({ services, report, callerOf: (request) => credentials.callerOf(request) });
  server.serve([wire]);

  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
  for (const name of tableNames()) process.env[tableVariable(name)] = physicalName(name);
  process.env.BUS_NAME = BUS;
  process.env.AGENTS_TOPIC_ARN = topicArn;
  process.env.LEDGER_DAYS = '30';

  return {
    port,
    faults,
    topics,
    topicArn,
    events,
    tables,
    close: async () => {
      await server.close();
      bus.close();
      topics.close();
      await tables.close();
      if (problems.length > 0)
        throw new AggregateError(problems, 'Something went wrong that nobody expected');
    },
  };
}

/** What the workflow's steps "Raise the room's head" and "Close the outbox entry" write, with the SDK. */
export function workflowWrites() {
  const client = new DynamoDBClient({});
  return {
    async close(roomId: string, seq: number, expiresAt: number): Promise<void> {
      await client.send(
        new UpdateItemCommand({
          TableName: physicalName('Outbox'),
          Key: marshall({ roomId, seq }),
          UpdateExpression: 'SET #state = :closed, expiresAt = :expiresAt REMOVE openShard, dueAt',
          ConditionExpression: 'attribute_exists(archivedAt) AND #state = :open',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: marshall({
            ':closed': 'closed',
            ':open': 'open',
            ':expiresAt': Math.floor(expiresAt / 1000),
          }),
        }),
      );
    },
    async raiseHead(roomId: string, seq: number): Promise<void> {
      await client.send(
        new UpdateItemCommand({
          TableName: physicalName('Rooms'),
          Key: marshall({ roomId }),
          UpdateExpression: 'SET head = :seq',
          ConditionExpression: 'attribute_exists(roomId) AND head < :seq',
          ExpressionAttributeValues: marshall({ ':seq': seq }),
        }),
      );
    },
  };
}

function tableNames(): TableName[] {
  return Object.keys(shapes) as TableName[];
}

function physicalName(table: string): string {
  return `parley-${table}`;
}

function declaration(name: string, shape: TableShape): TableDeclaration {
  const indexes = Object.entries(shape.indexes ?? {});
  const attributes = new Map<string, Attribute>();
  for (const { partitionKey, sortKey } of [shape, ...indexes.map(([, index]) => index)]) {
    for (const attribute of [partitionKey, sortKey]) if (attribute) attributes.set(attribute.name, attribute);
  }
  return {
    name: physicalName(name),
    constructId: name,
    keySchema: keySchema(shape),
    attributeDefinitions: [...attributes.values()].map(({ name: AttributeName, type }) => ({
      AttributeName,
      AttributeType: type === 'number' ? 'N' : 'S',
    })),
    globalSecondaryIndexes: indexes.map(([IndexName, index]) => ({
      IndexName,
      KeySchema: keySchema(index),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
    ...(shape.expiry === undefined ? {} : { timeToLive: shape.expiry }),
  };
}

function keySchema({ partitionKey, sortKey }: { partitionKey: Attribute; sortKey?: Attribute }) {
  return [
    { AttributeName: partitionKey.name, KeyType: 'HASH' },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey.name, KeyType: 'RANGE' }]),
  ];
}

function everyEvent() {
  return parseRule(
    { name: 'every-event', arn: arn('events', 'rule/every-event'), busName: BUS, constructId: 'every-event' },
    {
      EventPattern: { source: ['parley'] },
      Targets: [
        { Id: 'target', Arn: arn('states', 'stateMachine:witness'), RoleArn: arn('iam', 'role/events') },
      ],
    },
  );
}
