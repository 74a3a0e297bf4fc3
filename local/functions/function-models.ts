import type { JsonObject } from '../json';
import { requiredText, text } from '../members';
import { arn, type ResourceModel } from '../template/resource-model';
import { readConfiguration } from './function-configuration';
import { resolveFunctionName } from './function-names';
import type { Functions } from './functions';

/**
 * Versions, aliases, event source mappings and settings for asynchronous invocation are not modelled.
 * @param assetDirectory the unpacked folder of what a function's `Code` names
 */
export function functionModels(
  functions: Functions,
  assetDirectory: (code: JsonObject) => string,
): ResourceModel[] {
  return [
    {
      type: 'AWS::Lambda::Function',
      properties: [
        'FunctionName',
        'Code',
        'Handler',
        'Runtime',
        'Role',
        'Timeout',
        'MemorySize',
        'Environment',
        'LoggingConfig',
        'ReservedConcurrentExecutions',
      ],
      ignoredProperties: {
        Architectures: 'the code runs on the processor of this machine',
        TracingConfig: 'there is no X-Ray on this machine',
        Description: 'a description changes nothing',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: { Arn: (resource) => arn('lambda', `function:${resource.physicalName}`) },
      create: (properties, resource) =>
        functions.declare(readConfiguration(properties, resource, assetDirectory)),
    },
    {
      type: 'AWS::Lambda::Permission',
      properties: ['FunctionName', 'Action', 'Principal', 'SourceArn'],
      ignoredProperties: { SourceAccount: 'there is one account on this machine' },
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: (properties) => {
        const sourceArn = text(properties, 'SourceArn');
        functions.permit({
          functionName: resolveFunctionName(requiredText(properties, 'FunctionName')).name,
          action: requiredText(properties, 'Action'),
          principal: requiredText(properties, 'Principal'),
          ...(sourceArn === undefined ? {} : { sourceArn }),
        });
      },
    },
  ];
}
