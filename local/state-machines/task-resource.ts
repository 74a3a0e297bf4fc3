import type { Json, JsonObject } from '../json/json';
import { isObject } from '../json/json';

/**
 * How a Task's resource becomes a call of a service's API.
 * Optimized integrations: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 * SDK integrations: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
export interface TaskResource {
  /** As history events name them, e.g. `lambda` and `invoke`, or `aws-sdk:sqs` and `sendMessage`. */
  readonly resourceType: string;
  readonly resource: string;
  /** The service's IAM prefix and the API action, as `Services.call` takes them. */
  readonly service: string;
  readonly action: string;
  /** What precedes the exception in an error name, e.g. `Lambda` or `DynamoDb`. */
  readonly errorPrefix: string;
  /** Fields that may hold JSON and that the integration writes as text, e.g. SQS's `MessageBody`. */
  readonly textFields: readonly string[];
}

interface ServiceNames {
  readonly service: string;
  /** Prefix of the optimized integration's errors. */
  readonly optimizedPrefix: string;
  /** Prefix of the SDK integration's errors. */
  readonly sdkPrefix: string;
}

const DYNAMODB = { service: 'dynamodb', optimizedPrefix: 'DynamoDB', sdkPrefix: 'DynamoDb' };
const SQS = { service: 'sqs', optimizedPrefix: 'SQS', sdkPrefix: 'Sqs' };
const SNS = { service: 'sns', optimizedPrefix: 'SNS', sdkPrefix: 'Sns' };
const EVENTS = { service: 'events', optimizedPrefix: 'EventBridge', sdkPrefix: 'EventBridge' };
const STATES = { service: 'states', optimizedPrefix: 'StepFunctions', sdkPrefix: 'Sfn' };
const LAMBDA = { service: 'lambda', optimizedPrefix: 'Lambda', sdkPrefix: 'Lambda' };

const OPTIMIZED: Readonly<
  Record<string, { readonly names: ServiceNames; readonly textFields?: readonly string[] }>
> = {
  'lambda:invoke': { names: LAMBDA },
  'dynamodb:getItem': { names: DYNAMODB },
  'dynamodb:putItem': { names: DYNAMODB },
  'dynamodb:updateItem': { names: DYNAMODB },
  'dynamodb:deleteItem': { names: DYNAMODB },
  'sqs:sendMessage': { names: SQS, textFields: ['MessageBody'] },
  'sns:publish': { names: SNS, textFields: ['Message'] },
  'events:putEvents': { names: EVENTS },
  'states:startExecution': { names: STATES, textFields: ['Input'] },
};

/** By the service's name in the resource. `lambda` is left out: its SDK payloads are blobs; use `lambda:invoke`. */
const SDK: Readonly<Record<string, ServiceNames>> = {
  dynamodb: DYNAMODB,
  sqs: SQS,
  sns: SNS,
  eventbridge: EVENTS,
  sfn: STATES,
};

const PREFIX = 'arn:aws:states:::';

/** The call that a resource stands for, or the sentence that says why it is not modelled. */
export function parseResource(arn: string): TaskResource | string {
  const unmodelled = `has the resource ${arn}, which is not modelled`;
  if (!arn.startsWith(PREFIX)) return unmodelled;
  const [first = '', second = '', third = ''] = arn.slice(PREFIX.length).split(':');
  if (first === 'aws-sdk') {
    const names = SDK[second];
    if (names === undefined || !/^[a-z][A-Za-z]*$/.test(third)) return unmodelled;
    return resource(`aws-sdk:${second}`, third, names, names.sdkPrefix, []);
  }
  const integration = OPTIMIZED[`${first}:${second}`];
  if (integration === undefined || third !== '') return unmodelled;
  return resource(
    first,
    second,
    integration.names,
    integration.names.optimizedPrefix,
    integration.textFields ?? [],
  );
}

function resource(
  resourceType: string,
  action: string,
  names: ServiceNames,
  errorPrefix: string,
  textFields: readonly string[],
): TaskResource {
  return {
    resourceType,
    resource: action,
    service: names.service,
    action: upperFirst(action),
    errorPrefix,
    textFields,
  };
}

/**
 * Arguments as the service's wire protocol takes them. Definitions write member names in PascalCase for
 * every service; Step Functions' own API has them in camelCase.
 */
export function requestOf(
  task: TaskResource,
  args: JsonObject,
  source: { execution: string; machine: string },
): JsonObject {
  const request: JsonObject = {};
  for (const [name, value] of Object.entries(args)) {
    const key = task.service === 'states' ? lowerFirst(name) : name;
    request[key] =
      task.textFields.includes(name) && typeof value !== 'string' ? JSON.stringify(value) : value;
  }
  if (task.resourceType === 'events' && Array.isArray(request['Entries'])) {
    request['Entries'] = request['Entries'].map((entry) => eventEntry(entry, source));
  }
  return request;
}

/** The optimized integration writes `Detail` as text and adds the machine and the execution to `Resources`. */
function eventEntry(entry: Json, source: { execution: string; machine: string }): Json {
  if (!isObject(entry)) return entry;
  const detail = entry['Detail'];
  const resources = Array.isArray(entry['Resources']) ? entry['Resources'] : [];
  return {
    ...entry,
    ...(detail === undefined || typeof detail === 'string' ? {} : { Detail: JSON.stringify(detail) }),
    Resources: [...resources, source.execution, source.machine],
  };
}

/** The answer as a task's result: PascalCase members, times in ISO 8601. */
export function resultOf(task: TaskResource, answer: JsonObject): JsonObject {
  if (task.service !== 'states') return answer;
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(answer)) {
    const isTime = name.endsWith('Date') && typeof value === 'number';
    result[upperFirst(name)] = isTime ? new Date(value * 1000).toISOString() : value;
  }
  return result;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
