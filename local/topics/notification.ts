import type { Clock } from '../clock';
import { isObject, type JsonObject } from '../json/json';
import { defined } from '../json/members';
import { queueUrlOf } from '../queues/queue-url';
import type { Services } from '../service';
import type { Published, Subscription, Topic } from './topic';

/** SNS's default for HTTP: three retries, 20 seconds apart ("HTTP/S delivery policy", SNS developer guide). */
const HTTP_RETRIES = 3;
const HTTP_RETRY_DELAY_MS = 20_000;

/**
 * Brings one message to one subscription.
 * @throws Error when the subscriber cannot be reached or refuses it for good
 */
export async function deliver(
  topic: Topic,
  subscription: Subscription,
  published: Published,
  deps: { readonly services: Services; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  switch (subscription.protocol) {
    case 'email':
    case 'sms':
      return;
    case 'sqs': {
      const QueueUrl = queueUrlOf(subscription.endpoint);
      const message: JsonObject = subscription.raw
        ? { MessageBody: published.message, MessageAttributes: published.attributes }
        : { MessageBody: JSON.stringify(notification(topic, published)) };
      const caller = { principal: 'sns.amazonaws.com', sourceArn: topic.arn };
      await deps.services.call('sqs', 'SendMessage', { QueueUrl, ...message }, caller);
      return;
    }
    case 'http':
      for (let retries = 0; ; retries += 1) {
        const refusal = await post(topic, subscription, published, deps.signal);
        if (refusal === undefined) return;
        if (retries === HTTP_RETRIES) {
          throw new Error(
            `Message ${published.messageId} of ${topic.arn} did not reach ${subscription.endpoint}: ${refusal}`,
          );
        }
        await deps.clock.sleep(HTTP_RETRY_DELAY_MS, deps.signal);
      }
  }
}

/** The envelope that SNS puts around a message. Its signature members are empty: nothing here signs. */
function notification(topic: Topic, published: Published): JsonObject {
  const attributes: JsonObject = {};
  for (const [name, attribute] of Object.entries(published.attributes)) {
    if (!isObject(attribute)) continue;
    attributes[name] = defined({
      Type: attribute.DataType,
      Value: attribute.StringValue ?? attribute.BinaryValue,
    });
  }
  return defined({
    Type: 'Notification',
    MessageId: published.messageId,
    TopicArn: topic.arn,
    Subject: published.subject,
    Message: published.message,
    Timestamp: published.at,
    SignatureVersion: '1',
    Signature: '',
    SigningCertURL: '',
    UnsubscribeURL: '',
    MessageAttributes: Object.keys(attributes).length === 0 ? undefined : attributes,
  });
}

/** Why it was not taken, or undefined. */
async function post(
  topic: Topic,
  subscription: Subscription,
  published: Published,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { endpoint, raw } = subscription;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'text/plain; charset=UTF-8',
        'x-amz-sns-message-type': 'Notification',
        'x-amz-sns-message-id': published.messageId,
        'x-amz-sns-topic-arn': topic.arn,
        'x-amz-sns-subscription-arn': subscription.arn,
        ...(raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
      },
      body: raw ? published.message : JSON.stringify(notification(topic, published)),
    });
    await response.arrayBuffer();
    return response.ok ? undefined : `it answered ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
