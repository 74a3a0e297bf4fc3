import { entrySize } from '../bus/event-entry';
import { isObject, type Json, type JsonObject } from '../json/json';
import { object, objects, requiredText, text } from '../json/members';
import { attributesSize } from '../queues/message-digest';
import type { CallObserver } from '../service';
import type { Meter } from './meter';
import { requestUnits } from './units';

/**
 * Counts the API calls of the services that bill by the call: EventBridge's PutEvents, SNS's publishes and everything of
 * SQS. Calls that fail cost nothing.
 */
export function meteredCalls(meter: Meter): CallObserver {
  return (service, action, input, result, { trace }) => {
    switch (service) {
      case 'events':
        if (action === 'PutEvents') meter.later(() => countEvents(meter, input, result, trace));
        return;
      case 'sns':
        if (action === 'Publish' || action === 'PublishBatch') {
          const topic = text(input, 'TopicArn') ?? text(input, 'TargetArn') ?? '';
          const messages = [input, ...objects(input, 'PublishBatchRequestEntries')];
          meter.count('snsPublishes', lastPart(topic), requestUnits(payloadBytes(messages)), trace);
        }
        return;
      case 'sqs': {
        const messages = [input, ...objects(input, 'Entries'), ...objects(result, 'Messages')];
        const queue = lastPart(text(input, 'QueueUrl') ?? '');
        meter.count('sqsRequests', `${queue} ${action}`.trim(), requestUnits(payloadBytes(messages)), trace);
        return;
      }
      default:
    }
  };
}

/** Entries that the bus refused are not billed. */
function countEvents(meter: Meter, input: JsonObject, result: JsonObject, trace: string | undefined): void {
  const answers = objects(result, 'Entries');
  for (const [index, entry] of objects(input, 'Entries').entries()) {
    if (answers[index]?.ErrorCode !== undefined) continue;
    const header = text(entry, 'TraceHeader') ?? trace;
    meter.count('customEvents', requiredText(entry, 'DetailType'), requestUnits(entrySize(entry)), header);
  }
}

/** Bodies and attributes of messages, by whichever name the API has for them. */
function payloadBytes(messages: readonly JsonObject[]): number {
  return messages.reduce((sum, message) => {
    const bodies = [message.MessageBody, message.Body, message.Message, message.Subject];
    const attributes = object(message, 'MessageAttributes') ?? {};
    return sum + bodies.reduce((bytes: number, body) => bytes + size(body), 0) + attributesSize(attributes);
  }, 0);
}

function size(value: Json | undefined): number {
  return typeof value === 'string'
    ? Buffer.byteLength(value)
    : isObject(value)
      ? size(JSON.stringify(value))
      : 0;
}

function lastPart(name: string): string {
  return name.split(/[:/]/).at(-1) ?? name;
}
