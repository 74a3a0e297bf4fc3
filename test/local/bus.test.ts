import { Bus } from '../../local/bus/bus';
import { busModels } from '../../local/bus/bus-models';
import { parseSchedule } from '../../local/bus/schedule';
import { createClock, type Clock } from '../../local/clock';
import { NO_FAULTS, type Faults } from '../../local/faults/faults';
import type { JsonObject } from '../../local/json/json';
import { queueModels } from '../../local/queues/queue-models';
import { Queues } from '../../local/queues/queues';
import { OPERATOR, ServiceError, Services, type Caller } from '../../local/service';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:fan-out';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:on-event';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:undeliverable';

interface Call {
  readonly action: string;
  readonly input: JsonObject;
  readonly caller: Caller;
}

/** A runtime of a bus, a queue, and a state machine service and a Lambda service that do as they are told. */
function build(options: { faults?: Faults; clock?: Clock; answer?: (call: number) => void } = {}) {
  // Fast enough for a backoff of minutes to be over at once.
  const clock = options.clock ?? createClock(1_000_000);
  const services = new Services();
  const calls: Call[] = [];
  const reported: unknown[] = [];
  const record = (action: string) => (input: JsonObject, caller: Caller) =>
    new Promise<JsonObject>((resolve) => {
      calls.push({ action, input, caller });
      options.answer?.(calls.length);
      resolve({});
    });
  const queues = new Queues({ clock: createClock(), baseUrl: 'http://127.0.0.1:1' });
  services.add(queues.service());
  services.add({ name: 'states', actions: { StartExecution: record('StartExecution') } });
  services.add({ name: 'lambda', actions: { Invoke: record('Invoke') } });
  const bus = new Bus({
    services,
    clock,
    faults: options.faults ?? NO_FAULTS,
    report: (error) => reported.push(error),
  });
  services.add(bus.service());
  const create = (type: string, name: string, properties: JsonObject) => {
    const resource = { logicalId: name, stackName: 's', type, constructId: name, physicalName: name };
    return [...queueModels(queues), ...busModels(bus)]
      .find((model) => model.type === type)
      ?.create(properties, resource);
  };
  const rule = (name: string, target: JsonObject, properties: JsonObject = {}) =>
    create('AWS::Events::Rule', name, {
      EventBusName: 'chat',
      EventPattern: { source: ['parley'] },
      Targets: [{ Id: 'one', ...target }],
      ...properties,
    });
  void create('AWS::SQS::Queue', 'undeliverable', {});
  void create('AWS::Events::EventBus', 'chat', {});
  const put = (entry: JsonObject = {}) =>
    services.call('events', 'PutEvents', { Entries: [accepted(entry)] }, OPERATOR);
  const undeliverable = () =>
    queues
      .byName('undeliverable')
      .peek()
      .map(({ body, attributes }) => ({ event: JSON.parse(body) as JsonObject, attributes }));
  return { bus, services, calls, reported, create, rule, put, undeliverable };
}

function accepted(entry: JsonObject = {}): JsonObject {
  return {
    EventBusName: 'chat',
    Source: 'parley',
    DetailType: 'MessageAccepted',
    Detail: '{"messageId":"r.1","attempt":0}',
    ...entry,
  };
}

function faultsAt(point: string, effect: string, argument = '', milliseconds = 0): Faults {
  return {
    at: (asked) => (asked === point ? { effect, argument, milliseconds: () => milliseconds } : undefined),
  };
}

const started: { close(): void }[] = [];
function run(...options: Parameters<typeof build>): ReturnType<typeof build> {
  const runtime = build(...options);
  started.push(runtime.bus);
  return runtime;
}
afterEach(() => {
  for (const bus of started.splice(0)) bus.close();
});

