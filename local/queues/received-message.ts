import type { JsonObject } from '../json/json';
import { defined } from '../json/members';
import type { Message } from './message';
import { attributesDigest, bodyDigest } from './message-digest';

/**
 * A message as ReceiveMessage gives it.
 * @param system names of the system attributes asked for, or `All`
 * @param custom names of the message attributes asked for; `All`, `.*` and `prefix.*` are wildcards
 */
export function receivedMessage(
  message: Message,
  system: readonly string[],
  custom: readonly string[],
): JsonObject {
  const all: JsonObject = defined({
    SenderId: message.sender,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    DeadLetterQueueSourceArn: message.deadLetterSource,
  });
  const attributes = pick(all, (name) => system.includes('All') || system.includes(name));
  const messageAttributes = pick(message.attributes, (name) => custom.some((asked) => covers(asked, name)));
  return defined({
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: bodyDigest(message.body),
    Body: message.body,
    Attributes: orNothing(attributes),
    MD5OfMessageAttributes: attributesDigest(messageAttributes),
    MessageAttributes: orNothing(messageAttributes),
  });
}

function covers(asked: string, name: string): boolean {
  if (asked === 'All' || asked === '.*') return true;
  return asked.endsWith('.*') ? name.startsWith(asked.slice(0, -2)) : asked === name;
}

function pick(all: JsonObject, wanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)));
}

function orNothing(members: JsonObject): JsonObject | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}
