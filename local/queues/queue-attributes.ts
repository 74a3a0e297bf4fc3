import type { JsonObject } from '../json/json';
import { defined } from '../json/members';
import { ServiceError } from '../service';
import type { Queue } from './queue';

/** Queue attributes by name, all of them text as GetQueueAttributes has them. @throws InvalidAttributeName */
export function queueAttributes(queue: Queue, names: readonly string[]): JsonObject {
  const all = allAttributes(queue);
  if (names.includes('All')) return all;
  const asked: JsonObject = {};
  for (const name of names) {
    if (!KNOWN.includes(name)) {
      throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
    const value = all[name];
    if (value !== undefined) asked[name] = value;
  }
  return asked;
}

function allAttributes(queue: Queue): JsonObject {
  const { settings } = queue;
  const counts = queue.counts();
  const seconds = String(Math.floor(queue.createdAt / 1000));
  return defined({
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.notVisible),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: seconds,
    LastModifiedTimestamp: seconds,
    VisibilityTimeout: String(settings.visibilityTimeout),
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: String(settings.retention),
    DelaySeconds: String(settings.delay),
    ReceiveMessageWaitTimeSeconds: String(settings.receiveWait),
    RedrivePolicy: settings.redrive === undefined ? undefined : JSON.stringify(settings.redrive),
  });
}

const KNOWN = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'VisibilityTimeout',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
];
