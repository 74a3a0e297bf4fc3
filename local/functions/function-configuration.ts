import type { JsonObject } from '../json/json';
import { integer, object, refuseOthers, requiredText, text, texts } from '../json/members';
import { arn, type DeclaredResource } from '../template/resource-model';

/** A function as its template declares it. */
export interface FunctionConfiguration {
  readonly name: string;
  readonly arn: string;
  readonly constructId: string;
  readonly runtime: string;
  /** `<file>.<export>` below `taskRoot`. */
  readonly handler: string;
  readonly taskRoot: string;
  readonly roleArn: string;
  /** In seconds. */
  readonly timeout: number;
  /** In MB. */
  readonly memorySize: number;
  /** Of the processor that AWS would run and bill it on. */
  readonly architecture: 'arm64' | 'x86_64';
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly reservedConcurrency?: number;
  /** The ARN of the queue for asynchronous events that are dropped. */
  readonly deadLetterQueueArn?: string;
}

/**
 * Reads the properties of an AWS::Lambda::Function, with CloudFormation's defaults.
 * @param assetDirectory where the code that `Code` names lies, unpacked
 * @throws Error with one sentence for a value that is not modelled
 */
export function readConfiguration(
  properties: JsonObject,
  resource: DeclaredResource,
  assetDirectory: (code: JsonObject) => string,
): FunctionConfiguration {
  const name = text(properties, 'FunctionName') ?? resource.physicalName;
  const runtime = requiredText(properties, 'Runtime');
  if (!runtime.startsWith('nodejs')) throw new Error(`only nodejs runtimes are modelled, not ${runtime}`);
  const reservedConcurrency = integer(properties, 'ReservedConcurrentExecutions', { min: 0, max: 100_000 });
  const deadLetterQueueArn = readDeadLetterQueue(object(properties, 'DeadLetterConfig') ?? {});
  return {
    name,
    arn: arn('lambda', `function:${name}`),
    constructId: resource.constructId,
    runtime,
    handler: requiredText(properties, 'Handler'),
    taskRoot: assetDirectory(object(properties, 'Code') ?? {}),
    roleArn: requiredText(properties, 'Role'),
    timeout: integer(properties, 'Timeout', { min: 1, max: 900 }) ?? 3,
    memorySize: integer(properties, 'MemorySize', { min: 128, max: 10_240 }) ?? 128,
    architecture: readArchitecture(properties),
    environment: readEnvironment(object(properties, 'Environment') ?? {}),
    logGroup: readLogGroup(object(properties, 'LoggingConfig') ?? {}) ?? `/aws/lambda/${name}`,
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    ...(deadLetterQueueArn === undefined ? {} : { deadLetterQueueArn }),
  };
}

function readArchitecture(properties: JsonObject): 'arm64' | 'x86_64' {
  const [architecture = 'x86_64', ...others] = texts(properties, 'Architectures');
  if (others.length === 0 && (architecture === 'arm64' || architecture === 'x86_64')) return architecture;
  throw new Error(`Architectures must be arm64 or x86_64, not ${[architecture, ...others].join(', ')}`);
}

function readEnvironment(environment: JsonObject): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(object(environment, 'Variables') ?? {})) {
    if (typeof value === 'object') throw new Error(`environment variable ${name} must be a string`);
    variables[name] = String(value);
  }
  return variables;
}

function readDeadLetterQueue(config: JsonObject): string | undefined {
  refuseOthers('DeadLetterConfig', config, ['TargetArn']);
  const target = text(config, 'TargetArn');
  if (target === undefined || target.split(':')[2] === 'sqs') return target;
  throw new Error(`DeadLetterConfig must name a queue, not ${target}`);
}

function readLogGroup(logging: JsonObject): string | undefined {
  refuseOthers('LoggingConfig', logging, ['LogGroup', 'LogFormat']);
  if ((text(logging, 'LogFormat') ?? 'Text') !== 'Text') throw new Error('only LogFormat Text is modelled');
  return text(logging, 'LogGroup');
}
