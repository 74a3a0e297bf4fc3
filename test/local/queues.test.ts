import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock, type Clock } from '../../local/clock';
import type { JsonObject } from '../../local/json/json';
import { queueModels } from '../../local/queues/queue-models';
import { Queues } from '../../local/queues/queues';
import { OPERATOR, Services } from '../../local/service';
import { steppedClock } from '../support/stepped-clock';

async function build(
  templates: Record<string, JsonObject>,
  options: { clock?: Clock; dataDir?: string } = {},
) {
  const queues = new Queues({
    clock: options.clock ?? createClock(),
    baseUrl: 'http://127.0.0.1:8080',
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
  });
  const model = queueModels(queues).find(({ type }) => type === 'AWS::SQS::Queue');
  for (const [name, properties] of Object.entries(templates)) {
    await model?.create(properties, {
      logicalId: name,
      stackName: 's',
      type: 'AWS::SQS::Queue',
      constructId: name,
      physicalName: name,
    });
  }
  const services = new Services();
  services.add(queues.service());
  const call = (action: string, input: JsonObject) =>
    services.call('sqs', action, { QueueUrl: queues.url('inbox'), ...input }, OPERATOR);
  const receive = async (input: JsonObject = {}) => {
    const { Messages } = await call('ReceiveMessage', input);
    return (Messages ?? []) as JsonObject[];
  };
  return { queues, call, receive };
}

describe('a standard queue', () => {
  it('hides a received message until its visibility timeout, then gives it again with a higher count', async () => {
    const clock = steppedClock();
    const { call, receive } = await build({ inbox: { VisibilityTimeout: 30 } }, { clock });
    await call('SendMessage', { MessageBody: 'hi' });
    expect(await receive({ AttributeNames: ['All'] })).toMatchObject([
      { Body: 'hi', Attributes: { ApproximateReceiveCount: '1', SenderId: 'operator' } },
    ]);
    clock.advance(29_999);
    expect(await receive()).toEqual([]);
    clock.advance(1);
    expect(await receive({ AttributeNames: ['ApproximateReceiveCount'] })).toMatchObject([
      { Attributes: { ApproximateReceiveCount: '2' } },
    ]);
  });

  it('deletes by the newest receipt handle, and ignores an older one', async () => {
    const clock = steppedClock();
    const { call, receive } = await build({ inbox: {} }, { clock });
    await call('SendMessage', { MessageBody: 'hi' });
    const [first] = await receive({ VisibilityTimeout: 1 });
    clock.advance(1_000);
    const [second] = await receive();
    await call('DeleteMessage', { ReceiptHandle: first?.ReceiptHandle ?? '' });
    expect((await call('GetQueueAttributes', { AttributeNames: ['All'] })).Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:inbox',
    });
    await call('DeleteMessage', { ReceiptHandle: second?.ReceiptHandle ?? '' });
    expect(
      (await call('GetQueueAttributes', { AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] }))
        .Attributes,
    ).toEqual({ ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('waits for a message as long as it was asked to, and returns as soon as one comes', async () => {
    const clock = steppedClock();
    const { call, receive } = await build({ inbox: {} }, { clock });
    const waiting = receive({ WaitTimeSeconds: 20 });
    await call('SendMessage', { MessageBody: 'late' });
    expect(await waiting).toMatchObject([{ Body: 'late' }]);
    const inVain = receive({ WaitTimeSeconds: 20 });
    clock.advance(20_000);
    expect(await inVain).toEqual([]);
  });

  it('makes a message visible again at once when its visibility timeout is set to 0', async () => {
    const { call, receive } = await build({ inbox: {} });
    await call('SendMessage', { MessageBody: 'hi' });
    const [message] = await receive();
    const waiting = receive({ WaitTimeSeconds: 20 });
    await call('ChangeMessageVisibility', {
      ReceiptHandle: message?.ReceiptHandle ?? '',
      VisibilityTimeout: 0,
    });
    expect(await waiting).toMatchObject([{ Body: 'hi' }]);
    await expect(
      call('ChangeMessageVisibility', { ReceiptHandle: 'nonsense', VisibilityTimeout: 0 }),
    ).rejects.toMatchObject({
      code: 'ReceiptHandleIsInvalid',
    });
  });

  it('drops a message when its retention period is over', async () => {
    const clock = steppedClock();
    const { call, receive } = await build({ inbox: { MessageRetentionPeriod: '60' } }, { clock });
    await call('SendMessage', { MessageBody: 'old' });
    clock.advance(60_001);
    expect(await receive()).toEqual([]);
  });

  it('holds back a delayed message, and counts it as delayed', async () => {
    const clock = steppedClock();
    const { call, receive } = await build({ inbox: {} }, { clock });
    await call('SendMessage', { MessageBody: 'later', DelaySeconds: 5 });
    expect(await receive()).toEqual([]);
    expect((await call('GetQueueAttributes', { AttributeNames: ['All'] })).Attributes).toMatchObject({
      ApproximateNumberOfMessagesDelayed: '1',
    });
    clock.advance(5_000);
    expect(await receive()).toMatchObject([{ Body: 'later' }]);
  });

  it('moves a message that was received maxReceiveCount times to the dead-letter queue', async () => {
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead';
    const { queues, call, receive } = await build({
      dead: {},
      inbox: { VisibilityTimeout: 0, RedrivePolicy: { deadLetterTargetArn, maxReceiveCount: 2 } },
    });
    const { MessageId } = await call('SendMessage', { MessageBody: 'poison' });
    expect(await receive()).toHaveLength(1);
    expect(await receive()).toHaveLength(1);
    expect(await receive()).toHaveLength(0);
    const [dead] = await receive({ QueueUrl: queues.url('dead'), AttributeNames: ['All'] });
    expect(dead).toMatchObject({
      MessageId,
      Body: 'poison',
      Attributes: { DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:000000000000:inbox' },
    });
  });

  it('fails single entries of a batch, and the batch as a whole when it is not well formed', async () => {
    const { call } = await build({ inbox: {} });
    const result = await call('SendMessageBatch', {
      Entries: [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'bad', MessageBody: 'b', DelaySeconds: 901 },
      ],
    });
    expect(result).toMatchObject({
      Successful: [{ Id: 'good', MD5OfMessageBody: createHash('md5').update('a').digest('hex') }],
      Failed: [{ Id: 'bad', SenderFault: true }],
    });
    await expect(call('SendMessageBatch', { Entries: [] })).rejects.toMatchObject({
      code: 'EmptyBatchRequest',
    });
    const twice = { Id: 'x', MessageBody: 'a' };
    await expect(call('SendMessageBatch', { Entries: [twice, twice] })).rejects.toMatchObject({
      code: 'BatchEntryIdsNotDistinct',
    });
    await expect(
      call('SendMessageBatch', {
        Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) })),
      }),
    ).rejects.toMatchObject({ code: 'BatchRequestTooLong' });
  });

  it('says clearly that queues come from the template, and refuses what it does not know', async () => {
    const { call } = await build({ inbox: {} });
    await expect(call('CreateQueue', { QueueName: 'new' })).rejects.toThrow('declare an AWS::SQS::Queue');
    await expect(call('GetQueueUrl', { QueueName: 'missing' })).rejects.toMatchObject({
      code: 'QueueDoesNotExist',
    });
    await expect(call('SendMessage', { MessageBody: 'a', MessageGroupId: 'g' })).rejects.toThrow(
      'MessageGroupId',
    );
    await expect(call('GetQueueAttributes', { AttributeNames: ['Policies'] })).rejects.toMatchObject({
      code: 'InvalidAttributeName',
    });
  });
});

