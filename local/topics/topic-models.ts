import { flag, refuseOthers, requiredText, text, objects } from '../json/members';
import { physicalName } from '../template/physical-name';
import { arn, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { Topics } from './topics';

/** The topics of a template and who subscribes to them; FIFO topics and filter policies are refused. */
export function topicModels(topics: Topics): ResourceModel[] {
  const arnOf = (resource: DeclaredResource) => arn('sns', resource.physicalName);
  return [
    {
      type: 'AWS::SNS::Topic',
      properties: ['TopicName', 'DisplayName', 'Subscription'],
      ignoredProperties: {
        KmsMasterKeyId: 'nothing is encrypted at rest on this machine',
        TracingConfig: 'nothing is traced with X-Ray on this machine',
        SignatureVersion: 'nothing here signs notifications',
        Tags: 'tags change nothing here',
      },
      ref: arnOf,
      attributes: { TopicArn: arnOf, TopicName: (resource) => resource.physicalName },
      create: (properties, resource) => {
        const name = physicalName(properties, 'TopicName', resource);
        const topic = topics.declare(name, text(properties, 'DisplayName'));
        for (const subscription of objects(properties, 'Subscription')) {
          refuseOthers(`${resource.logicalId}.Subscription`, subscription, ['Protocol', 'Endpoint']);
          const { arn: topicArn } = topic;
          topics.subscribe(
            topicArn,
            requiredText(subscription, 'Protocol'),
            requiredText(subscription, 'Endpoint'),
          );
        }
      },
    },
    {
      type: 'AWS::SNS::Subscription',
      properties: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery'],
      ignoredProperties: {
        Region: 'there is one region here',
        RedrivePolicy: 'a queue of this machine that refuses a message is a mistake, and is reported',
      },
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: (properties) => {
        topics.subscribe(
          requiredText(properties, 'TopicArn'),
          requiredText(properties, 'Protocol'),
          requiredText(properties, 'Endpoint'),
          flag(properties, 'RawMessageDelivery') ?? false,
        );
      },
    },
  ];
}
