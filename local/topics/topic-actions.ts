import { asActions } from '../actions';
import type { JsonObject } from '../json/json';
import { defined, object, page, refuseOthers, requiredText, text } from '../json/members';
import { forEachEntry } from '../queues/batch';
import type { Action } from '../service';
import { ServiceError } from '../service';
import { ACCOUNT } from '../template/resource-model';
import type { Published } from './topic';
import type { Topics } from './topics';

/** 256 KiB, the default MaximumMessageSize of a topic. */
const MAX_MESSAGE_BYTES = 262_144;

/** The SNS API (2010-03-31) on the topics of a template. */
export function topicActions(topics: Topics): Record<string, Action> {
  return asActions({
    Publish: (input) => {
      refuseOthers('Publish', input, ['TopicArn', 'TargetArn', 'Message', 'Subject', 'MessageAttributes']);
      const topicArn = text(input, 'TopicArn') ?? requiredText(input, 'TargetArn');
      return { MessageId: publish(topics, topicArn, input).messageId };
    },
    PublishBatch: (input) => {
      const topic = topics.topic(requiredText(input, 'TopicArn'));
      return forEachEntry(
        input,
        (entry) => {
          refuseOthers('PublishBatch', entry, ['Id', 'Message', 'Subject', 'MessageAttributes']);
          return { MessageId: publish(topics, topic.arn, entry).messageId };
        },
        undefined,
        { entryList: 'PublishBatchRequestEntries', errorSuffix: 'Exception' },
      );
    },
    ListTopics: (input) => {
      const { items, next } = page(topics.all(), 100, text(input, 'NextToken'));
      return defined({ Topics: items.map((topic) => ({ TopicArn: topic.arn })), NextToken: next });
    },
    ListSubscriptionsByTopic: (input) => {
      const topic = topics.topic(requiredText(input, 'TopicArn'));
      const { items, next } = page(topic.subscriptions, 100, text(input, 'NextToken'));
      return defined({
        Subscriptions: items.map((subscription) => ({
          SubscriptionArn: subscription.arn,
          Owner: ACCOUNT,
          Protocol: subscription.protocol,
          Endpoint: subscription.endpoint,
          TopicArn: topic.arn,
        })),
        NextToken: next,
      });
    },
    Subscribe: (input) => {
      refuseOthers('Subscribe', input, [
        'TopicArn',
        'Protocol',
        'Endpoint',
        'Attributes',
        'ReturnSubscriptionArn',
      ]);
      const attributes = object(input, 'Attributes') ?? {};
      refuseOthers('Subscribe', attributes, ['RawMessageDelivery']);
      const subscription = topics.subscribe(
        requiredText(input, 'TopicArn'),
        requiredText(input, 'Protocol'),
        requiredText(input, 'Endpoint'),
        attributes.RawMessageDelivery === 'true',
      );
      return { SubscriptionArn: subscription.arn };
    },
    GetTopicAttributes: (input) => {
      const topic = topics.topic(requiredText(input, 'TopicArn'));
      return {
        Attributes: {
          TopicArn: topic.arn,
          Owner: ACCOUNT,
          DisplayName: topic.displayName,
          SubscriptionsConfirmed: String(topic.subscriptions.length),
          SubscriptionsPending: '0',
          SubscriptionsDeleted: '0',
        },
      };
    },
  });
}

function publish(topics: Topics, topicArn: string, input: JsonObject): Published {
  const message = text(input, 'Message') ?? '';
  if (message === '') throw new ServiceError('InvalidParameterException', 'Invalid parameter: Empty message');
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) {
    throw new ServiceError('InvalidParameterException', 'Invalid parameter: Message too long');
  }
  const subject = text(input, 'Subject');
  // SNS developer guide: ASCII, no line breaks or control characters, up to 100 characters.
  if (subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(subject)) {
    throw new ServiceError('InvalidParameterException', 'Invalid parameter: Subject');
  }
  return topics.publish(topicArn, message, subject, object(input, 'MessageAttributes') ?? {});
}
