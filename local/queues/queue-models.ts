import { isObject, type Json, type JsonObject } from '../json/json';
import { integer, refuseOthers, requiredText } from '../json/members';
import { parseJson } from '../json/parse-json';
import { physicalName } from '../template/physical-name';
import { arn, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { QueueSettings } from './queue';
import type { Queues } from './queues';

/** The standard queues of a template, with the defaults of AWS::SQS::Queue; FIFO queues are refused. */
export function queueModels(queues: Queues): ResourceModel[] {
  const arnOf = (resource: DeclaredResource) => arn('sqs', resource.physicalName);
  return [
    {
      type: 'AWS::SQS::Queue',
      properties: [
        'QueueName',
        'VisibilityTimeout',
        'MessageRetentionPeriod',
        'DelaySeconds',
        'ReceiveMessageWaitTimeSeconds',
        'RedrivePolicy',
      ],
      ignoredProperties: {
        SqsManagedSseEnabled: 'nothing is encrypted at rest on this machine',
        KmsMasterKeyId: 'nothing is encrypted at rest on this machine',
        KmsDataKeyReusePeriodSeconds: 'nothing is encrypted at rest on this machine',
        RedriveAllowPolicy: 'every queue here belongs to the same owner',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => queues.url(resource.physicalName),
      attributes: {
        Arn: arnOf,
        QueueName: (resource) => resource.physicalName,
        QueueUrl: (resource) => queues.url(resource.physicalName),
      },
      create: (properties, resource) => {
        queues.declare(queueSettings(properties, resource));
      },
    },
  ];
}

function queueSettings(properties: JsonObject, resource: DeclaredResource): QueueSettings {
  return {
    name: physicalName(properties, 'QueueName', resource),
    arn: arn('sqs', resource.physicalName),
    visibilityTimeout: integer(properties, 'VisibilityTimeout', { min: 0, max: 43_200 }) ?? 30,
    retention: integer(properties, 'MessageRetentionPeriod', { min: 60, max: 1_209_600 }) ?? 345_600,
    delay: integer(properties, 'DelaySeconds', { min: 0, max: 900 }) ?? 0,
    receiveWait: integer(properties, 'ReceiveMessageWaitTimeSeconds', { min: 0, max: 20 }) ?? 0,
    redrive: redrivePolicy(properties.RedrivePolicy, resource),
  };
}

function redrivePolicy(value: Json | undefined, resource: DeclaredResource): QueueSettings['redrive'] {
  if (value === undefined) return undefined;
  const policy = typeof value === 'string' ? parseJson(value) : value;
  if (!isObject(policy)) throw new Error(`${resource.logicalId}: RedrivePolicy must be an object`);
  refuseOthers('RedrivePolicy', policy, ['deadLetterTargetArn', 'maxReceiveCount']);
  const maxReceiveCount = integer(policy, 'maxReceiveCount', { min: 1, max: 1000 });
  if (maxReceiveCount === undefined) {
    throw new Error(`${resource.logicalId}: RedrivePolicy needs maxReceiveCount`);
  }
  return { deadLetterTargetArn: requiredText(policy, 'deadLetterTargetArn'), maxReceiveCount };
}