describe('the bus', () => {
  it('starts the state machine of a matching rule with the event, as the rule’s role', async () => {
    const { bus, calls, rule, put } = run();
    await rule('accepted', { Arn: MACHINE, RoleArn: 'arn:aws:iam::000000000000:role/events' });
    const { Entries, FailedEntryCount } = await put({ Time: 1_700_000_000 });
    await bus.idle();
    const [result] = Entries as { EventId: string }[];
    expect(FailedEntryCount).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      action: 'StartExecution',
      caller: { principal: 'arn:aws:iam::000000000000:role/events' },
      input: { stateMachineArn: MACHINE },
    });
    expect(calls[0]?.input.name).toMatch(new RegExp(`^${result?.EventId}_[0-9a-f]{12}$`));
    expect(JSON.parse(calls[0]?.input.input as string)).toEqual({
      version: '0',
      id: result?.EventId,
      'detail-type': 'MessageAccepted',
      source: 'parley',
      account: '000000000000',
      time: '2023-11-14T22:13:20Z',
      region: 'us-east-1',
      resources: [],
      detail: { messageId: 'r.1', attempt: 0 },
    });
  });

  it('answers before it delivers', async () => {
    const { bus, calls, rule, put } = run();
    await rule('accepted', { Arn: MACHINE });
    await put();
    expect(calls).toEqual([]);
    await bus.idle();
    expect(calls).toHaveLength(1);
  });

  it('invokes functions asynchronously and sends to queues, as EventBridge itself where there is no role', async () => {
    const { bus, calls, rule, put, undeliverable } = run();
    await rule('invoke', { Arn: FUNCTION, InputPath: '$.detail' });
    await rule('send', { Arn: QUEUE, Input: '{"constant":true}' });
    await put();
    await bus.idle();
    expect(calls).toEqual([
      {
        action: 'Invoke',
        caller: { principal: 'events.amazonaws.com', sourceArn: expect.stringMatching(/:rule\/.*invoke$/) },
        input: { FunctionName: FUNCTION, InvocationType: 'Event', Payload: { messageId: 'r.1', attempt: 0 } },
      },
    ]);
    expect(undeliverable()).toMatchObject([{ event: { constant: true } }]);
  });

  it('leaves rules alone that do not match, are disabled, or are on another bus', async () => {
    const { bus, calls, rule, put } = run();
    await rule('other-source', { Arn: MACHINE }, { EventPattern: { source: ['other'] } });
    await rule('disabled', { Arn: MACHINE }, { State: 'DISABLED' });
    await rule('default-bus', { Arn: MACHINE }, { EventBusName: 'default' });
    await put();
    await bus.idle();
    expect(calls).toEqual([]);
  });

  it('tries again after an error that may pass', async () => {
    const { bus, calls, rule, put, undeliverable } = run({
      answer: (call) => {
        if (call < 3) throw new ServiceError('ThrottlingException', 'Rate exceeded');
      },
    });
    await rule('accepted', { Arn: MACHINE, DeadLetterConfig: { Arn: QUEUE } });
    await put();
    await bus.idle();
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(({ input }) => input.name)).size).toBe(1);
    expect(undeliverable()).toEqual([]);
  });

  it('hands an event to the dead-letter queue when its retries are used up, saying why', async () => {
    const { bus, calls, rule, put, undeliverable } = run({
      answer: () => {
        throw new ServiceError('ThrottlingException', 'Rate exceeded');
      },
    });
    await rule('accepted', {
      Arn: MACHINE,
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 86_400 },
      DeadLetterConfig: { Arn: QUEUE },
    });
    await put();
    await bus.idle();
    expect(calls).toHaveLength(3);
    expect(undeliverable()).toMatchObject([
      {
        event: { detail: { messageId: 'r.1' } },
        attributes: {
          RULE_ARN: {
            DataType: 'String',
            StringValue: 'arn:aws:events:us-east-1:000000000000:rule/chat/accepted',
          },
          TARGET_ARN: { StringValue: MACHINE },
          ERROR_CODE: { StringValue: 'THROTTLING' },
          ERROR_MESSAGE: { StringValue: 'ThrottlingException: Rate exceeded' },
          EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
          RETRY_ATTEMPTS: { DataType: 'Number', StringValue: '2' },
        },
      },
    ]);
  });

  it('gives up when the event has grown too old, however many retries are left', async () => {
    const { bus, rule, put, undeliverable } = run({
      answer: () => {
        throw new ServiceError('ServiceUnavailable', 'later', 503);
      },
    });
    await rule('accepted', {
      Arn: MACHINE,
      RetryPolicy: { MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: QUEUE },
    });
    await put();
    await bus.idle();
    expect(undeliverable()).toMatchObject([
      {
        attributes: {
          EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' },
          ERROR_CODE: { StringValue: 'ERROR_FROM_TARGET' },
        },
      },
    ]);
  });

  it.each([
    ['AccessDeniedException', 'NO_PERMISSIONS'],
    ['StateMachineDoesNotExist', 'NO_RESOURCE'],
    ['ResourceNotFoundException', 'NO_RESOURCE'],
  ])('does not retry %s, which waiting does not mend', async (code, errorCode) => {
    const { bus, calls, rule, put, undeliverable } = run({
      answer: () => {
        throw new ServiceError(code, 'no');
      },
    });
    await rule('accepted', { Arn: MACHINE, DeadLetterConfig: { Arn: QUEUE } });
    await put();
    await bus.idle();
    expect(calls).toHaveLength(1);
    expect(undeliverable()).toMatchObject([
      { attributes: { ERROR_CODE: { StringValue: errorCode }, RETRY_ATTEMPTS: { StringValue: '0' } } },
    ]);
    expect(undeliverable()[0]?.attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });

  it('reports an event that it drops for want of a dead-letter queue', async () => {
    const { bus, reported, rule, put } = run({
      answer: () => {
        throw new ServiceError('AccessDeniedException', 'no');
      },
    });
    await rule('accepted', { Arn: MACHINE });
    await put();
    await bus.idle();
    expect(reported).toHaveLength(1);
    expect(String(reported[0])).toContain('it has no dead-letter queue');
  });

  it('fails single entries and delivers the others', async () => {
    const { bus, services, calls, rule } = run();
    await rule('accepted', { Arn: MACHINE });
    const result = await services.call(
      'events',
      'PutEvents',
      {
        Entries: [
          accepted(),
          accepted({ Detail: 'not json' }),
          accepted({ Source: 'aws.ec2' }),
          accepted({ Source: '' }),
          accepted({ EventBusName: 'missing' }),
        ],
      },
      OPERATOR,
    );
    await bus.idle();
    expect(result).toMatchObject({
      FailedEntryCount: 4,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'NotAuthorizedForSourceException' },
        { ErrorCode: 'InvalidArgument' },
        { ErrorCode: 'ResourceNotFoundException' },
      ],
    });
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['no entry', []],
    ['eleven entries', Array.from({ length: 11 }, () => accepted())],
    [
      'more than 1 MB',
      Array.from({ length: 3 }, () => accepted({ Detail: JSON.stringify({ x: 'x'.repeat(400_000) }) })),
    ],
  ])('refuses a request with %s', async (_title, Entries) => {
    const { services } = run();
    await expect(services.call('events', 'PutEvents', { Entries }, OPERATOR)).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it('shows its rules and their targets', async () => {
    const { services, rule } = run();
    const target = { Arn: MACHINE, RetryPolicy: { MaximumRetryAttempts: 3 } };
    await rule('accepted', target, { Description: 'why' });
    const call = (action: string, input: JsonObject) => services.call('events', action, input, OPERATOR);
    expect(await call('ListEventBuses', {})).toMatchObject({
      EventBuses: [{ Name: 'chat' }, { Name: 'default' }],
    });
    expect(await call('ListRules', { EventBusName: 'chat' })).toEqual({
      Rules: [
        {
          Name: 'accepted',
          Arn: 'arn:aws:events:us-east-1:000000000000:rule/chat/accepted',
          EventBusName: 'chat',
          State: 'ENABLED',
          Description: 'why',
          EventPattern: '{"source":["parley"]}',
        },
      ],
    });
    expect(await call('ListTargetsByRule', { EventBusName: 'chat', Rule: 'accepted' })).toEqual({
      Targets: [{ Id: 'one', ...target }],
    });
    await expect(call('DescribeRule', { Name: 'accepted' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it.each<[string, JsonObject, JsonObject, string]>([
    [
      'a target that is not modelled',
      { Arn: 'arn:aws:sns:us-east-1:000000000000:topic' },
      {},
      'is not modelled',
    ],
    [
      'a setting of a target that is not modelled',
      { Arn: QUEUE, SqsParameters: { MessageGroupId: 'g' } },
      {},
      'SqsParameters',
    ],
    [
      'an unknown operator',
      { Arn: MACHINE },
      { EventPattern: { source: [{ regex: 'x' }] } },
      'unknown operator regex',
    ],
    [
      'a cron expression',
      { Arn: MACHINE },
      { EventBusName: 'default', ScheduleExpression: 'cron(0 12 * * ? *)' },
      'cron(0 12',
    ],
    [
      'a schedule on another bus',
      { Arn: MACHINE },
      { ScheduleExpression: 'rate(1 minute)' },
      'default bus only',
    ],
    ['a bus that does not exist', { Arn: MACHINE }, { EventBusName: 'missing' }, 'event bus missing'],
  ])('refuses to load a rule with %s', (_title, target, properties, message) => {
    const { rule } = run();
    expect(() => rule('broken', target, properties)).toThrow(message);
  });
});

describe('schedule rules', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(2 days)', 172_800_000],
  ])('reads %s', (expression, period) => {
    expect(parseSchedule(expression)).toBe(period);
  });

  it.each([
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 minutes)',
    'every minute',
    'at(2030-01-01T00:00:00)',
  ])('refuses %s', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(`The schedule ${expression} is not modelled`);
  });

  it('fire one period after the start, then once a period, and end with the bus', async () => {
    const timers: { at: number; action: () => void }[] = [];
    let now = 0;
    const clock: Clock = {
      speed: 1,
      now: () => now,
      after: (milliseconds, action) => {
        const timer = { at: now + milliseconds, action };
        timers.push(timer);
        return () => {
          timers.splice(timers.indexOf(timer), 1);
        };
      },
      sleep: () => Promise.resolve(),
    };
    const advance = (to: number) => {
      now = to;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.action();
      }
    };
    const { bus, calls, rule } = run({ clock });
    await rule(
      'sweep',
      { Arn: FUNCTION },
      {
        EventBusName: 'default',
        ScheduleExpression: 'rate(1 minute)',
        EventPattern: { source: ['nothing'] },
      },
    );
    bus.start();
    advance(59_999);
    await bus.idle();
    expect(calls).toHaveLength(0);
    advance(60_000);
    await bus.idle();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.input.Payload).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      time: '1970-01-01T00:01:00Z',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/sweep'],
      detail: {},
    });
    advance(600_000);
    await bus.idle();
    expect(calls).toHaveLength(2);
    bus.close();
    expect(timers).toEqual([]);
  });
});

