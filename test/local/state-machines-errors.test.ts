import type { JsonObject } from '../../local/json/json';
import { ServiceError } from '../../local/service';
import { RetryCounter } from '../../local/state-machines/retry';
import { Bench, invoke, machine, NamedError } from './state-machines-fixture';

const CATCH_ALL = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
const CAUGHT = { Type: 'Succeed' };
const big = 'x'.repeat(270_000);

describe('the waits of a retrier', () => {
  const retrier = {
    errorEquals: ['States.ALL'],
    intervalSeconds: 2,
    maxAttempts: 4,
    backoffRate: 3,
    jitter: 'NONE' as const,
  };
  const waits = (counter: RetryCounter) => Array.from({ length: 6 }, () => counter.next('Boom'));

  it('grow by the backoff rate, up to the number of attempts', () => {
    expect(waits(new RetryCounter([retrier]))).toEqual([2, 6, 18, 54, undefined, undefined]);
  });

  it('never pass MaxDelaySeconds', () => {
    expect(waits(new RetryCounter([{ ...retrier, maxDelaySeconds: 10 }]))).toEqual([
      2,
      6,
      10,
      10,
      undefined,
      undefined,
    ]);
  });

  it('are drawn between zero and the full wait with FULL jitter', () => {
    const draws = [0, 0.5, 0.25, 1];
    const counter = new RetryCounter(
      [{ ...retrier, maxDelaySeconds: 10, jitter: 'FULL' }],
      () => draws.shift() ?? 0,
    );
    expect(waits(counter)).toEqual([0, 3, 2.5, 10, undefined, undefined]);
  });

  it('are counted for each retrier by itself, of which the first that names the error is asked', () => {
    const counter = new RetryCounter([
      { ...retrier, errorEquals: ['Other'], maxAttempts: 1, intervalSeconds: 7 },
      retrier,
    ]);
    expect(['Boom', 'Other', 'Boom', 'Other'].map((name) => counter.next(name))).toEqual([
      2,
      7,
      6,
      undefined,
    ]);
    expect(counter.retries).toBe(3);
  });

  it.each([
    ['States.TaskFailed', 'Boom', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['boom', 'Boom', false],
  ])('exist for %s on %s: %s', (pattern, error, retried) => {
    const wait = new RetryCounter([{ ...retrier, errorEquals: [pattern] }]).next(error);
    expect(wait !== undefined).toBe(retried);
  });
});

it('retries a Task until it succeeds, and counts the retries in the context', async () => {
  const seen: unknown[] = [];
  const bench = new Bench({
    functions: {
      flaky: ({ retries }) => {
        seen.push(retries);
        if (seen.length < 3) throw new NamedError('Flaky');
        return { done: true };
      },
    },
  });
  const result = await bench.run(
    machine({
      Try: invoke('flaky', {
        Arguments: { FunctionName: 'flaky', Payload: { retries: '{% $states.context.State.RetryCount %}' } },
        Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, BackoffRate: 1, JitterStrategy: 'FULL' }],
      }),
    }),
  );
  expect(result.output).toEqual({ done: true });
  expect(seen).toEqual([0, 1, 2]);
});

it('catches a function’s error by the name it threw, with Assign and Output of the catcher', async () => {
  const bench = new Bench({
    functions: {
      fail: () => {
        throw new NamedError('RoomClosed', 'lobby');
      },
    },
  });
  const result = await bench.run(
    machine({
      Post: invoke('fail', {
        Catch: [
          { ErrorEquals: ['Other'], Next: 'Other' },
          {
            ErrorEquals: ['RoomClosed'],
            Assign: { error: '{% $states.errorOutput.Error %}' },
            Output: { cause: '{% $parse($states.errorOutput.Cause) %}', input: '{% $states.input %}' },
            Next: 'Caught',
          },
        ],
        Next: 'Other',
      }),
      Other: { Type: 'Fail' },
      Caught: { Type: 'Succeed', Output: { error: '{% $error %}', more: '{% $states.input %}' } },
    }),
    { a: 1 },
  );
  expect(result.output).toEqual({
    error: 'RoomClosed',
    more: { cause: { errorType: 'RoomClosed', errorMessage: 'lobby' }, input: { a: 1 } },
  });
});

