import { resolveFunctionName } from '../functions/function-names';
import { isObject, type JsonObject } from '../json/json';
import { objects, text } from '../json/members';
import { arn } from '../template/resource-model';

/** What a policy must allow before a call may run: one action, on each of these resources. */
export interface Access {
  /** e.g. `lambda:InvokeFunction` */
  readonly action: string;
  /** ARNs; `*` where an action concerns no one resource; none for what needs no permission at all. */
  readonly resources: readonly string[];
}

type ResourcesOf = (input: JsonObject) => readonly string[];

/** The action's own name in policies, where it differs from the API's, and its resources. */
type Rule = ResourcesOf | { readonly action: string; readonly resources: ResourcesOf };

const anywhere: ResourcesOf = () => ['*'];
const nameAfter = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const asArn = (name: string, toArn: (name: string) => string) =>
  name.startsWith('arn:') ? name : toArn(name);

const tableArn = (name: string) => asArn(name, () => arn('dynamodb', `table/${name}`));
const table: ResourcesOf = (input) => [tableArn(text(input, 'TableName') ?? '')];
const tableOrIndex: ResourcesOf = (input) => {
  const index = text(input, 'IndexName');
  return index === undefined ? table(input) : table(input).map((one) => `${one}/index/${index}`);
};
const requestedTables: ResourcesOf = ({ RequestItems: items }) =>
  Object.keys(isObject(items) ? items : {}).map(tableArn);
const named =
  (member: string): ResourcesOf =>
  (input) => [text(input, member) ?? ''];

const busArn = (name: string) => asArn(name, () => arn('events', `event-bus/${name}`));
const entryBuses: ResourcesOf = (input) => [
  ...new Set(objects(input, 'Entries').map((entry) => busArn(text(entry, 'EventBusName') ?? 'default'))),
];
const ruleArn =
  (member: string): ResourcesOf =>
  (input) => {
    const bus = nameAfter(text(input, 'EventBusName') ?? 'default');
    const name = text(input, member) ?? '';
    return [arn('events', bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`)];
  };

const functionArn: ResourcesOf = (input) => {
  const { name, version } = resolveFunctionName(text(input, 'FunctionName') ?? '');
  const qualifier = text(input, 'Qualifier') ?? version;
  return [arn('lambda', `function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`)];
};

const queue: ResourcesOf = (input) => [arn('sqs', nameAfter(text(input, 'QueueUrl') ?? ''))];
const queueByName: ResourcesOf = (input) => [arn('sqs', text(input, 'QueueName') ?? '')];
const topic: ResourcesOf = (input) => [text(input, 'TopicArn') ?? text(input, 'TargetArn') ?? ''];

const logGroup: ResourcesOf = (input) => {
  const group = text(input, 'logGroupName') ?? text(input, 'logGroupIdentifier') ?? '';
  return [`${asArn(group, () => arn('logs', `log-group:${group}`)).replace(/:\*$/, '')}:*`];
};

/** Where a pool is named, an administrator acts; otherwise the user does, with a password or a token and no role. */
const userPool: ResourcesOf = (input) => {
  const pool = text(input, 'UserPoolId');
  return pool === undefined ? [] : [arn('cognito-idp', `userpool/${pool}`)];
};

/** API Gateway names the connection by this placeholder: aws-cdk issue 18410 quotes such an error. */
const openSockets: ResourcesOf = (input) => [
  arn('execute-api', `${stageOf(input)}/${text(input, 'method') ?? ''}/@connections/{connectionId}`),
];
const route: ResourcesOf = (input) => [
  arn('execute-api', `${stageOf(input)}/${text(input, 'routeKey') ?? ''}`),
];
const stageOf = (input: JsonObject) => `${text(input, 'apiId') ?? ''}/${text(input, 'stage') ?? ''}`;

/**
 * By service and API action.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  dynamodb: {
    BatchGetItem: requestedTables,
    BatchWriteItem: requestedTables,
    DeleteItem: table,
    DescribeTable: table,
    DescribeTimeToLive: table,
    GetItem: table,
    ListTables: anywhere,
    PutItem: table,
    Query: tableOrIndex,
    Scan: tableOrIndex,
    UpdateItem: table,
  },
  events: {
    DescribeRule: ruleArn('Name'),
    ListEventBuses: anywhere,
    ListRules: anywhere,
    ListTargetsByRule: ruleArn('Rule'),
    PutEvents: entryBuses,
    TestEventPattern: anywhere,
  },
  'execute-api': { Invoke: route, ManageConnections: openSockets },
  lambda: {
    GetFunctionConfiguration: functionArn,
    Invoke: { action: 'lambda:InvokeFunction', resources: functionArn },
    ListFunctions: anywhere,
  },
  logs: {
    DescribeLogGroups: anywhere,
    DescribeLogStreams: logGroup,
    FilterLogEvents: logGroup,
    GetLogEvents: logGroup,
  },
  sns: {
    GetTopicAttributes: topic,
    ListSubscriptionsByTopic: topic,
    ListTopics: anywhere,
    Publish: topic,
    PublishBatch: { action: 'sns:Publish', resources: topic },
    Subscribe: topic,
  },
  sqs: {
    ChangeMessageVisibility: queue,
    ChangeMessageVisibilityBatch: { action: 'sqs:ChangeMessageVisibility', resources: queue },
    DeleteMessage: queue,
    DeleteMessageBatch: { action: 'sqs:DeleteMessage', resources: queue },
    GetQueueAttributes: queue,
    GetQueueUrl: queueByName,
    ListQueues: anywhere,
    PurgeQueue: queue,
    ReceiveMessage: queue,
    SendMessage: queue,
    SendMessageBatch: { action: 'sqs:SendMessage', resources: queue },
  },
  states: {
    DescribeExecution: named('executionArn'),
    DescribeMapRun: named('mapRunArn'),
    DescribeStateMachine: named('stateMachineArn'),
    GetExecutionHistory: named('executionArn'),
    ListExecutions: named('stateMachineArn'),
    ListMapRuns: named('executionArn'),
    ListStateMachines: anywhere,
    StartExecution: named('stateMachineArn'),
    StopExecution: named('executionArn'),
  },
};

/** The services whose calls are checked, by their prefix in policies. */
export const CHECKED_SERVICES: readonly string[] = [...Object.keys(RULES), 'cognito-idp'];

/** What a call needs; undefined for an action of which that is not known here, which no role may do. */
export function accessOf(service: string, action: string, input: JsonObject): Access | undefined {
  if (service === 'cognito-idp') return { action: `cognito-idp:${action}`, resources: userPool(input) };
  const rule = RULES[service]?.[action];
  if (rule === undefined) return undefined;
  if (typeof rule === 'function') return { action: `${service}:${action}`, resources: rule(input) };
  return { action: rule.action, resources: rule.resources(input) };
}