describe('a queue with a data folder', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-queues-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('has its messages and receipt handles after a restart, and forgets deleted ones in its file too', async () => {
    const first = await build({ inbox: {} }, { dataDir });
    await first.call('SendMessage', { MessageBody: 'kept' });
    await first.call('SendMessage', { MessageBody: 'taken' });
    const received = await first.receive({ MaxNumberOfMessages: 10 });
    const taken = received.find(({ Body }) => Body === 'taken');
    await first.call('DeleteMessage', { ReceiptHandle: taken?.ReceiptHandle ?? '' });
    first.queues.close();

    const second = await build({ inbox: {} }, { dataDir });
    expect(second.queues.byName('inbox').peek()).toMatchObject([{ body: 'kept', receiveCount: 1 }]);
    const kept = received.find(({ Body }) => Body === 'kept');
    await second.call('DeleteMessage', { ReceiptHandle: kept?.ReceiptHandle ?? '' });
    second.queues.close();

    const third = await build({ inbox: {} }, { dataDir });
    expect(third.queues.byName('inbox').peek()).toEqual([]);
    expect(readFileSync(join(dataDir, 'queues', 'inbox.jsonl'), 'utf8')).toBe('');
    third.queues.close();
  });

  it('starts when a crash cut off the last line of its file', async () => {
    const first = await build({ inbox: {} }, { dataDir });
    await first.call('SendMessage', { MessageBody: 'whole' });
    first.queues.close();
    appendFileSync(join(dataDir, 'queues', 'inbox.jsonl'), '{"kept":{"id":"half');
    const second = await build({ inbox: {} }, { dataDir });
    expect(second.queues.byName('inbox').peek()).toMatchObject([{ body: 'whole' }]);
    await second.call('SendMessage', { MessageBody: 'next' });
    second.queues.close();
    const third = await build({ inbox: {} }, { dataDir });
    expect(third.queues.byName('inbox').peek()).toHaveLength(2);
    third.queues.close();
  });
});
