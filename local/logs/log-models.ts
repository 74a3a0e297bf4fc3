import { physicalName } from '../template/physical-name';
import { arn, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { Logs } from './logs';

/** The log groups of a template, and the policies that let AWS services write into them. */
export function logModels(logs: Logs): ResourceModel[] {
  return [
    {
      type: 'AWS::Logs::LogGroup',
      properties: ['LogGroupName'],
      ignoredProperties: {
        RetentionInDays: 'the newest events are kept by number, not by age',
        KmsKeyId: 'nothing is encrypted at rest on this machine',
        LogGroupClass: 'classes differ in price and in what Logs Insights can do',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: {
        Arn: (resource: DeclaredResource) => arn('logs', `log-group:${resource.physicalName}:*`),
      },
      create: (properties, resource) => {
        logs.declare(physicalName(properties, 'LogGroupName', resource));
      },
    },
    {
      type: 'AWS::Logs::ResourcePolicy',
      properties: [],
      ignoredProperties: {
        PolicyName: 'services of this runtime may always write their logs',
        PolicyDocument: 'services of this runtime may always write their logs',
      },
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: () => undefined,
    },
  ];
}
