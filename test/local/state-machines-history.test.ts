import type { JsonObject } from '../../local/json/json';
import type { HistoryEvent } from '../../local/state-machines/history';
import type { MachineLogging } from '../../local/state-machines/machine-log';
import { eventually } from '../support/eventually';
import {
  Bench,
  flow,
  invoke,
  LAMBDA,
  machine,
  machineArn,
  NamedError,
  ROLE_ARN,
  type StatesAnswer,
} from './state-machines-fixture';

const END = { End: true };
const UNDEFINED = { Type: 'Pass', Output: { v: '{% $states.input.missing %}' }, ...END };
const functions = {
  hello: () => ({ hi: true }),
  fail: () => {
    throw new NamedError('Boom', 'no');
  },
};

/** `[type, previousEventId]` of each event; the ids themselves are checked to be 1, 2, 3 … */
function chain(events: readonly HistoryEvent[]): [string, number][] {
  expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  return events.map((event) => [event.type, event.previousEventId]);
}

it('tells of a Task what it was given, what it called and what came back', async () => {
  const bench = new Bench({ functions });
  bench.declare('machine', machine({ Hello: invoke('hello', { Assign: { x: 1 } }) }));
  const execution = bench.machines.start('machine', { a: 1 });
  await execution.completed;
  const { events } = await bench.states('GetExecutionHistory', {
    executionArn: execution.record.executionArn,
  });
  const names = { resourceType: 'lambda', resource: 'invoke' };
  const timestamp = expect.any(Number);
  const truncated = { truncated: false };
  expect(events).toEqual([
    {
      id: 1,
      previousEventId: 0,
      timestamp,
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input: '{"a":1}', inputDetails: truncated, roleArn: ROLE_ARN },
    },
    {
      id: 2,
      previousEventId: 0,
      timestamp,
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'Hello', input: '{"a":1}', inputDetails: truncated },
    },
    {
      id: 3,
      previousEventId: 2,
      timestamp,
      type: 'TaskScheduled',
      taskScheduledEventDetails: {
        ...names,
        region: 'us-east-1',
        parameters: '{"FunctionName":"hello","Payload":{"a":1}}',
      },
    },
    { id: 4, previousEventId: 3, timestamp, type: 'TaskStarted', taskStartedEventDetails: names },
    {
      id: 5,
      previousEventId: 4,
      timestamp,
      type: 'TaskSucceeded',
      taskSucceededEventDetails: {
        ...names,
        output: '{"ExecutedVersion":"$LATEST","Payload":{"hi":true},"StatusCode":200}',
        outputDetails: truncated,
      },
    },
    {
      id: 6,
      previousEventId: 5,
      timestamp,
      type: 'TaskStateExited',
      stateExitedEventDetails: {
        name: 'Hello',
        output: '{"hi":true}',
        outputDetails: truncated,
        assignedVariables: { x: '1' },
        assignedVariablesDetails: truncated,
      },
    },
    {
      id: 7,
      previousEventId: 6,
      timestamp,
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '{"hi":true}', outputDetails: truncated },
    },
  ]);
  expect(Math.abs((events[0]?.timestamp ?? 0) * 1000 - Date.now())).toBeLessThan(60_000);
});

it('leaves payloads out, and names in, without includeExecutionData', async () => {
  const bench = new Bench({ functions });
  const { executionArn } = await bench.run(machine({ Hello: invoke('hello') }), { secret: 'text' });
  const request = { executionArn, includeExecutionData: false };
  const { events } = await bench.states('GetExecutionHistory', request);
  expect(events[1]?.stateEnteredEventDetails).toEqual({ name: 'Hello' });
  expect(events[0]?.executionStartedEventDetails).toEqual({ roleArn: ROLE_ARN });
});

