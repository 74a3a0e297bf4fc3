import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Bus } from '../../local/bus/bus';
import { createClock } from '../../local/clock';
import { NO_FAULTS } from '../../local/faults/faults';
import type { JsonObject } from '../../local/json/json';
import { Logs } from '../../local/logs/logs';
import { Queues } from '../../local/queues/queues';
import { ServiceError, Services, type Caller } from '../../local/service';
import { Topics } from '../../local/topics/topics';
import { createWire } from '../../local/wire/wire';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alerts';
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:inbox';

let server: Server;
let endpoint: string;
let queueUrl: string;
let logs: Logs;
let topics: Topics;
const seen: { action: string; input: JsonObject; caller: Caller }[] = [];
const reported: unknown[] = [];
/** What the fake services do with the next call. */
let next: (input: JsonObject) => JsonObject = () => ({});

function fake(name: string, actions: readonly string[]) {
  const run = (action: string) => (input: JsonObject, caller: Caller) =>
    new Promise<JsonObject>((resolve) => {
      seen.push({ action, input, caller });
      resolve(next(input));
    });
  return { name, actions: Object.fromEntries(actions.map((action) => [action, run(action)])) };
}

beforeAll(async () => {
  const clock = createClock();
  const services = new Services();
  const report = (error: unknown) => reported.push(error);
  const wire = createWire({
    services,
    callerOf: (request) => {
      if (request.headers['x-refuse'] !== undefined)
        throw new ServiceError('AccessDeniedException', 'not you', 403);
      return { principal: 'test' };
    },
    report,
  });
  server = createServer((request, response) => {
    void wire(request, response).then((answered) => {
      if (!answered) response.writeHead(404).end('somebody else');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const queues = new Queues({ clock, baseUrl: endpoint });
  queues.declare({
    name: 'inbox',
    arn: QUEUE_ARN,
    visibilityTimeout: 0,
    retention: 600,
    delay: 0,
    receiveWait: 0,
    redrive: undefined,
  });
  queueUrl = queues.url('inbox');
  topics = new Topics({ clock, services, report });
  topics.declare('alerts', 'Al & <erts>');
  logs = new Logs({ clock });
  const bus = new Bus({ services, clock, faults: NO_FAULTS, report });
  services.add(queues.service());
  services.add(topics.service());
  services.add(logs.service());
  services.add(bus.service());
  services.add(fake('states', ['StartExecution']));
  services.add(fake('dynamodb', ['PutItem']));
  services.add(fake('lambda', ['Invoke', 'ListFunctions']));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen.length = 0;
  reported.length = 0;
  next = () => ({});
});

const clients: { destroy(): void }[] = [];
function client<T extends { destroy(): void }>(Client: new (config: object) => T): T {
  const made = new Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  });
  clients.push(made);
  return made;
}
afterEach(() => {
  for (const made of clients.splice(0)) made.destroy();
});

/** A form as clients of the Query protocol post it. */
async function query(fields: Record<string, string>, path = '/') {
  const response = await fetch(`${endpoint}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, type: response.headers.get('content-type'), xml: await response.text() };
}

describe('the JSON protocols', () => {
  it('carry SQS messages with attributes, whose digests the SDK checks', async () => {
    const sqs = client(SQSClient);
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'grüße' },
      raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 1]) },
    };
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'häuser', MessageAttributes }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['SenderId'],
      }),
    );
    expect(Messages).toMatchObject([{ Body: 'häuser', MessageAttributes, Attributes: { SenderId: 'test' } }]);
    await sqs.send(
      new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: Messages?.[0]?.ReceiptHandle }),
    );
    const batch = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [{ Id: 'a', MessageBody: 'x' }] }),
    );
    expect(batch.Successful).toMatchObject([{ Id: 'a' }]);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '1' });
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([queueUrl]);
  });

  it('name errors as the SDK knows them, SQS’s with its Query code too', async () => {
    const missing = client(SQSClient).send(
      new SendMessageCommand({ QueueUrl: `${queueUrl}-missing`, MessageBody: 'x' }),
    );
    await expect(missing).rejects.toBeInstanceOf(QueueDoesNotExist);
    await expect(missing).rejects.toMatchObject({ Code: 'AWS.SimpleQueueService.NonExistentQueue' });

    next = () => {
      throw new ServiceError('ExecutionAlreadyExists', 'it does');
    };
    const started = client(SFNClient).send(
      new StartExecutionCommand({ stateMachineArn: 'arn', input: '{}' }),
    );
    await expect(started).rejects.toBeInstanceOf(ExecutionAlreadyExists);
  });

  it('hand DynamoDB its attribute values and answer with a checksum', async () => {
    next = () => ({ ConsumedCapacity: { TableName: 't', CapacityUnits: 1 } });
    const dynamodb = client(DynamoDBClient);
    const Item = { id: { S: 'a' }, bytes: { B: new Uint8Array([1, 2]) }, list: { L: [{ N: '1' }] } };
    expect(await dynamodb.send(new PutItemCommand({ TableName: 't', Item }))).toMatchObject({
      ConsumedCapacity: { CapacityUnits: 1 },
    });
    expect(seen).toEqual([
      {
        action: 'PutItem',
        caller: { principal: 'test' },
        input: { TableName: 't', Item: { id: { S: 'a' }, bytes: { B: 'AQI=' }, list: { L: [{ N: '1' }] } } },
      },
    ]);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      body: '{}',
    });
    expect(response.headers.get('x-amz-crc32')).toBe(String(crc32(await response.text())));
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);

    next = () => {
      throw new ServiceError('ConditionalCheckFailedException', 'The conditional request failed');
    };
    await expect(dynamodb.send(new PutItemCommand({ TableName: 't', Item }))).rejects.toBeInstanceOf(
      ConditionalCheckFailedException,
    );
  });

  it('carry events and logs', async () => {
    const events = client(EventBridgeClient);
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({ Entries: [{ Source: 's', DetailType: 'd', Detail: '{}', Time: new Date() }] }),
    );
    expect(FailedEntryCount).toBe(0);
    expect(Entries).toMatchObject([{ EventId: expect.any(String) }]);
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);

    logs.append('/group', 'stream', 'a message');
    const cloudWatch = client(CloudWatchLogsClient);
    expect((await cloudWatch.send(new DescribeLogGroupsCommand({}))).logGroups).toMatchObject([
      { logGroupName: '/group' },
    ]);
    const found = await cloudWatch.send(
      new FilterLogEventsCommand({ logGroupName: '/group', filterPattern: 'message', startTime: 0 }),
    );
    expect(found.events).toMatchObject([{ message: 'a message', logStreamName: 'stream' }]);
  });

  it.each([
    ['AmazonSQS.StartMessageMoveTask', '{}', 400, 'UnknownOperationException', 'sqs:StartMessageMoveTask'],
    ['Kinesis_20131202.PutRecord', '{}', 400, 'UnknownOperationException', 'Kinesis_20131202.PutRecord'],
    ['AWSEvents.ListRules', 'not json', 400, 'SerializationException', 'not a JSON object'],
  ])('answer %s with body %s by naming what is wrong', async (target, body, status, code, message) => {
    const response = await fetch(endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body });
    expect(response.status).toBe(status);
    const error = (await response.json()) as { __type: string; message: string };
    expect(error.__type).toBe(`com.amazon.coral.service#${code}`);
    expect(error.message).toContain(message);
  });

  it('answer an unknown failure without its text, and report it', async () => {
    next = () => {
      throw new TypeError('secret details');
    };
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution' },
      body: '{}',
    });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('#InternalFailure');
    expect(text).not.toContain('secret');
    expect(reported).toEqual([expect.objectContaining({ message: 'secret details' })]);
  });

  it('refuse a body beyond 16 MB, and a caller whose signature is not right', async () => {
    const headers = { 'x-amz-target': 'AWSEvents.ListRules' };
    const large = await fetch(endpoint, {
      method: 'POST',
      headers,
      body: Buffer.alloc(16 * 1024 * 1024 + 1),
    });
    expect(large.status).toBe(413);
    const refused = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'x-refuse': '1' },
      body: '{}',
    });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      __type: 'com.amazon.coral.service#AccessDeniedException',
      message: 'not you',
    });
  });
});

