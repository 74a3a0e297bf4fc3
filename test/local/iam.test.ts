import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { Iam, type Grant } from '../../local/iam/iam';
import { iamModels } from '../../local/iam/iam-models';
import { resourcePolicyModels } from '../../local/iam/resource-policy-models';
import { withRoles } from '../../local/iam/role-users';
import { readUsage, recordUsage } from '../../local/iam/usage-record';
import type { JsonObject } from '../../local/json/json';
import { OPERATOR, ServiceError } from '../../local/service';
import type { DeclaredResource, ResourceModel } from '../../local/template/resource-model';
import { temporaryFolder } from '../support/temporary-folder';

const place = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const trusts = (service: string) => ({
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } },
});
const roleArn = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
const CHAT = { principal: roleArn('chat') };

/** IAM with what a template of these resources declares; a resource's name is its logical id. */
async function iamOf(resources: readonly (readonly [type: string, name: string, properties: JsonObject])[]) {
  const refusals: string[] = [];
  const iam = new Iam((message) => refusals.push(message));
  const created: string[] = [];
  const anything = (type: string): ResourceModel => ({
    type,
    properties: [],
    ref: (resource) => resource.physicalName,
    attributes: { Arn: (resource) => place('test', resource.physicalName) },
    create: (_, resource) => void created.push(resource.logicalId),
  });
  const users = ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine', 'AWS::Events::Rule'].map(
    anything,
  );
  const models = [...iamModels(iam), ...resourcePolicyModels(iam), ...users].map((one) =>
    withRoles(one, iam),
  );
  for (const model of models) {
    for (const [, name, properties] of resources.filter(([type]) => type === model.type)) {
      const resource: DeclaredResource = {
        logicalId: name,
        stackName: 'Chat',
        type: model.type,
        constructId: name,
        physicalName: name,
      };
      await model.create(properties, resource);
    }
  }
  return { iam, refusals, created };
}

/** IAM with one role, `chat`, that may do this. */
function allowing(action: string | string[], resource: string | string[] = '*') {
  const PolicyDocument = { Statement: { Effect: 'Allow', Action: action, Resource: resource } };
  return iamOf([
    ['AWS::IAM::Role', 'chat', { AssumeRolePolicyDocument: trusts('lambda.amazonaws.com') }],
    ['AWS::IAM::Policy', 'policy', { PolicyName: 'p', Roles: ['chat'], PolicyDocument }],
  ]);
}

function refusalOf(work: () => void): ServiceError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