it('gives the history in pages, and backwards', async () => {
  const bench = new Bench();
  const { executionArn } = await bench.run(
    machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', ...END } }),
  );
  const ids: number[][] = [];
  let nextToken: string | undefined;
  do {
    const input = {
      executionArn,
      maxResults: 4,
      reverseOrder: true,
      ...(nextToken === undefined ? {} : { nextToken }),
    };
    const page: StatesAnswer = await bench.states('GetExecutionHistory', input);
    ids.push(page.events.map((event) => event.id));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(ids).toEqual([
    [6, 5, 4, 3],
    [2, 1],
  ]);
});

// The orders and predecessors below are those that AWS gives on the same definitions.
describe('the line of events', () => {
  it('goes on from a Parallel’s last branch event, past ParallelStateSucceeded', async () => {
    const branch = (name: string) => flow({ [name]: { Type: 'Pass', ...END } });
    const { events } = await new Bench().run(
      machine({ P: { Type: 'Parallel', Branches: [branch('A'), branch('B')], ...END } }),
    );
    expect(chain(events)).toEqual([
      ['ExecutionStarted', 0],
      ['ParallelStateEntered', 0],
      ['ParallelStateStarted', 2],
      // Two branches without waits do not interleave here; each starts from ParallelStateStarted.
      ['PassStateEntered', 3],
      ['PassStateExited', 4],
      ['PassStateEntered', 3],
      ['PassStateExited', 6],
      ['ParallelStateSucceeded', 7],
      ['ParallelStateExited', 7],
      ['ExecutionSucceeded', 9],
    ]);
  });

  it('shows a branch’s failed expression, and the Parallel that catches it', async () => {
    const parallel = {
      Type: 'Parallel',
      Branches: [flow({ Undef: UNDEFINED })],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'H' }],
      Next: 'H',
    };
    const { events, output } = await new Bench().run(machine({ P: parallel, H: { Type: 'Pass', ...END } }));
    expect(chain(events)).toEqual([
      ['ExecutionStarted', 0],
      ['ParallelStateEntered', 0],
      ['ParallelStateStarted', 2],
      ['PassStateEntered', 3],
      ['EvaluationFailed', 4],
      ['ParallelStateFailed', 5],
      ['ParallelStateExited', 6],
      ['PassStateEntered', 7],
      ['PassStateExited', 8],
      ['ExecutionSucceeded', 9],
    ]);
    const cause =
      "An error occurred while executing the state 'Undef' (entered at the event id #4). " +
      "The JSONata expression '$states.input.missing' specified for the field 'Output/v' returned nothing (undefined).";
    const error = 'States.QueryEvaluationError';
    expect(events[4]?.details).toEqual({ error, cause, location: 'Output/v', state: 'Undef' });
    expect(output).toEqual({ Error: error, Cause: cause });
  });

  it('shows a Task that failed in a branch as aborted', async () => {
    const { events } = await new Bench({ functions }).run(
      machine({ P: { Type: 'Parallel', Branches: [flow({ Send: invoke('fail') })], ...END } }),
    );
    expect(chain(events).slice(3)).toEqual([
      ['TaskStateEntered', 3],
      ['TaskScheduled', 4],
      ['TaskStarted', 5],
      ['TaskFailed', 6],
      ['TaskStateAborted', 7],
      ['ParallelStateFailed', 7],
      ['ExecutionFailed', 9],
    ]);
    expect(events[6]?.details).toMatchObject({
      error: 'Boom',
      cause: '{"errorType":"Boom","errorMessage":"no"}',
    });
  });

  it('shows each iteration of a Map', async () => {
    const { events } = await new Bench().run(
      machine({
        M: {
          Type: 'Map',
          Items: [1, 2],
          MaxConcurrency: 1,
          ItemProcessor: flow({ I: { Type: 'Pass', ...END } }),
          ...END,
        },
      }),
    );
    expect(chain(events)).toEqual([
      ['ExecutionStarted', 0],
      ['MapStateEntered', 0],
      ['MapStateStarted', 2],
      ['MapIterationStarted', 3],
      ['PassStateEntered', 4],
      ['PassStateExited', 5],
      ['MapIterationSucceeded', 6],
      ['MapIterationStarted', 3],
      ['PassStateEntered', 8],
      ['PassStateExited', 9],
      ['MapIterationSucceeded', 10],
      ['MapStateSucceeded', 11],
      ['MapStateExited', 11],
      ['ExecutionSucceeded', 13],
    ]);
    expect(events[2]?.details).toEqual({ length: 2 });
    expect(events[7]?.details).toEqual({ name: 'M', index: 1 });
  });

  it('shows the iteration that failed, and the Map’s failure from where the iteration stood', async () => {
    const { events } = await new Bench().run(
      machine({
        M: {
          Type: 'Map',
          Items: [1, 2],
          MaxConcurrency: 1,
          ItemProcessor: flow({ Undef: UNDEFINED }),
          ...END,
        },
      }),
    );
    expect(chain(events)).toEqual([
      ['ExecutionStarted', 0],
      ['MapStateEntered', 0],
      ['MapStateStarted', 2],
      ['MapIterationStarted', 3],
      ['PassStateEntered', 4],
      ['EvaluationFailed', 5],
      ['MapIterationFailed', 6],
      ['MapStateFailed', 6],
      ['ExecutionFailed', 8],
    ]);
  });

  it('shows a failed Items expression before the Map starts', async () => {
    const { events } = await new Bench().run(
      machine({
        M: {
          Type: 'Map',
          Items: '{% $states.input.none %}',
          ItemProcessor: flow({ I: { Type: 'Pass', ...END } }),
          ...END,
        },
      }),
    );
    expect(chain(events).slice(2)).toEqual([
      ['EvaluationFailed', 2],
      ['MapStateFailed', 3],
      ['ExecutionFailed', 4],
    ]);
  });

  it('shows a catcher whose own Output fails as a second failure of the state', async () => {
    const stop = { Type: 'Fail', Error: 'MyError', Cause: 'my cause' };
    const catcher = {
      ErrorEquals: ['States.ALL'],
      Output: { v: '{% $states.input.missing %}' },
      Next: 'Done',
    };
    const { events } = await new Bench().run(
      machine({
        P: {
          Type: 'Parallel',
          Branches: [flow({ Boom: stop })],
          Catch: [{ ErrorEquals: ['Other'], Next: 'Done' }, catcher],
          Next: 'Done',
        },
        Done: { Type: 'Pass', ...END },
      }),
    );
    expect(chain(events).slice(3)).toEqual([
      ['FailStateEntered', 3],
      ['ParallelStateFailed', 4],
      ['EvaluationFailed', 4],
      ['ParallelStateFailed', 6],
      ['ExecutionFailed', 7],
    ]);
    expect(events[5]?.details).toMatchObject({ location: 'Catch[1]/Output/v', state: 'P' });
  });

  it('shows each attempt of a retried state', async () => {
    const task = {
      Type: 'Task',
      Resource: LAMBDA,
      Arguments: { FunctionName: 'hello', Payload: '{% $states.input.missing %}' },
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1, JitterStrategy: 'FULL' }],
      ...END,
    };
    const { events } = await new Bench({ functions }).run(machine({ Send: task }));
    expect(chain(events).slice(1)).toEqual([
      ['TaskStateEntered', 0],
      ['EvaluationFailed', 2],
      ['EvaluationFailed', 3],
      ['ExecutionFailed', 4],
    ]);
  });

  it('ends with the Choice that leads nowhere, worded as on AWS', async () => {
    const { events } = await new Bench().run(
      machine({
        C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Done' }] },
        Done: { Type: 'Succeed' },
      }),
    );
    expect(chain(events).slice(1)).toEqual([
      ['ChoiceStateEntered', 0],
      ['ExecutionFailed', 2],
    ]);
    expect(events[2]?.details).toEqual({
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'C' (entered at the event id #2). " +
        'Failed to transition out of the state. The state does not point to a next state.',
    });
  });
});

