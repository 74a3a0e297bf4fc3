import { NOTICES } from '../../handlers/chat/events';
import { functions, routes } from '../../handlers/wiring';
import { settingVariable } from '../../handlers/wiring/environment';
import type { FunctionWiring } from '../../handlers/wiring/row';
import { synthesize, type StackTemplate } from './synthesized';

const FUNCTION = 'AWS::Lambda::Function';
const RULE = 'AWS::Events::Rule';

describe('the chat stack', () => {
  let chat: StackTemplate;
  beforeAll(() => {
    ({ chat } = synthesize());
  });

  /** The first (and only) target of a rule. */
  const target = (rule: string) => {
    const [first, ...others] = chat.properties(RULE, rule).Targets as Record<string, unknown>[];
    expect(others).toEqual([]);
    return first ?? {};
  };

  test('holds nothing that the local runtime could not run', () => {
    expect([...new Set(chat.resources.map(([, { Type }]) => Type))].sort()).toEqual([
      'AWS::ApiGateway::Account',
      'AWS::ApiGatewayV2::Api',
      'AWS::ApiGatewayV2::Authorizer',
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::ApiGatewayV2::RouteResponse',
      'AWS::ApiGatewayV2::Stage',
      'AWS::CloudWatch::Alarm',
      'AWS::Events::EventBus',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::StepFunctions::StateMachine',
    ]);
  });

  test.each(Object.entries<FunctionWiring>(functions))(
    'S1, logs and X-Ray: deploys %s as its row says, on the current runtime, traced, with logs of its own',
    (name, row) => {
      const lambda = chat.properties(FUNCTION, `${name}/${name}`);
      expect(lambda).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: row.timeout,
        MemorySize: row.memory,
        TracingConfig: { Mode: 'Active' },
      });
      expect(chat.render((lambda.LoggingConfig as { LogGroup: unknown }).LogGroup)).toBe(`<${name}/logs>`);
      expect(chat.render(lambda.Role)).toBe(`<${name}/role.Arn>`);
      expect(lambda.ReservedConcurrentExecutions).toBeUndefined();
    },
  );

  test.each(Object.entries<FunctionWiring>(functions))('tells %s only what its row asks for', (name, row) => {
    const { Variables = {} } = (chat.properties(FUNCTION, `${name}/${name}`).Environment ?? {}) as {
      Variables?: Record<string, unknown>;
    };
    const expected = [
      ...Object.keys(row.tables ?? {}).map(
        (table) => `${table.replace('History', '_History').toUpperCase()}_TABLE`,
      ),
      ...(row.settings ?? []).map(settingVariable),
      ...(row.publishes ? ['BUS_NAME'] : []),
      ...(row.alerts ? ['AGENTS_TOPIC_ARN'] : []),
      ...(row.sockets ? ['CALLBACK_URL'] : []),
      ...(row.hashesAddresses ? ['ADDRESS_KEY'] : []),
      ...(row.verifiesTokens ? ['TOKEN_CLIENT_ID', 'TOKEN_ISSUER'] : []),
    ];
    expect(Object.keys(Variables).sort()).toEqual(expected.sort());
  });

  test('gives settings to functions in the variables that they read', () => {
    expect(chat.properties(FUNCTION, 'accept-message/accept-message').Environment).toMatchObject({
      Variables: { MAX_TEXT_BYTES: '8000', LOG_LEVEL: 'info', BUS_NAME: expect.anything() },
    });
  });

  test('S3, route responses: answers the caller on every route but $connect and $disconnect, where nobody can read an answer', () => {
    const deployed = chat.resources.filter(
      ([id, { Type }]) => Type === 'AWS::ApiGatewayV2::Route' && chat.path(id).startsWith('websocket/'),
    );
    const silent = deployed
      .filter(([, { Properties }]) => Properties.RouteResponseSelectionExpression !== '$default')
      .map(([, { Properties }]) => Properties.RouteKey);
    expect(silent.sort()).toEqual(['$connect', '$disconnect']);
    expect(deployed).toHaveLength(Object.keys(routes).length);
    chat.template.resourceCountIs('AWS::ApiGatewayV2::RouteResponse', deployed.length - silent.length);
  });

  test.each(Object.entries(routes))(
    'S0, dispatch: sends frames of %s to its function',
    (key, { function: name }) => {
      const { Target } = chat.properties('AWS::ApiGatewayV2::Route', `${key}-Route`);
      const integration = /<websocket\/api\/(.+)>/.exec(chat.render(Target))?.[1] ?? '';
      const { IntegrationUri, IntegrationType } = chat.properties(
        'AWS::ApiGatewayV2::Integration',
        integration,
      );
      expect(chat.render(IntegrationUri)).toContain(`/functions/<${name}/${name}.Arn>/invocations`);
      expect(IntegrationType).toBe('AWS_PROXY');
    },
  );

  test('S3, access log: logs each frame as JSON without what a client sent, because a query string may carry a token', () => {
    const { AccessLogSettings, StageName, DefaultRouteSettings } = chat.properties(
      'AWS::ApiGatewayV2::Stage',
      'websocket/stage',
    );
    const { Format, DestinationArn } = AccessLogSettings as { Format: string; DestinationArn: unknown };
    expect(Object.values(JSON.parse(Format) as object)).toEqual(
      expect.arrayContaining(['$context.connectionId', '$context.routeKey', '$context.status']),
    );
    expect(Format).not.toMatch(/querystring|header|body|authorizer|sourceIp/i);
    expect(chat.render(DestinationArn)).toBe('<websocket/access-logs.Arn>');
    expect(StageName).toBe('dev');
    expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 2500, ThrottlingBurstLimit: 1250 });
  });

  test('S2, deploy step: a changed route is served as soon as cdk deploy has ended, with no click on Deploy API', () => {
    const { AutoDeploy, ApiId } = chat.properties('AWS::ApiGatewayV2::Stage', 'websocket/stage');
    expect([AutoDeploy, chat.render(ApiId)]).toEqual([true, '<websocket/api>']);
    // A deployment of its own would be a snapshot that no later change of a route is in.
    chat.template.resourceCountIs('AWS::ApiGatewayV2::Deployment', 0);
  });

  test('sets the role of API Gateway for access logs before the stage that needs it, and never takes it away', () => {
    const accounts = chat.template.findResources('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain' });
    const [account] = Object.keys(accounts);
    chat.template.hasResource('AWS::ApiGatewayV2::Stage', { DependsOn: [account] });
  });

  test('starts the fan-out on each accepted message and each notice that has something to say, with the whole event, and parks what cannot start', () => {
    expect(chat.properties(RULE, 'fan-out-messages-and-notices')).toMatchObject({
      EventPattern: {
        source: ['parley'],
        'detail-type': ['MessageAccepted', ...NOTICES],
        detail: { unannounced: [{ exists: false }] },
      },
      State: 'ENABLED',
    });
    const { Arn, DeadLetterConfig, RetryPolicy, ...rest } = target('fan-out-messages-and-notices');
    expect(chat.render(Arn)).toBe('<fan-out/fan-out>');
    expect(chat.render((DeadLetterConfig as { Arn: unknown }).Arn)).toBe(
      '<undeliverable-events/undeliverable-events.Arn>',
    );
    expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 185 });
    expect(Object.keys(rest).sort()).toEqual(['Id', 'RoleArn']);
  });

  test('queues fan-outs that were given up', () => {
    expect(chat.properties(RULE, 'queue-parked-fan-outs')).toMatchObject({
      EventPattern: { source: ['parley'], 'detail-type': ['FanOutParked'] },
    });
    expect(chat.render(target('queue-parked-fan-outs').Arn)).toBe('<failed-fanouts/failed-fanouts.Arn>');
  });

  test('sweeps the outbox every minute', () => {
    expect(chat.properties(RULE, 'sweep-outbox-every-minute').ScheduleExpression).toBe('rate(1 minute)');
    expect(chat.render(target('sweep-outbox-every-minute').Arn)).toBe('<sweep-outbox/sweep-outbox.Arn>');
    chat.template.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com' });
  });

  test.each(['undeliverable-events', 'failed-fanouts'])(
    'keeps what is in %s for two weeks, encrypted, and alarms as soon as there is something',
    (name) => {
      expect(chat.properties('AWS::SQS::Queue', `${name}/${name}`)).toMatchObject({
        MessageRetentionPeriod: 1_209_600,
        SqsManagedSseEnabled: true,
      });
      const alarm = chat.properties('AWS::CloudWatch::Alarm', `${name}/not-empty`);
      expect(alarm).toMatchObject({
        MetricName: 'ApproximateNumberOfMessagesVisible',
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: 1,
        TreatMissingData: 'notBreaching',
      });
      expect(alarm.AlarmDescription).toContain(`"${name}" in docs/runbook.md`);
      const [dimension] = alarm.Dimensions as { Value: unknown }[];
      expect(chat.render(dimension?.Value)).toBe(`<${name}/${name}.QueueName>`);
    },
  );

  test.each([
    ['fan-out', 'EXPRESS'],
    ['broadcast', 'STANDARD'],
  ])('logs every step of %s with its payload and traces it; it is %s', (name, type) => {
    const machine = chat.properties('AWS::StepFunctions::StateMachine', `${name}/${name}`);
    expect(machine).toMatchObject({
      StateMachineType: type,
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
    expect(chat.properties('AWS::Logs::LogGroup', `${name}/logs`).LogGroupName).toBe(
      `/aws/vendedlogs/states/parley-dev-${name}`,
    );
  });

  test('fills the placeholders of the workflows with functions, tables, queues and each other', () => {
    const substitutions = (name: string) => {
      const { DefinitionSubstitutions } = chat.properties(
        'AWS::StepFunctions::StateMachine',
        `${name}/${name}`,
      );
      const values = Object.entries(DefinitionSubstitutions as Record<string, unknown>);
      return Object.fromEntries(values.map(([placeholder, value]) => [placeholder, chat.render(value)]));
    };
    expect(substitutions('fan-out')).toMatchObject({
      PostToPart: '<post-to-part/post-to-part.Arn>',
      FailedFanoutsQueue: '<failed-fanouts/failed-fanouts>',
      Broadcast: '<broadcast/broadcast>',
    });
    expect(substitutions('broadcast')).toMatchObject({
      SumUp: '<sum-up/sum-up.Arn>',
      OutboxSeconds: '86400',
    });
  });

  test('keeps every log for the days that the setting says', () => {
    chat.template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  test('encrypts the alerts of agents', () => {
    expect(chat.render(chat.properties('AWS::SNS::Topic', 'agents').KmsMasterKeyId)).toMatch(
      /:alias\/aws\/sns$/,
    );
  });

  test('S0, callback address: tells the operator where clients connect and where to look', () => {
    const outputs = Object.entries(chat.template.findOutputs('*')).map(([name, { Value }]) => [
      name,
      chat.render(Value),
    ]);
    expect(Object.fromEntries(outputs)).toMatchObject({
      WebSocketUrl: 'wss://<websocket/api>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev',
      CallbackUrl: 'https://<websocket/api>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev',
      FanOutConsole: expect.stringMatching(/^https:.*states.*<fan-out\/fan-out>$/),
      BroadcastConsole: expect.stringMatching(/^https:.*states.*<broadcast\/broadcast>$/),
      AgentsTopicArn: '<agents>',
    });
  });
});