describe('a call of a role', () => {
  const table = (name: string) => place('dynamodb', `table/${name}`);
  const machine = place('states', 'stateMachine:fan-out');
  const execution = place('states', 'execution:fan-out:x');
  const put = (...buses: string[]) => ({ Entries: buses.map((EventBusName) => ({ EventBusName })) });

  test.each<[string, string, JsonObject, action: string, resources: string[]]>([
    ['dynamodb', 'GetItem', { TableName: 'Outbox' }, 'dynamodb:GetItem', [table('Outbox')]],
    ['dynamodb', 'PutItem', { TableName: table('Outbox') }, 'dynamodb:PutItem', [table('Outbox')]],
    [
      'dynamodb',
      'Query',
      { TableName: 'Outbox', IndexName: 'due' },
      'dynamodb:Query',
      [`${table('Outbox')}/index/due`],
    ],
    [
      'dynamodb',
      'BatchGetItem',
      { RequestItems: { A: {}, B: {} } },
      'dynamodb:BatchGetItem',
      [table('A'), table('B')],
    ],
    ['dynamodb', 'BatchWriteItem', { RequestItems: { A: [] } }, 'dynamodb:BatchWriteItem', [table('A')]],
    ['dynamodb', 'ListTables', {}, 'dynamodb:ListTables', ['*']],
    [
      'events',
      'PutEvents',
      put('one', 'two', 'one'),
      'events:PutEvents',
      [place('events', 'event-bus/one'), place('events', 'event-bus/two')],
    ],
    ['events', 'PutEvents', { Entries: [{}] }, 'events:PutEvents', [place('events', 'event-bus/default')]],
    ['states', 'StartExecution', { stateMachineArn: machine }, 'states:StartExecution', [machine]],
    ['states', 'StopExecution', { executionArn: execution }, 'states:StopExecution', [execution]],
    [
      'lambda',
      'Invoke',
      { FunctionName: 'archive' },
      'lambda:InvokeFunction',
      [place('lambda', 'function:archive')],
    ],
    [
      'lambda',
      'Invoke',
      { FunctionName: place('lambda', 'function:archive:live') },
      'lambda:InvokeFunction',
      [place('lambda', 'function:archive:live')],
    ],
    [
      'sqs',
      'SendMessage',
      { QueueUrl: 'http://127.0.0.1:8080/000000000000/failed' },
      'sqs:SendMessage',
      [place('sqs', 'failed')],
    ],
    [
      'sqs',
      'SendMessageBatch',
      { QueueUrl: 'https://x/0/failed' },
      'sqs:SendMessage',
      [place('sqs', 'failed')],
    ],
    ['sns', 'Publish', { TopicArn: place('sns', 'agents') }, 'sns:Publish', [place('sns', 'agents')]],
    [
      'logs',
      'FilterLogEvents',
      { logGroupName: '/a/b' },
      'logs:FilterLogEvents',
      [place('logs', 'log-group:/a/b:*')],
    ],
    [
      'execute-api',
      'ManageConnections',
      { apiId: 'a', stage: 'dev', method: 'POST' },
      'execute-api:ManageConnections',
      [place('execute-api', 'a/dev/POST/@connections/{connectionId}')],
    ],
    [
      'execute-api',
      'Invoke',
      { apiId: 'a', stage: 'dev', routeKey: '$connect' },
      'execute-api:Invoke',
      [place('execute-api', 'a/dev/$connect')],
    ],
    [
      'cognito-idp',
      'AdminGetUser',
      { UserPoolId: 'us-east-1_a' },
      'cognito-idp:AdminGetUser',
      [place('cognito-idp', 'userpool/us-east-1_a')],
    ],
  ])('%s %s %j needs %s on %j', async (service, api, input, action, resources) => {
    const { iam } = await allowing(action, resources);
    expect(refusalOf(() => iam.authorize(service, api, input, CHAT))).toBeUndefined();
    for (const missing of resources) {
      const fewer = await allowing(action, ['nothing', ...resources.filter((one) => one !== missing)]);
      expect(refusalOf(() => fewer.iam.authorize(service, api, input, CHAT))?.message).toBe(
        `User: arn:aws:sts::000000000000:assumed-role/chat/local is not authorized to perform: ${action} on resource: ${missing} because no identity-based policy allows the ${action} action`,
      );
    }
  });

  test('of which the permission is not known is refused, even to who may do everything', async () => {
    const { iam } = await allowing('*');
    const refusal = refusalOf(() => iam.authorize('dynamodb', 'DeleteTable', { TableName: 'x' }, CHAT));
    expect(refusal).toMatchObject({ code: 'AccessDeniedException' });
    expect(refusal?.message).toContain('dynamodb:DeleteTable');
  });

  test('that a person makes with a password or token of a user pool needs no permission', async () => {
    const { iam } = await allowing('nothing:*');
    expect(
      refusalOf(() => iam.authorize('cognito-idp', 'InitiateAuth', { ClientId: 'x' }, CHAT)),
    ).toBeUndefined();
  });

  test('is refused with the status of its service, and reported once', async () => {
    const { iam, refusals } = await allowing('sqs:ReceiveMessage');
    const input = { QueueUrl: 'https://x/0/failed' };
    for (let time = 1; time <= 2; time += 1) {
      expect(refusalOf(() => iam.authorize('sqs', 'SendMessage', input, CHAT))?.status).toBe(403);
    }
    expect(refusalOf(() => iam.authorize('dynamodb', 'GetItem', { TableName: 'x' }, CHAT))?.status).toBe(400);
    expect(refusals).toHaveLength(2);
  });

  test('is allowed to the operator, and to no role that the template does not have', async () => {
    const { iam } = await allowing('*');
    iam.authorize('dynamodb', 'DeleteTable', {}, OPERATOR);
    const stranger = { principal: roleArn('stranger') };
    expect(refusalOf(() => iam.authorize('dynamodb', 'GetItem', { TableName: 'x' }, stranger))).toBeDefined();
  });

  test('can be denied by the policy of a resource, whatever the role may do', async () => {
    const { iam } = await allowing('sqs:*');
    iam.attachToResource(place('sqs', 'failed'), {
      Statement: { Effect: 'Deny', Action: 'sqs:SendMessage', Resource: '*', Principal: '*' },
    });
    const refusal = refusalOf(() =>
      iam.authorize('sqs', 'SendMessage', { QueueUrl: 'https://x/0/failed' }, CHAT),
    );
    expect(refusal?.message).toMatch(/with an explicit deny in a resource-based policy$/);
  });
});