describe('the log', () => {
  async function logged(logging: MachineLogging) {
    const bench = new Bench({ functions });
    bench.declare('fan-out', machine({ Post: invoke('fail') }), 'EXPRESS', logging);
    const execution = bench.machines.start('fan-out', { text: 'hi' });
    await execution.completed;
    const lines = bench.logged.map(({ message }) => JSON.parse(message) as JsonObject);
    return { bench, lines, executionArn: execution.record.executionArn };
  }

  it('has a line for each event, in the form of AWS’s Express logs', async () => {
    const { bench, lines, executionArn } = await logged({
      level: 'ALL',
      includeExecutionData: true,
      groupName: '/aws/vendedlogs/states/fan-out',
    });
    expect(lines.map((line) => line['type'])).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskFailed',
      'ExecutionFailed',
    ]);
    expect(lines[1]).toEqual({
      id: '2',
      type: 'TaskStateEntered',
      details: { name: 'Post', input: '{"text":"hi"}', inputDetails: { truncated: false } },
      previous_event_id: '0',
      event_timestamp: expect.stringMatching(/^\d{13}$/),
      execution_arn: executionArn,
    });
    expect(bench.logged[0]).toMatchObject({
      group: '/aws/vendedlogs/states/fan-out',
      stream: expect.stringMatching(/^states\/fan-out\/\d{4}-\d\d-\d\d-\d\d-\d\d\/[0-9a-f]{8}$/),
    });
  });

  it.each([
    ['ERROR', ['TaskFailed', 'ExecutionFailed']],
    ['FATAL', ['ExecutionFailed']],
    ['OFF', []],
  ] as const)('has with level %s only %j', async (level, types) => {
    const { lines } = await logged({ level, includeExecutionData: true, groupName: 'group' });
    expect(lines.map((line) => line['type'])).toEqual(types);
  });

  it('can be read while an execution goes on, with the time of each event', async () => {
    const bench = new Bench();
    const wait = machine({ Wait: { Type: 'Wait', Seconds: 600, ...END } });
    bench.declare('slow', wait, 'EXPRESS', { level: 'ALL', includeExecutionData: false, groupName: 'group' });
    const { history } = bench.machines.start('slow', {});
    await eventually(() => expect(bench.logged).toHaveLength(2));
    expect(bench.logged.map(({ timestamp }) => timestamp)).toEqual(
      history.events.map(({ timestamp }) => timestamp),
    );
    await bench.machines.close();
    expect(bench.logged).toHaveLength(3);
  });

  it('is written but for the lines that cannot be, and the execution ends all the same', async () => {
    const full = new Error('ENOSPC');
    const log = (_: string, __: string, line: string) => {
      if (line.includes('"TaskStarted"')) throw full;
    };
    const bench = new Bench({ functions, log });
    const logging = { level: 'ALL', includeExecutionData: false, groupName: 'group' } as const;
    bench.declare('fan-out', machine({ Post: invoke('hello') }), 'EXPRESS', logging);
    const execution = bench.machines.start('fan-out', {});
    expect(await execution.completed).toMatchObject({ status: 'SUCCEEDED' });
    expect(bench.logged).toHaveLength(execution.history.events.length - 1);
    expect(bench.reported).toEqual([full]);
  });

  it('carries no payload without includeExecutionData', async () => {
    const { lines } = await logged({ level: 'ALL', includeExecutionData: false, groupName: 'group' });
    expect(lines[1]?.['details']).toEqual({ name: 'Post' });
  });
});

it('names Express and Standard executions as AWS does', async () => {
  const bench = new Bench();
  const pass = machine({ A: { Type: 'Pass', ...END } });
  bench.declare('quick', pass, 'EXPRESS');
  bench.declare('slow', pass);
  const express = bench.machines.start('quick', {}, 'lobby.1');
  const standard = bench.machines.start(machineArn('slow'), {}, 'lobby.1');
  await bench.machines.idle();
  expect(express.record.executionArn).toMatch(
    /^arn:aws:states:us-east-1:000000000000:express:quick:lobby\.1:[0-9a-f-]{36}$/,
  );
  expect(standard.record.executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:slow:lobby.1');
});