it('hands the error output on where a catcher has no Output', async () => {
  const bench = new Bench();
  const result = await bench.run(
    machine({
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Stop',
            States: { Stop: { Type: 'Fail', Error: 'Mine', Cause: '{% "be" & "cause" %}' } },
          },
        ],
        Catch: CATCH_ALL,
        Next: 'Caught',
      },
      Caught: CAUGHT,
    }),
  );
  expect(result.output).toEqual({ Error: 'Mine', Cause: 'because' });
});

it('ends an execution at a Fail state with its Error and Cause as they are', async () => {
  const result = await new Bench().run(machine({ Stop: { Type: 'Fail', Error: 'Mine', Cause: 'because' } }));
  expect(result).toMatchObject({ status: 'FAILED', error: 'Mine', cause: 'because' });
});

describe('error names of integrations', () => {
  const cases: [string, string, JsonObject, string, string, string][] = [
    [
      'arn:aws:states:::lambda:invoke',
      'lambda',
      { FunctionName: 'f', Payload: {} },
      'Invoke',
      'TooManyRequestsException',
      'Lambda.TooManyRequestsException',
    ],
    [
      'arn:aws:states:::lambda:invoke',
      'lambda',
      { FunctionName: 'f', Payload: {} },
      'Invoke',
      'ServiceException',
      'Lambda.ServiceException',
    ],
    [
      'arn:aws:states:::lambda:invoke',
      'lambda',
      { FunctionName: 'f', Payload: {} },
      'Invoke',
      'AccessDeniedException',
      'Lambda.AWSLambdaException',
    ],
    [
      'arn:aws:states:::dynamodb:updateItem',
      'dynamodb',
      { TableName: 't' },
      'UpdateItem',
      'ConditionalCheckFailedException',
      'DynamoDB.ConditionalCheckFailedException',
    ],
    [
      'arn:aws:states:::aws-sdk:dynamodb:updateItem',
      'dynamodb',
      { TableName: 't' },
      'UpdateItem',
      'ConditionalCheckFailedException',
      'DynamoDb.ConditionalCheckFailedException',
    ],
    [
      'arn:aws:states:::sqs:sendMessage',
      'sqs',
      { QueueUrl: 'q' },
      'SendMessage',
      'QueueDoesNotExist',
      'SQS.QueueDoesNotExistException',
    ],
    [
      'arn:aws:states:::aws-sdk:sqs:sendMessage',
      'sqs',
      { QueueUrl: 'q' },
      'SendMessage',
      'QueueDoesNotExist',
      'Sqs.QueueDoesNotExistException',
    ],
    [
      'arn:aws:states:::sns:publish',
      'sns',
      { TopicArn: 't' },
      'Publish',
      'NotFound',
      'SNS.NotFoundException',
    ],
  ];
  it.each(cases)('%s on %s', async (resource, service, args, action, code, expected) => {
    const bench = new Bench();
    bench.addService(service, {
      [action]: () => {
        throw new ServiceError(code, 'no');
      },
    });
    const task = { Type: 'Task', Resource: resource, Arguments: args, Catch: CATCH_ALL, Next: 'Caught' };
    const result = await bench.run(machine({ Task: task, Caught: CAUGHT }));
    expect(result.output).toMatchObject({ Error: expected });
  });
});

