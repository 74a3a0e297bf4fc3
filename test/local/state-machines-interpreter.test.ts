import type { Json, JsonObject } from '../../local/json/json';
import { createClock } from '../../local/clock';
import { Bench, flow, invoke, machine, machineArn, NamedError, ROLE_ARN } from './state-machines-fixture';

const END = { End: true };

/** Runs branches side by side, and gives the name of the error with which one of them fails. */
function catching(...branches: JsonObject[]): JsonObject {
  return machine({
    Around: {
      Type: 'Parallel',
      Branches: branches,
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Next: 'Caught',
          Output: { error: '{% $states.errorOutput.Error %}' },
        },
      ],
      Next: 'Caught',
    },
    Caught: { Type: 'Succeed' },
  });
}

describe('what a state gives', () => {
  const cases: [string, Record<string, JsonObject>, Json, Json][] = [
    ['Pass hands its input on', { Pass: { Type: 'Pass', ...END } }, { a: 1 }, { a: 1 }],
    [
      'Pass evaluates strings that are expressions as a whole, and no others',
      {
        Pass: {
          Type: 'Pass',
          Output: { a: '{% $states.input.n + 1 %}', b: 'not {% 1 %}', c: [true, null] },
          ...END,
        },
      },
      { n: 1 },
      { a: 2, b: 'not {% 1 %}', c: [true, null] },
    ],
    [
      'Assign is visible from the next state on, and Output reads the variables as they were',
      {
        First: { Type: 'Pass', Assign: { n: 1 }, Next: 'Second' },
        Second: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: '{% $n %}', Next: 'Third' },
        Third: { Type: 'Pass', Output: '{% [$states.input, $n] %}', ...END },
      },
      {},
      [1, 2],
    ],
    [
      'Choice takes the first rule that holds, with its own Assign and Output',
      {
        'How many?': {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 10 %}', Next: 'Show' },
            {
              Condition: '{% $states.input.n > 5 %}',
              Assign: { size: 'medium' },
              Output: { n: '{% $states.input.n %}', chosen: true },
              Next: 'Show with size',
            },
            { Condition: '{% true %}', Next: 'Show' },
          ],
        },
        Show: { Type: 'Succeed' },
        'Show with size': { Type: 'Succeed', Output: { size: '{% $size %}', input: '{% $states.input %}' } },
      },
      { n: 7 },
      { size: 'medium', input: { n: 7, chosen: true } },
    ],
    [
      'Choice goes to its Default when nothing holds',
      {
        Choose: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'No' }], Default: 'Yes' },
        No: { Type: 'Fail' },
        Yes: { Type: 'Succeed', Output: { chosen: 'default' } },
      },
      {},
      { chosen: 'default' },
    ],
    [
      'Parallel gives its branches’ outputs in order, and branches read outer variables',
      {
        Set: { Type: 'Pass', Assign: { x: 5 }, Next: 'Both' },
        Both: {
          Type: 'Parallel',
          Branches: [
            flow({
              A: { Type: 'Pass', Assign: { own: '{% $x + 1 %}' }, Next: 'A2' },
              A2: { Type: 'Pass', Output: '{% $own %}', ...END },
            }),
            flow({ B: { Type: 'Pass', Output: '{% $x %}', ...END } }),
          ],
          ...END,
        },
      },
      {},
      [6, 5],
    ],
    [
      'Map runs its processor for each item, with ItemSelector, index and value in the context',
      {
        Each: {
          Type: 'Map',
          Items: '{% $states.input.items %}',
          ItemSelector: {
            index: '{% $states.context.Map.Item.Index %}',
            item: '{% $states.context.Map.Item.Value %}',
          },
          ItemProcessor: flow({
            One: { Type: 'Pass', Output: '{% $states.input.item & $string($states.input.index) %}', ...END },
          }),
          Output: { all: '{% $states.result %}' },
          ...END,
        },
      },
      { items: ['a', 'b', 'c'] },
      { all: ['a0', 'b1', 'c2'] },
    ],
    [
      'Map over no items gives an empty list',
      { Each: { Type: 'Map', Items: [], ItemProcessor: flow({ One: { Type: 'Pass', ...END } }), ...END } },
      {},
      [],
    ],
    [
      'a list that JSONata made comes out as a plain list, also with one element',
      {
        Pass: {
          Type: 'Pass',
          Output: {
            all: '{% $states.input.xs.n %}',
            one: '{% [$states.input.xs[n = 2]] %}',
            keep: '{% $states.input.xs[n=2][].n %}',
          },
          ...END,
        },
      },
      { xs: [{ n: 1 }, { n: 2 }] },
      { all: [1, 2], one: [{ n: 2 }], keep: [2] },
    ],
  ];

  it.each(cases)('%s', async (_, states, input, expected) => {
    const result = await new Bench().run(machine(states), input);
    expect({ status: result.status, output: result.output, cause: result.cause }).toEqual({
      status: 'SUCCEEDED',
      output: expected,
      cause: undefined,
    });
  });
});

