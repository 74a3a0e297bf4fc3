import type { JsonObject } from '../json/json';
import { integer, object, requiredText, text } from '../json/members';

/** One message of a standard queue. All times are milliseconds since the epoch. */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** As the API has them, by name. */
  readonly attributes: JsonObject;
  readonly sender: string;
  readonly sentAt: number;
  /** The ARN of the queue that gave the message up, once it is in a dead-letter queue. */
  readonly deadLetterSource: string | undefined;
  /** Not given to a receiver before this time: delayed, or in the hands of another receiver. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** Of the last receive. */
  receiptHandle: string | undefined;
}

export function messageToJson(message: Message): JsonObject {
  const { deadLetterSource, firstReceivedAt, receiptHandle, ...rest } = message;
  return {
    ...rest,
    ...(deadLetterSource === undefined ? {} : { deadLetterSource }),
    ...(firstReceivedAt === undefined ? {} : { firstReceivedAt }),
    ...(receiptHandle === undefined ? {} : { receiptHandle }),
  };
}

/** @throws ValidationException naming the member that is missing or of another type */
export function messageFromJson(entry: JsonObject): Message {
  const times = { min: 0, max: Number.MAX_SAFE_INTEGER };
  return {
    id: requiredText(entry, 'id'),
    body: requiredText(entry, 'body'),
    attributes: object(entry, 'attributes') ?? {},
    sender: requiredText(entry, 'sender'),
    sentAt: integer(entry, 'sentAt', times) ?? 0,
    deadLetterSource: text(entry, 'deadLetterSource'),
    visibleAt: integer(entry, 'visibleAt', times) ?? 0,
    receiveCount: integer(entry, 'receiveCount', times) ?? 0,
    firstReceivedAt: integer(entry, 'firstReceivedAt', times),
    receiptHandle: text(entry, 'receiptHandle'),
  };
}
