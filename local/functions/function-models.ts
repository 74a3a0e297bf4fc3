import type { JsonObject } from '../json/json';
import { integer, requiredText, text } from '../json/members';
import { arn, type ResourceModel } from '../template/resource-model';
import { isPublisher } from '../web/site-models';
import { readConfiguration } from './function-configuration';
import { resolveFunctionName } from './function-names';
import type { Functions } from './functions';

/**
 * Versions, aliases, event source mappings and destinations of asynchronous invocations are not modelled.
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
        'Architectures',
        'Environment',
        'LoggingConfig',
        'ReservedConcurrentExecutions',
        'DeadLetterConfig',
        'Layers',
      ],
      ignoredProperties: {
        TracingConfig: 'there is no X-Ray on this machine',
        Description: 'a description changes nothing',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: { Arn: (resource) => arn('lambda', `function:${resource.physicalName}`) },
      create: (properties, resource) => {
        if (isPublisher(resource)) return;
        if (properties['Layers'] !== undefined) throw new Error('Layers are not modelled');
        functions.declare(readConfiguration(properties, resource, assetDirectory));
      },
    },
    {
      type: 'AWS::Lambda::EventInvokeConfig',
      properties: ['FunctionName', 'Qualifier', 'MaximumRetryAttempts'],
      ignoredProperties: { MaximumEventAgeInSeconds: 'events run at once here unless they are throttled' },
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: (properties) => {
        if (text(properties, 'Qualifier') !== '$LATEST') throw new Error('Qualifier must be $LATEST');
        functions.configureAsynchronous(
          resolveFunctionName(requiredText(properties, 'FunctionName')).name,
          integer(properties, 'MaximumRetryAttempts', { min: 0, max: 2 }) ?? 2,
        );
      },
    },
  ];
}
