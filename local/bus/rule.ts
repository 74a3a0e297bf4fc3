import type { JsonObject } from '../json/json';
import { integer, object, objects, refuseOthers, requiredText, text } from '../json/members';
import { parseEventPattern, type EventPattern } from './event-pattern';
import { parseSchedule } from './schedule';
import { parseTargetInput, type TargetInput } from './target-input';

/** A rule of a bus, parsed from the properties of AWS::Events::Rule. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  /** What the CDK code calls it, and what faults and logs say. */
  readonly constructId: string;
  readonly description: string | undefined;
  readonly enabled: boolean;
  readonly pattern: { readonly source: JsonObject; readonly matches: EventPattern } | undefined;
  readonly schedule: { readonly expression: string; readonly period: number } | undefined;
  readonly targets: readonly Target[];
}

export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly kind: TargetKind;
  readonly roleArn: string | undefined;
  readonly input: TargetInput;
  /** As the template gives it, for ListTargetsByRule. */
  readonly source: JsonObject;
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeMs: number;
  /** ARN of the queue that gets what could not be delivered. */
  readonly deadLetterQueueArn: string | undefined;
}

export type TargetKind = 'state-machine' | 'queue' | 'function';

/** EventBridge's limit for an event pattern, in characters. */
const MAX_PATTERN_LENGTH = 2_048;
/** Targets per rule. */
const MAX_TARGETS = 5;

/**
 * @param identity the names that the runtime gave the rule
 * @param properties of AWS::Events::Rule, resolved
 * @throws Error naming the rule for a pattern, schedule, target or setting that is not modelled
 */
export function parseRule(
  identity: Pick<Rule, 'name' | 'arn' | 'busName' | 'constructId'>,
  properties: JsonObject,
): Rule {
  try {
    const pattern = object(properties, 'EventPattern');
    const expression = text(properties, 'ScheduleExpression');
    const targets = objects(properties, 'Targets');
    if (pattern === undefined && expression === undefined) {
      throw new Error('a rule needs an EventPattern or a ScheduleExpression');
    }
    if (pattern !== undefined && JSON.stringify(pattern).length > MAX_PATTERN_LENGTH) {
      throw new Error(`EventPattern is longer than ${MAX_PATTERN_LENGTH} characters`);
    }
    if (expression !== undefined && identity.busName !== 'default') {
      throw new Error('EventBridge allows schedules on the default bus only');
    }
    if (targets.length > MAX_TARGETS) throw new Error(`a rule has at most ${MAX_TARGETS} targets`);
    return {
      ...identity,
      description: text(properties, 'Description'),
      enabled: stateOf(properties) === 'ENABLED',
      pattern: pattern === undefined ? undefined : { source: pattern, matches: parseEventPattern(pattern) },
      schedule: expression === undefined ? undefined : { expression, period: parseSchedule(expression) },
      targets: targets.map(parseTarget),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The rule ${identity.constructId} cannot be run: ${reason}`, { cause: error });
  }
}

function stateOf(properties: JsonObject): string {
  const state = text(properties, 'State') ?? 'ENABLED';
  if (state !== 'ENABLED' && state !== 'DISABLED') throw new Error(`the State ${state} is not modelled`);
  return state;
}

function parseTarget(target: JsonObject): Target {
  refuseOthers('a target', target, [
    'Id',
    'Arn',
    'RoleArn',
    'Input',
    'InputPath',
    'InputTransformer',
    'RetryPolicy',
    'DeadLetterConfig',
  ]);
  const arn = requiredText(target, 'Arn');
  const retry = object(target, 'RetryPolicy') ?? {};
  refuseOthers('RetryPolicy', retry, ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds']);
  const deadLetter = object(target, 'DeadLetterConfig') ?? {};
  refuseOthers('DeadLetterConfig', deadLetter, ['Arn']);
  return {
    id: requiredText(target, 'Id'),
    arn,
    kind: targetKind(arn),
    roleArn: text(target, 'RoleArn'),
    input: parseTargetInput(target),
    source: target,
    maximumRetryAttempts: integer(retry, 'MaximumRetryAttempts', { min: 0, max: 185 }) ?? 185,
    maximumEventAgeMs:
      1000 * (integer(retry, 'MaximumEventAgeInSeconds', { min: 60, max: 86_400 }) ?? 86_400),
    deadLetterQueueArn: text(deadLetter, 'Arn'),
  };
}

function targetKind(arn: string): TargetKind {
  const [, , service, , , type] = arn.split(':');
  if (service === 'states' && type === 'stateMachine') return 'state-machine';
  if (service === 'sqs') return 'queue';
  if (service === 'lambda' && type === 'function') return 'function';
  throw new Error(`the target ${arn} is not modelled; state machines, queues and functions are`);
}