describe('the Query protocol', () => {
  it('carries SNS from the SDK: messages, attributes, batches, lists and maps', async () => {
    const sns = client(SNSClient);
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'a&b=c' } };
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn: TOPIC,
        Message: 'tea & <biscuits>\n"now"',
        Subject: 'Hi',
        MessageAttributes,
      }),
    );
    expect(topics.published(TOPIC).at(-1)).toMatchObject({
      messageId: MessageId,
      message: 'tea & <biscuits>\n"now"',
      subject: 'Hi',
      attributes: MessageAttributes,
    });
    const batch = await sns.send(
      new PublishBatchCommand({
        TopicArn: TOPIC,
        PublishBatchRequestEntries: [
          { Id: 'good', Message: 'one', MessageAttributes },
          { Id: 'bad', Message: 'two', Subject: 'line\nbreak' },
        ],
      }),
    );
    expect(batch.Successful).toMatchObject([
      { Id: 'good', MessageId: topics.published(TOPIC).at(-1)?.messageId },
    ]);
    expect(batch.Failed).toMatchObject([
      { Id: 'bad', SenderFault: true, Message: 'Invalid parameter: Subject' },
    ]);
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn: TOPIC }]);
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: TOPIC,
        Protocol: 'sqs',
        Endpoint: QUEUE_ARN,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    expect(topics.topic(TOPIC).subscriptions).toMatchObject([{ arn: SubscriptionArn, raw: true }]);
    expect(
      (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: TOPIC }))).Subscriptions,
    ).toMatchObject([{ Protocol: 'sqs', Endpoint: QUEUE_ARN }]);
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: TOPIC }));
    expect(Attributes).toMatchObject({ DisplayName: 'Al & <erts>', SubscriptionsConfirmed: '1' });
    await expect(
      sns.send(new PublishCommand({ TopicArn: `${TOPIC}x`, Message: 'x' })),
    ).rejects.toBeInstanceOf(NotFoundException);
  });

  it('carries SQS from older clients, which flatten lists without a wrapper', async () => {
    await query({ Action: 'PurgeQueue', Version: '2012-11-05', QueueUrl: queueUrl });
    const sent = await query({
      Action: 'SendMessageBatch',
      Version: '2012-11-05',
      QueueUrl: queueUrl,
      'SendMessageBatchRequestEntry.1.Id': 'a',
      'SendMessageBatchRequestEntry.1.MessageBody': 'one < two',
      'SendMessageBatchRequestEntry.1.MessageAttribute.1.Name': 'kind',
      'SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType': 'String',
      'SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue': 'x',
      'SendMessageBatchRequestEntry.2.Id': 'b',
      'SendMessageBatchRequestEntry.2.MessageBody': 'two',
      'SendMessageBatchRequestEntry.2.DelaySeconds': '901',
    });
    expect(sent.type).toBe('text/xml');
    expect(sent.xml).toMatch(
      /<SendMessageBatchResponse xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/"><SendMessageBatchResult><SendMessageBatchResultEntry><Id>a<\/Id><MessageId>/,
    );
    expect(sent.xml).toContain('<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault>');
    const received = await query({
      Action: 'ReceiveMessage',
      Version: '2012-11-05',
      QueueUrl: queueUrl,
      MaxNumberOfMessages: '10',
      'AttributeName.1': 'ApproximateReceiveCount',
      'MessageAttributeName.1': 'All',
    });
    expect(received.xml).toContain('<Message><MessageId>');
    expect(received.xml).toContain('<Body>one &lt; two</Body>');
    expect(received.xml).toContain(
      '<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>',
    );
    expect(received.xml).toContain(
      '<MessageAttribute><Name>kind</Name><Value><DataType>String</DataType><StringValue>x</StringValue></Value></MessageAttribute>',
    );
    const path = new URL(queueUrl).pathname;
    const attributes = await query(
      { Action: 'GetQueueAttributes', Version: '2012-11-05', 'AttributeName.1': 'QueueArn' },
      path,
    );
    expect(attributes.xml).toContain(
      `<Attribute><Name>QueueArn</Name><Value>${QUEUE_ARN}</Value></Attribute>`,
    );
    const listed = await query({ Action: 'ListQueues', Version: '2012-11-05' });
    expect(listed.xml).toContain(`<ListQueuesResult><QueueUrl>${queueUrl}</QueueUrl></ListQueuesResult>`);
  });

  it.each([
    [
      { Action: 'SendMessage', Version: '2012-11-05', QueueUrl: 'http://x/1/none', MessageBody: 'x' },
      400,
      'AWS.SimpleQueueService.NonExistentQueue',
    ],
    [{ Action: 'CreateTopic', Version: '2010-03-31', Name: 'x' }, 400, 'InvalidAction'],
    [{ Action: 'RunInstances', Version: '2016-11-15' }, 400, 'InvalidAction'],
    [{ Action: 'Publish', Version: '2010-03-31', TopicArn: 'none', Message: 'x' }, 404, 'NotFound'],
  ])('answers %j as an ErrorResponse with its code', async (fields, status, code) => {
    const answer = await query(fields);
    expect(answer.status).toBe(status);
    expect(answer.xml).toContain(`<Error><Type>Sender</Type><Code>${code}</Code><Message>`);
  });
});