describe('a Task’s request and result', () => {
  it('writes a message given as an object as text', async () => {
    const bench = new Bench();
    bench.addService('sqs', { SendMessage: () => ({ MessageId: 'm' }) });
    const task = {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Arguments: { QueueUrl: 'q', MessageBody: { id: 1 } },
      End: true,
    };
    const result = await bench.run(machine({ Task: task }));
    expect(bench.calls[0]?.input).toEqual({ QueueUrl: 'q', MessageBody: '{"id":1}' });
    expect(result.output).toEqual({ MessageId: 'm' });
  });

  it('starts another machine, once per name, and names the second start as already existing', async () => {
    const bench = new Bench();
    bench.declare('other', machine({ Done: { Type: 'Pass', End: true } }));
    const start = {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution',
      Arguments: {
        StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:other',
        Name: 'lobby.7-1',
        Input: { n: 7 },
      },
    };
    const catcher = {
      ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'],
      Output: { already: true },
      Next: 'Done',
    };
    const definition = machine({ Start: { ...start, Catch: [catcher], Next: 'Done' }, Done: CAUGHT });
    const first = await bench.run(definition);
    await bench.machines.idle();
    const second = await bench.run(definition);
    expect(first.output).toEqual({
      ExecutionArn: 'arn:aws:states:us-east-1:000000000000:execution:other:lobby.7-1',
      StartDate: expect.stringMatching(/Z$/),
    });
    expect(second.output).toEqual({ already: true });
  });

  it('fails the task when the bus refuses an entry', async () => {
    const bench = new Bench();
    bench.addService('events', {
      PutEvents: () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }),
    });
    const put = {
      Type: 'Task',
      Resource: 'arn:aws:states:::events:putEvents',
      Arguments: { Entries: [{ Detail: { a: 1 } }] },
      Catch: CATCH_ALL,
      Next: 'Caught',
    };
    const result = await bench.run(machine({ Put: put, Caught: CAUGHT }));
    expect(result.output).toMatchObject({ Error: 'EventBridge.FailedEntry' });
    expect(bench.calls[0]?.input).toMatchObject({ Entries: [{ Detail: '{"a":1}' }] });
  });
});

describe('limits', () => {
  const hang = () => new Promise<never>(() => {});

  it('ends a Task that takes longer than TimeoutSeconds with States.Timeout, without a cause', async () => {
    const bench = new Bench({ functions: { hang } });
    const result = await bench.run(
      machine({
        Hang: invoke('hang', { TimeoutSeconds: 1, Catch: CATCH_ALL, Next: 'Caught' }),
        Caught: CAUGHT,
      }),
    );
    expect(result.output).toEqual({ Error: 'States.Timeout' });
    expect(result.events.map((event) => event.type)).toContain('TaskTimedOut');
  });

  it('ends an execution that takes longer than TimeoutSeconds as TIMED_OUT, whatever it catches', async () => {
    const bench = new Bench({ functions: { hang } });
    const states = { Hang: invoke('hang', { Catch: CATCH_ALL, Next: 'Caught' }), Caught: CAUGHT };
    const result = await bench.run(machine(states, { TimeoutSeconds: 1 }));
    expect(result.status).toBe('TIMED_OUT');
    expect(result.error).toBeUndefined();
    expect(result.events.at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      details: { error: 'States.Timeout' },
    });
  });

  it('fails on a result over 256 KiB with States.DataLimitExceeded, which States.ALL does not catch', async () => {
    const bench = new Bench({ functions: { big: () => ({ big }) } });
    const result = await bench.run(
      machine({ Big: invoke('big', { Catch: CATCH_ALL, Next: 'Caught' }), Caught: CAUGHT }),
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('catches States.DataLimitExceeded by its own name', async () => {
    const bench = new Bench({ functions: { big: () => ({ big }) } });
    const catcher = { ErrorEquals: ['States.DataLimitExceeded'], Next: 'Caught' };
    const result = await bench.run(
      machine({ Big: invoke('big', { Catch: [catcher], Next: 'Caught' }), Caught: CAUGHT }),
    );
    expect(result.output).toMatchObject({ Error: 'States.DataLimitExceeded' });
  });

  it('takes a result of just under 256 KiB', async () => {
    const bench = new Bench({ functions: { big: () => big.slice(0, 262_000) } });
    const result = await bench.run(machine({ Big: invoke('big') }));
    expect(result.status).toBe('SUCCEEDED');
  });
});