describe('the policies of a template', () => {
  const trust = { AssumeRolePolicyDocument: trusts('lambda.amazonaws.com') };
  const document = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

  test('are attached inside the role, beside it, and as managed policies from either side', async () => {
    const { iam } = await iamOf([
      ['AWS::IAM::ManagedPolicy', 'named', { PolicyDocument: document('dynamodb:Query') }],
      ['AWS::IAM::ManagedPolicy', 'naming', { PolicyDocument: document('dynamodb:Scan'), Roles: ['chat'] }],
      [
        'AWS::IAM::Role',
        'chat',
        {
          ...trust,
          Policies: [{ PolicyName: 'p', PolicyDocument: document('dynamodb:GetItem') }],
          ManagedPolicyArns: ['arn:aws:iam::000000000000:policy/named'],
        },
      ],
      [
        'AWS::IAM::Policy',
        'beside',
        { PolicyName: 'p', PolicyDocument: document('dynamodb:PutItem'), Roles: ['chat'] },
      ],
    ]);
    for (const action of ['Query', 'Scan', 'GetItem', 'PutItem']) {
      iam.authorize('dynamodb', action, { TableName: 'x' }, CHAT);
    }
    expect(iam.usage().map(({ used }) => used)).toEqual([true, true, true, true]);
  });

  test('belong to roles that are known by name and ARN before they are created', () => {
    const model = iamModels(new Iam()).find(({ type }) => type === 'AWS::IAM::Role');
    const resource = {
      logicalId: 'x',
      stackName: 'x',
      type: 'x',
      constructId: 'x',
      physicalName: 'Chat-role',
    };
    expect(model?.ref(resource)).toBe('Chat-role');
    expect(model?.attributes.Arn?.(resource)).toBe(roleArn('Chat-role'));
  });

  test('that AWS manages are refused, because the template does not say what they allow', async () => {
    const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await expect(iamOf([['AWS::IAM::Role', 'chat', { ...trust, ManagedPolicyArns: [arn] }]])).rejects.toThrow(
      `the managed policy ${arn} is not modelled`,
    );
  });

  test.each<[string, string, JsonObject]>([
    ['AWS::Lambda::Function', 'lambda.amazonaws.com', { Role: roleArn('chat') }],
    ['AWS::StepFunctions::StateMachine', 'states.amazonaws.com', { RoleArn: roleArn('chat') }],
    [
      'AWS::Events::Rule',
      'events.amazonaws.com',
      { Targets: [{ Id: '1', Arn: 'x', RoleArn: roleArn('chat') }] },
    ],
  ])('a %s may take a role that trusts %s and no other', async (type, service, properties) => {
    const withTrust = (trusted: string) =>
      iamOf([
        ['AWS::IAM::Role', 'chat', { AssumeRolePolicyDocument: trusts(trusted) }],
        [type, 'user', properties],
      ]);
    expect((await withTrust(service)).created).toEqual(['user']);
    await expect(withTrust('ec2.amazonaws.com')).rejects.toThrow(
      `user cannot take the role chat: its trust policy does not allow sts:AssumeRole to ${service}`,
    );
    await expect(iamOf([[type, 'user', properties]])).rejects.toThrow('is not in the template');
  });

  const RULE = place('events', 'rule/bus/parked');
  const route = place('execute-api', 'api/dev/$connect');

  test.each<
    [string, string, JsonObject, call: [string, string, JsonObject], principal: string, sourceArn: string]
  >([
    [
      'a function takes the calls of an API',
      'AWS::Lambda::Permission',
      {
        FunctionName: place('lambda', 'function:connect'),
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: place('execute-api', 'api/*$connect'),
      },
      ['lambda', 'Invoke', { FunctionName: place('lambda', 'function:connect') }],
      'apigateway.amazonaws.com',
      route,
    ],
    [
      'a queue takes the events of a rule',
      'AWS::SQS::QueuePolicy',
      {
        Queues: ['http://127.0.0.1:1/000000000000/failed'],
        PolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Resource: place('sqs', 'failed'),
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
          },
        },
      },
      ['sqs', 'SendMessage', { QueueUrl: 'https://x/0/failed' }],
      'events.amazonaws.com',
      RULE,
    ],
    [
      'a topic takes what a rule publishes',
      'AWS::SNS::TopicPolicy',
      {
        Topics: [place('sns', 'agents')],
        PolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 'sns:Publish',
            Resource: '*',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnLike: { 'aws:SourceArn': RULE } },
          },
        },
      },
      ['sns', 'Publish', { TopicArn: place('sns', 'agents') }],
      'events.amazonaws.com',
      RULE,
    ],
  ])('%s by its own policy, and of nobody else', async (_, type, properties, call, principal, sourceArn) => {
    const { iam } = await iamOf([[type, 'policy', properties]]);
    expect(refusalOf(() => iam.authorize(...call, { principal, sourceArn }))).toBeUndefined();
    for (const other of [
      { principal },
      { principal, sourceArn: `${sourceArn}2` },
      { principal: 'sns.amazonaws.com', sourceArn },
      CHAT,
    ]) {
      expect(refusalOf(() => iam.authorize(...call, other))).toBeDefined();
    }
    const without = await iamOf([]);
    expect(refusalOf(() => without.iam.authorize(...call, { principal, sourceArn }))?.message).toMatch(
      /because no resource-based policy allows the \S+ action$/,
    );
  });
});

