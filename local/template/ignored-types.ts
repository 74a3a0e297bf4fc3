import { arn, type DeclaredResource } from './resource-model';

/** A resource type that is accepted although nothing on this machine stands for it. */
export interface IgnoredType {
  readonly reason: string;
  /** What `Ref` and `Fn::GetAtt` give, where templates need the name of the thing. */
  readonly ref?: (resource: DeclaredResource) => string;
  readonly attributes?: Readonly<Record<string, (resource: DeclaredResource) => string>>;
}

const WATCHING =
  'nobody is paged by a laptop; what the alarms watch can be seen in the console and the queues';
const LOG_DELIVERY =
  'logs are kept by the runtime itself, so that nothing needs permission or a pipe to deliver them';

/** Every type here is listed on purpose, with its reason; any other unknown type stops the start. */
export const IGNORED_TYPES: Readonly<Record<string, IgnoredType>> = {
  'AWS::CloudWatch::Alarm': {
    reason: WATCHING,
    ref: (resource) => resource.physicalName,
    attributes: { Arn: (resource) => arn('cloudwatch', `alarm:${resource.physicalName}`) },
  },
  'AWS::CloudWatch::CompositeAlarm': { reason: WATCHING },
  'AWS::CloudWatch::Dashboard': { reason: WATCHING, ref: (resource) => resource.physicalName },
  'AWS::CDK::Metadata': { reason: 'it only tells AWS which constructs are in use' },
  'AWS::ApiGateway::Account': {
    reason: 'it gives API Gateway a role to write access logs with, which needs none here',
  },
  'AWS::Logs::ResourcePolicy': { reason: LOG_DELIVERY },
  'AWS::Logs::MetricFilter': { reason: WATCHING },
  'AWS::Logs::QueryDefinition': { reason: 'a saved query of the CloudWatch console' },
  'AWS::Logs::DeliverySource': { reason: LOG_DELIVERY, ref: (resource) => resource.physicalName },
  'AWS::Logs::DeliveryDestination': {
    reason: LOG_DELIVERY,
    ref: (resource) => resource.physicalName,
    attributes: { Arn: (resource) => arn('logs', `delivery-destination:${resource.physicalName}`) },
  },
  'AWS::Logs::Delivery': { reason: LOG_DELIVERY },
  'AWS::KMS::Key': {
    reason:
      'nothing on this machine is encrypted with it: what is stored lies in the data directory as it is',
    ref: (resource) => resource.physicalName,
    attributes: {
      Arn: (resource) => arn('kms', `key/${resource.physicalName}`),
      KeyId: (resource) => resource.physicalName,
    },
  },
  'AWS::XRay::Group': { reason: 'there is no tracing on this machine' },
  'AWS::XRay::SamplingRule': { reason: 'there is no tracing on this machine' },
  'AWS::XRay::ResourcePolicy': { reason: 'there is no tracing on this machine' },
};