describe('faults of the bus', () => {
  it('refuse a request as a whole', async () => {
    const { put } = run({ faults: faultsAt('bus.put', 'refuse') });
    await expect(put()).rejects.toMatchObject({ code: 'InternalException', status: 500 });
  });

  it('fail its entries', async () => {
    const { bus, calls, rule, put } = run({ faults: faultsAt('bus.put', 'fail') });
    await rule('accepted', { Arn: MACHINE });
    expect(await put()).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
    await bus.idle();
    expect(calls).toEqual([]);
  });

  it.each([
    ['repeat', '3', 3],
    ['repeat', '', 2],
    ['lose', '', 0],
    ['delay', '20ms', 1],
    ['reorder', '20ms', 1],
  ])('%s(%s) delivers an event %d times', async (effect, argument, times) => {
    const { bus, calls, rule, put } = run({ faults: faultsAt('bus.deliver', effect, argument, 20) });
    await rule('accepted', { Arn: MACHINE });
    await put();
    await bus.idle();
    expect(calls).toHaveLength(times);
  });

  it('hold an event back for the time of a delay', async () => {
    const { bus, rule, put } = run({ faults: faultsAt('bus.deliver', 'delay', '50ms', 50) });
    await rule('accepted', { Arn: MACHINE });
    const before = performance.now();
    await put();
    await bus.idle();
    expect(performance.now() - before).toBeGreaterThanOrEqual(49);
  });
});
