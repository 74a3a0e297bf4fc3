import { isObject, type Json, type JsonObject } from '../json/json';
import { arn, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import { NO_LOGGING, type LogLevel, type MachineLogging } from './machine-log';
import type { StateMachines } from './state-machines';

/**
 * `AWS::StepFunctions::StateMachine`, declared to `machines`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
 * A definition given as an object or in S3 is refused, because CDK writes neither for this project.
 */
export function stateMachineModels(machines: StateMachines): ResourceModel[] {
  return [
    {
      type: 'AWS::StepFunctions::StateMachine',
      properties: [
        'DefinitionString',
        'DefinitionSubstitutions',
        'RoleArn',
        'StateMachineName',
        'StateMachineType',
        'LoggingConfiguration',
      ],
      ignoredProperties: {
        TracingConfiguration: 'there is no X-Ray on this machine',
        Tags: 'nothing here reads tags',
      },
      ref: machineArn,
      attributes: {
        Arn: machineArn,
        Name: (resource) => resource.physicalName,
        StateMachineRevisionId: () => 'INITIAL',
      },
      create: (properties, resource) => {
        const place = `${resource.logicalId} (AWS::StepFunctions::StateMachine)`;
        const definition = requiredText(properties, 'DefinitionString', place);
        machines.declare({
          name: resource.physicalName,
          arn: machineArn(resource),
          constructId: resource.constructId,
          type: machineType(properties['StateMachineType'] ?? 'STANDARD', place),
          roleArn: requiredText(properties, 'RoleArn', place),
          definition: substitute(definition, properties['DefinitionSubstitutions'] ?? {}, place),
          logging: logging(properties['LoggingConfiguration'], place),
        });
      },
    },
  ];
}

function machineArn(resource: DeclaredResource): string {
  return arn('states', `stateMachine:${resource.physicalName}`);
}

function requiredText(properties: JsonObject, name: string, place: string): string {
  const value = properties[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${place}: ${name} must be a string`);
}

function machineType(value: Json, place: string): 'STANDARD' | 'EXPRESS' {
  if (value === 'STANDARD' || value === 'EXPRESS') return value;
  throw new Error(`${place}: StateMachineType must be STANDARD or EXPRESS`);
}

/** Fills `${Name}` with the bare text, as CloudFormation does; a placeholder without a value is left for the definition's checks to refuse. */
function substitute(definition: string, substitutions: Json, place: string): string {
  if (!isObject(substitutions)) throw new Error(`${place}: DefinitionSubstitutions must be an object`);
  return definition.replace(/\$\{([^}]+)\}/g, (placeholder, name: string) => {
    const value = substitutions[name];
    if (value === undefined) return placeholder;
    if (typeof value === 'object')
      throw new Error(`${place}: the substitution ${name} must be a string, number or boolean`);
    return String(value);
  });
}

const LEVELS: readonly LogLevel[] = ['ALL', 'ERROR', 'FATAL', 'OFF'];

function logging(value: Json | undefined, place: string): MachineLogging {
  if (value === undefined) return NO_LOGGING;
  if (!isObject(value)) throw new Error(`${place}: LoggingConfiguration must be an object`);
  const level = LEVELS.find((known) => known === (value['Level'] ?? 'OFF'));
  if (level === undefined)
    throw new Error(`${place}: LoggingConfiguration.Level is none of ${LEVELS.join(', ')}`);
  const includeExecutionData = value['IncludeExecutionData'] === true;
  if (level === 'OFF') return { level, includeExecutionData };
  const [destination] = Array.isArray(value['Destinations']) ? value['Destinations'] : [];
  const group = isObject(destination) ? destination['CloudWatchLogsLogGroup'] : undefined;
  const groupArn = isObject(group) ? group['LogGroupArn'] : undefined;
  const groupName = typeof groupArn === 'string' ? /:log-group:(.+):\*$/.exec(groupArn)?.[1] : undefined;
  if (groupName === undefined) {
    throw new Error(
      `${place}: LoggingConfiguration needs a Destination with a LogGroupArn that ends with ":*"`,
    );
  }
  return { level, includeExecutionData, groupName };
}