it('gives a Task the arguments it wrote, calls as the machine’s role, and reads the result', async () => {
  const bench = new Bench({ functions: { hello: ({ who }) => ({ text: `hello ${who as string}` }) } });
  const result = await bench.run(machine({ Greet: invoke('hello') }), { who: 'world' });
  expect(result.output).toEqual({ text: 'hello world' });
  expect(bench.calls).toEqual([
    {
      action: 'lambda:Invoke',
      input: { FunctionName: 'hello', Payload: { who: 'world' } },
      caller: { principal: ROLE_ARN, trace: expect.stringMatching(/^Root=1-/) as string },
    },
  ]);
});

it('gives every state the context object of its execution', async () => {
  const bench = new Bench();
  bench.declare('machine', machine({ Look: { Type: 'Pass', Output: '{% $states.context %}', ...END } }));
  const execution = bench.machines.start('machine', { a: 1 }, 'first');
  const record = await execution.completed;
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(JSON.parse(record.output ?? '')).toEqual({
    Execution: {
      Id: 'arn:aws:states:us-east-1:000000000000:execution:machine:first',
      Input: { a: 1 },
      Name: 'first',
      RoleArn: ROLE_ARN,
      StartTime: time,
      RedriveCount: 0,
    },
    State: { EnteredTime: time, Name: 'Look', RetryCount: 0 },
    StateMachine: { Id: machineArn('machine'), Name: 'machine' },
  });
});

it('waits on the runtime’s clock, and tells its time to $millis and $now', async () => {
  // In real time the wait would outlast the test.
  const clock = createClock(10_000);
  const bench = new Bench({ clock });
  const before = clock.now();
  const result = await bench.run(
    machine({
      Note: { Type: 'Pass', Assign: { before: '{% $millis() %}' }, Next: 'Wait' },
      Wait: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'Compare' },
      Compare: { Type: 'Pass', Output: { passed: '{% $millis() - $before %}', now: '{% $now() %}' }, ...END },
    }),
    { seconds: 600 },
  );
  const output = result.output as { passed: number; now: string };
  expect(output.passed).toBeGreaterThanOrEqual(600_000);
  expect(Date.parse(output.now)).toBeGreaterThanOrEqual(before + 600_000);
  expect(Date.parse(output.now)).toBeLessThanOrEqual(clock.now());
});

it('waits until a Timestamp', async () => {
  const clock = createClock(100);
  const until = new Date(clock.now() + 5_000).toISOString();
  const result = await new Bench({ clock }).run(
    machine({ Wait: { Type: 'Wait', Timestamp: '{% $states.input.until %}', ...END } }),
    { until },
  );
  expect(result.stopDate).toBeGreaterThanOrEqual(Date.parse(until));
});

it('runs no more iterations at once than MaxConcurrency says', async () => {
  let running = 0;
  let most = 0;
  let full = () => {};
  const three = new Promise<void>((resolve) => (full = resolve));
  const bench = new Bench({
    functions: {
      work: async () => {
        most = Math.max(most, ++running);
        if (running === 3) full();
        await three;
        // Time for a fourth, if there were one.
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return null;
      },
    },
  });
  const each = {
    Type: 'Map',
    Items: '{% [1..10] %}',
    MaxConcurrency: 3,
    ItemProcessor: flow({ One: invoke('work', { Arguments: { FunctionName: 'work', Payload: {} } }) }),
    ...END,
  };
  const result = await bench.run(machine({ Each: each }));
  expect(result.output).toHaveLength(10);
  expect(most).toBe(3);
});

it('can be stopped while it loops through states that never wait', async () => {
  const bench = new Bench();
  bench.declare(
    'machine',
    machine({
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Out' }], Default: 'A' },
      Out: { Type: 'Succeed' },
    }),
  );
  const execution = bench.machines.start('machine', {});
  setTimeout(() => execution.abort(), 5);
  expect((await execution.completed).status).toBe('ABORTED');
});