describe('the use of grants', () => {
  const named = ({ role, action, used }: Grant) => `${role} ${action} ${used}`;

  test('is known for each action and resource of each statement', async () => {
    const { iam } = await allowing(['dynamodb:GetItem', 'dynamodb:Put*', 'xray:PutTraceSegments']);
    iam.authorize('dynamodb', 'PutItem', { TableName: 'x' }, CHAT);
    expect(iam.usage().map(named)).toEqual([
      'chat dynamodb:GetItem false',
      'chat dynamodb:Put* true',
      'chat xray:PutTraceSegments false',
    ]);
    expect(iam.usage().map(({ checked }) => checked)).toEqual([true, true, false]);
  });

  test('is not counted for a call that was refused', async () => {
    const { iam } = await allowing('dynamodb:BatchGetItem', place('dynamodb', 'table/B'));
    expect(
      refusalOf(() => iam.authorize('dynamodb', 'BatchGetItem', { RequestItems: { B: {}, A: {} } }, CHAT)),
    ).toBeDefined();
    expect(iam.usage().map(named)).toEqual(['chat dynamodb:BatchGetItem false']);
  });

  test('is recorded over many processes, of which one may have been killed while it wrote', async () => {
    const folder = path.join(temporaryFolder(), 'usage');
    expect(readUsage(folder)).toBeUndefined();
    const { iam } = await allowing(['dynamodb:GetItem', 'dynamodb:PutItem']);
    iam.authorize('dynamodb', 'PutItem', { TableName: 'x' }, CHAT);
    recordUsage(folder, iam.usage());
    appendFileSync(path.join(folder, '1.jsonl'), '{"role":"chat","action":"dynamo');
    recordUsage(folder, iam.usage());
    const wasUsed = readUsage(folder);
    expect(iam.usage().map((grant) => wasUsed?.(grant))).toEqual([false, true]);
  });
});
