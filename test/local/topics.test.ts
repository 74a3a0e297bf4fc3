import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock } from '../../local/clock';
import type { JsonObject } from '../../local/json/json';
import { Queues } from '../../local/queues/queues';
import { OPERATOR, Services } from '../../local/service';
import { topicModels } from '../../local/topics/topic-models';
import { Topics, type TopicsOptions } from '../../local/topics/topics';

const ALERTS = 'arn:aws:sns:us-east-1:000000000000:alerts';
const INBOX = 'arn:aws:sqs:us-east-1:000000000000:inbox';

function build(options: Partial<TopicsOptions> = {}) {
  const clock = createClock(1_000_000);
  const services = new Services();
  const queues = new Queues({ clock: createClock(), baseUrl: 'http://127.0.0.1:1' });
  services.add(queues.service());
  queues.declare({
    name: 'inbox',
    arn: INBOX,
    visibilityTimeout: 30,
    retention: 60,
    delay: 0,
    receiveWait: 0,
    redrive: undefined,
  });
  const reported: unknown[] = [];
  const topics = new Topics({ clock, services, report: (error) => reported.push(error), ...options });
  services.add(topics.service());
  const create = (type: string, name: string, properties: JsonObject) =>
    topicModels(topics)
      .find((model) => model.type === type)
      ?.create(properties, { logicalId: name, stackName: 's', type, constructId: name, physicalName: name });
  void create('AWS::SNS::Topic', 'alerts', { DisplayName: 'Alerts' });
  const call = (action: string, input: JsonObject) =>
    services.call('sns', action, { TopicArn: ALERTS, ...input }, OPERATOR);
  return { topics, queues, reported, create, call };
}

describe('a topic', () => {
  it('remembers what was published, and logs that it was but not what', async () => {
    const lines: string[][] = [];
    const { topics, call } = build({ log: (...line) => lines.push(line) });
    const { MessageId } = await call('Publish', {
      Message: 'A visitor waits: secret words',
      Subject: 'Parley',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'alert' } },
    });
    expect(topics.published(ALERTS)).toMatchObject([
      { messageId: MessageId, subject: 'Parley', message: 'A visitor waits: secret words' },
    ]);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, 2)).toEqual(['/local/sns/alerts', 'published']);
    expect(JSON.parse(lines[0]?.[2] ?? '')).toEqual({
      messageId: MessageId,
      topicArn: ALERTS,
      time: expect.any(String),
    });
  });

  it('sends to its queues, in an envelope or raw, and to nobody by mail', async () => {
    const { topics, queues, create, call } = build();
    await create('AWS::SNS::Subscription', 'mail', {
      TopicArn: ALERTS,
      Protocol: 'email',
      Endpoint: 'a@example.org',
    });
    await create('AWS::SNS::Subscription', 'queue', { TopicArn: ALERTS, Protocol: 'sqs', Endpoint: INBOX });
    await call('Publish', {
      Message: 'one',
      MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } },
    });
    await topics.idle();
    const [message] = queues.byName('inbox').peek();
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      Type: 'Notification',
      TopicArn: ALERTS,
      Message: 'one',
      MessageAttributes: { k: { Type: 'String', Value: 'v' } },
    });
    expect((await call('ListSubscriptionsByTopic', {})).Subscriptions).toMatchObject([
      { Protocol: 'email', Endpoint: 'a@example.org' },
      { Protocol: 'sqs', Endpoint: INBOX },
    ]);
    expect((await call('GetTopicAttributes', {})).Attributes).toMatchObject({
      DisplayName: 'Alerts',
      SubscriptionsConfirmed: '2',
    });

    const raw = build();
    await raw.call('Subscribe', {
      Protocol: 'sqs',
      Endpoint: INBOX,
      Attributes: { RawMessageDelivery: 'true' },
    });
    await raw.call('Publish', { Message: 'two' });
    await raw.topics.idle();
    expect(raw.queues.byName('inbox').peek()).toMatchObject([{ body: 'two' }]);
  });

  it('posts to an HTTP endpoint of this machine, again when it fails, and reports when it goes on failing', async () => {
    const bodies: string[] = [];
    let failures = 2;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        bodies.push(body);
        failures -= 1;
        response.writeHead(failures >= 0 ? 500 : 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { topics, call, reported } = build();
      const { port } = server.address() as AddressInfo;
      await call('Subscribe', { Protocol: 'http', Endpoint: `http://127.0.0.1:${port}/hook` });
      await call('Publish', { Message: 'hello' });
      await topics.idle();
      expect(bodies).toHaveLength(3);
      expect(JSON.parse(bodies[2] ?? '')).toMatchObject({ Type: 'Notification', Message: 'hello' });
      expect(reported).toEqual([]);

      failures = 100;
      await call('Publish', { Message: 'lost' });
      await topics.idle();
      expect(bodies).toHaveLength(7);
      expect(String(reported[0])).toContain('it answered 500');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('publishes batches, failing single entries', async () => {
    const { topics, call } = build();
    const result = await call('PublishBatch', {
      PublishBatchRequestEntries: [
        { Id: 'a', Message: 'one' },
        { Id: 'b', Message: '' },
      ],
    });
    expect(result).toMatchObject({
      Successful: [{ Id: 'a' }],
      Failed: [{ Id: 'b', Code: 'InvalidParameterException', SenderFault: true }],
    });
    expect(topics.published(ALERTS)).toHaveLength(1);
    await expect(call('PublishBatch', { PublishBatchRequestEntries: [] })).rejects.toMatchObject({
      code: 'EmptyBatchRequestException',
    });
  });

  it.each<[string, string, JsonObject, string]>([
    [
      'a topic that does not exist',
      'Publish',
      { TopicArn: `${ALERTS}x`, Message: 'x' },
      'Topic does not exist',
    ],
    ['an empty message', 'Publish', { Message: '' }, 'Empty message'],
    ['a message beyond 256 KiB', 'Publish', { Message: 'x'.repeat(262_145) }, 'Message too long'],
    ['a subject with a line break', 'Publish', { Message: 'x', Subject: 'a\nb' }, 'Subject'],
    ['a telephone number', 'Publish', { Message: 'x', PhoneNumber: '+1' }, 'does not model PhoneNumber'],
    [
      'a protocol that is not modelled',
      'Subscribe',
      { Protocol: 'firehose', Endpoint: 'x' },
      'protocol firehose',
    ],
    [
      'another machine',
      'Subscribe',
      { Protocol: 'http', Endpoint: 'http://example.org/' },
      'this machine only',
    ],
  ])('refuses %s', async (_title, action, input, message) => {
    const { call } = build();
    await expect(call(action, input)).rejects.toThrow(message);
  });

  it('still has its newest messages after a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'parley-topics-'));
    try {
      const first = build({ dataDir });
      await first.call('Publish', { Message: 'kept' });
      first.topics.close();
      const second = build({ dataDir });
      expect(second.topics.published(ALERTS)).toMatchObject([{ message: 'kept' }]);
      second.topics.close();
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});