describe('traps of JSONata', () => {
  const failures: [string, JsonObject, Json, string][] = [
    [
      'a filter that matches nothing gives nothing and fails the field',
      { Output: { open: '{% $states.input.parts[open = true] %}' } },
      { parts: [{ open: false }] },
      "The JSONata expression '$states.input.parts[open = true]' specified for the field 'Output/open' returned nothing (undefined).",
    ],
    [
      'a missing number compared gives nothing, not false',
      { Output: { more: '{% $states.input.cursor > 0 %}' } },
      {},
      "The JSONata expression '$states.input.cursor > 0' specified for the field 'Output/more' returned nothing (undefined).",
    ],
    [
      'an expression that throws fails the field with jsonata’s words',
      { Output: { v: "{% $sum(['a']) %}" } },
      {},
      `The JSONata expression '$sum(['a'])' specified for the field 'Output/v' threw an error during evaluation. T0412: Argument 1 of function "sum" must be an array of "numbers"`,
    ],
    [
      'a function is no value',
      { Output: { f: '{% function($x) { $x } %}' } },
      {},
      "The JSONata expression 'function($x) { $x }' specified for the field 'Output/f' returned an unsupported result type.",
    ],
  ];

  it.each(failures)('%s', async (_, fields, input, cause) => {
    const result = await new Bench().run(machine({ Pass: { Type: 'Pass', ...fields, ...END } }), input);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(result.cause).toBe(
      `An error occurred while executing the state 'Pass' (entered at the event id #2). ${cause}`,
    );
  });

  const values: [string, string, Json, Json][] = [
    [
      'a filter that matches one item is that item',
      '{% $states.input.xs[n = 2] %}',
      { xs: [{ n: 1 }, { n: 2 }] },
      { n: 2 },
    ],
    ['a filter in brackets is always a list', '{% [$states.input.xs[n = 9]] %}', { xs: [{ n: 1 }] }, []],
    [
      '$merge keeps an old member that the new result lacks',
      '{% $merge([$states.input, {"parts": 2}]) %}',
      { cursor: 'old' },
      { cursor: 'old', parts: 2 },
    ],
    [
      '$merge drops an old member that the new result sets to null',
      '{% $merge([$states.input, {"cursor": null}]) %}',
      { cursor: 'old' },
      { cursor: null },
    ],
    [
      'a member without a value is left out of an object',
      '{% {"a": 1, "b": $states.input.none} %}',
      {},
      { a: 1 },
    ],
  ];

  it.each(values)('%s', async (_, output, input, expected) => {
    const result = await new Bench().run(machine({ Pass: { Type: 'Pass', Output: output, ...END } }), input);
    expect(result.output).toEqual(expected);
  });
});

describe('traps of the flow', () => {
  it('stops the other branches of a Parallel when one fails, before their next state', async () => {
    let begin = () => {};
    const started = new Promise<void>((resolve) => (begin = resolve));
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let after = 0;
    const bench = new Bench({
      functions: {
        slow: async () => {
          begin();
          await answered;
          return {};
        },
        after: () => ((after += 1), {}),
        fail: async () => {
          await started;
          throw new NamedError('Boom');
        },
      },
    });
    const result = await bench.run(
      catching(
        flow({ Slow: invoke('slow', { Next: 'After' }), After: invoke('after') }),
        flow({ Fail: invoke('fail') }),
      ),
    );
    expect(result.output).toEqual({ error: 'Boom' });
    expect(result.events.map((event) => event.type)).toContain('TaskStateAborted');
    answer();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(after).toBe(0);
  });

  it('lets a branch that catches its own failure leave its siblings alone', async () => {
    const bench = new Bench({
      functions: {
        fine: () => ({ ok: true }),
        fail: () => {
          throw new NamedError('Boom');
        },
      },
    });
    const caught = invoke('fail', {
      Catch: [{ ErrorEquals: ['States.ALL'], Output: { ok: false }, Next: 'Done' }],
      Next: 'Done',
    });
    const result = await bench.run(
      machine({
        Both: {
          Type: 'Parallel',
          Branches: [flow({ Fine: invoke('fine') }), flow({ Fails: caught, Done: { Type: 'Pass', ...END } })],
          ...END,
        },
      }),
    );
    expect(result.output).toEqual([{ ok: true }, { ok: false }]);
  });

  it('fails the execution with States.Runtime, which States.ALL around it does not catch, when no Choice matches', async () => {
    const choice = { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Done' }] };
    const result = await new Bench().run(
      machine({
        Around: {
          Type: 'Parallel',
          Branches: [flow({ Choose: choice, Done: { Type: 'Succeed' } })],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          Next: 'Caught',
        },
        Caught: { Type: 'Succeed' },
      }),
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(result.cause).toContain('Failed to transition out of the state');
  });

  it('fails a Choice whose condition is not a boolean, which only a Catch around it can see', async () => {
    const choice = {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.cursor > 0 %}', Next: 'Done' }],
      Default: 'Done',
    };
    const result = await new Bench().run(catching(flow({ Choose: choice, Done: { Type: 'Succeed' } })));
    expect(result.output).toEqual({ error: 'States.QueryEvaluationError' });
  });
});
