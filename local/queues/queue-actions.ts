import { asActions } from '../actions';
import type { JsonObject } from '../json/json';
import { defined, integer, object, page, refuseOthers, requiredText, text, texts } from '../json/members';
import type { Action, Caller } from '../service';
import { ServiceError } from '../service';
import { forEachEntry } from './batch';
import { attributesDigest, attributesSize, bodyDigest } from './message-digest';
import type { Queue } from './queue';
import { queueAttributes } from './queue-attributes';
import type { Queues } from './queues';
import { receivedMessage } from './received-message';

/** One message with its attributes, and all messages of a batch together: 1 MiB (SQS quotas, 2026). */
const MAX_MESSAGE_BYTES = 1_048_576;
const HALF_A_DAY = 43_200;

/** The SQS API (2012-11-05) on the queues of a template. */
export function queueActions(queues: Queues): Record<string, Action> {
  const queueOf = (input: JsonObject) => queues.byUrl(requiredText(input, 'QueueUrl'));
  return asActions({
    SendMessage: (input, caller) => send(queueOf(input), input, caller),
    SendMessageBatch: (input, caller) => {
      const queue = queueOf(input);
      return forEachEntry(
        input,
        (entry) => send(queue, entry, caller),
        (entries) => {
          if (entries.reduce((sum, entry) => sum + messageSize(entry), 0) > MAX_MESSAGE_BYTES) {
            throw new ServiceError(
              'BatchRequestTooLong',
              `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes.`,
            );
          }
        },
      );
    },
    ReceiveMessage: async (input) => {
      refuseOthers('ReceiveMessage', input, [
        'QueueUrl',
        'AttributeNames',
        'MessageSystemAttributeNames',
        'MessageAttributeNames',
        'MaxNumberOfMessages',
        'VisibilityTimeout',
        'WaitTimeSeconds',
      ]);
      const system = [...texts(input, 'AttributeNames'), ...texts(input, 'MessageSystemAttributeNames')];
      const custom = texts(input, 'MessageAttributeNames');
      const messages = await queueOf(input).receive(
        integer(input, 'MaxNumberOfMessages', { min: 1, max: 10 }) ?? 1,
        integer(input, 'VisibilityTimeout', { min: 0, max: HALF_A_DAY }),
        integer(input, 'WaitTimeSeconds', { min: 0, max: 20 }),
      );
      const received = messages.map((message) => receivedMessage(message, system, custom));
      return defined({ Messages: received.length === 0 ? undefined : received });
    },
    DeleteMessage: (input) => {
      queueOf(input).delete(requiredText(input, 'ReceiptHandle'));
      return {};
    },
    DeleteMessageBatch: (input) => {
      const queue = queueOf(input);
      return forEachEntry(input, (entry) => {
        queue.delete(requiredText(entry, 'ReceiptHandle'));
        return {};
      });
    },
    ChangeMessageVisibility: (input) => {
      changeVisibility(queueOf(input), input);
      return {};
    },
    ChangeMessageVisibilityBatch: (input) => {
      const queue = queueOf(input);
      return forEachEntry(input, (entry) => {
        changeVisibility(queue, entry);
        return {};
      });
    },
    PurgeQueue: (input) => {
      queueOf(input).purge();
      return {};
    },
    GetQueueUrl: (input) => ({
      QueueUrl: queues.url(queues.byName(requiredText(input, 'QueueName')).settings.name),
    }),
    ListQueues: (input) => {
      const prefix = text(input, 'QueueNamePrefix') ?? '';
      const names = queues.all().map((queue) => queue.settings.name);
      const limit = integer(input, 'MaxResults', { min: 1, max: 1000 }) ?? 1000;
      const { items, next } = page(
        names.filter((name) => name.startsWith(prefix)),
        limit,
        text(input, 'NextToken'),
      );
      if (items.length === 0) return {};
      return defined({ QueueUrls: items.map((name) => queues.url(name)), NextToken: next });
    },
    GetQueueAttributes: (input) => {
      const asked = texts(input, 'AttributeNames');
      const queue = queueOf(input);
      return defined({ Attributes: asked.length === 0 ? undefined : queueAttributes(queue, asked) });
    },
    CreateQueue: () => {
      throw new ServiceError(
        'UnsupportedOperation',
        'The queues of the local runtime come from the template; declare an AWS::SQS::Queue there.',
      );
    },
  });
}

function send(queue: Queue, message: JsonObject, caller: Caller): JsonObject {
  refuseOthers('SendMessage', message, [
    'QueueUrl',
    'Id',
    'MessageBody',
    'DelaySeconds',
    'MessageAttributes',
  ]);
  const body = requiredText(message, 'MessageBody');
  const attributes = object(message, 'MessageAttributes') ?? {};
  if (messageSize(message) > MAX_MESSAGE_BYTES) {
    throw new ServiceError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_MESSAGE_BYTES} bytes.`,
    );
  }
  const delay = integer(message, 'DelaySeconds', { min: 0, max: 900 });
  const sent = queue.send(body, attributes, caller.principal, delay);
  return defined({
    MessageId: sent.id,
    MD5OfMessageBody: bodyDigest(body),
    MD5OfMessageAttributes: attributesDigest(attributes),
  });
}

function messageSize(message: JsonObject): number {
  const attributes = object(message, 'MessageAttributes') ?? {};
  return Buffer.byteLength(requiredText(message, 'MessageBody')) + attributesSize(attributes);
}

function changeVisibility(queue: Queue, input: JsonObject): void {
  const seconds = integer(input, 'VisibilityTimeout', { min: 0, max: HALF_A_DAY });
  if (seconds === undefined) throw new ServiceError('MissingParameter', 'VisibilityTimeout is required');
  queue.changeVisibility(requiredText(input, 'ReceiptHandle'), seconds);
}