describe('Lambda’s REST API', () => {
  it('invokes with the payload as JSON and gives back what the function returned', async () => {
    next = ({ Payload }) => ({ StatusCode: 200, Payload: { echoed: Payload ?? null } });
    const name = 'arn:aws:lambda:us-east-1:000000000000:function:accept';
    const { StatusCode, Payload, FunctionError } = await client(LambdaClient).send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ x: [1, 'ü'] }) }),
    );
    expect(StatusCode).toBe(200);
    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ echoed: { x: [1, 'ü'] } });
    expect(seen).toMatchObject([
      { action: 'Invoke', input: { FunctionName: name, Payload: { x: [1, 'ü'] } } },
    ]);
  });

  it('passes on the invocation type and the function’s own failure', async () => {
    const lambda = client(LambdaClient);
    next = () => ({ StatusCode: 202 });
    const event = await lambda.send(
      new InvokeCommand({ FunctionName: 'accept', InvocationType: 'Event', Payload: '{}' }),
    );
    expect(event.StatusCode).toBe(202);
    expect(event.Payload).toBeFalsy();
    expect(seen[0]?.input.InvocationType).toBe('Event');
    next = () => ({ StatusCode: 200, FunctionError: 'Unhandled', Payload: { errorType: 'Error' } });
    expect(await lambda.send(new InvokeCommand({ FunctionName: 'accept' }))).toMatchObject({
      FunctionError: 'Unhandled',
    });
  });

  it('lists functions, names errors and refuses what it does not model', async () => {
    const lambda = client(LambdaClient);
    next = () => ({ Functions: [{ FunctionName: 'accept' }] });
    expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toMatchObject([
      { FunctionName: 'accept' },
    ]);
    next = () => {
      throw new ServiceError('ResourceNotFoundException', 'Function not found', 404);
    };
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const unknown = await fetch(`${endpoint}/2015-03-31/event-source-mappings/`);
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain('does not model GET /2015-03-31/event-source-mappings/');
  });
});

it('leaves requests that are no AWS API requests to others', async () => {
  const others = await Promise.all([
    fetch(endpoint),
    fetch(`${endpoint}/upload`, { method: 'POST', body: new URLSearchParams({ a: '1' }) }),
    fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
  ]);
  for (const response of others) expect(await response.text()).toBe('somebody else');
});
