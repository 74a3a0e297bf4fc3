import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Faults } from '../../local/faults/faults';
import type { JsonObject } from '../../local/json/json';
import { stateMachineModels } from '../../local/state-machines/state-machine-models';
import { eventually } from '../support/eventually';
import { Bench, invoke, machine, machineArn, type StatesAnswer } from './state-machines-fixture';

const PASS = machine({ Done: { Type: 'Pass', End: true } });
const HANG = machine({
  Hang: invoke('hang', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }], Next: 'Done' }),
  Done: { Type: 'Succeed' },
});
const functions = { hang: () => new Promise<never>(() => {}) };

/** One fault, once, at one point for one machine. */
function oneFault(point: string, subject: string, effect: string, milliseconds = 0): Faults {
  let used = false;
  return {
    at: (at, of) => {
      if (used || at !== point || of !== subject) return undefined;
      used = true;
      return { effect, argument: '', milliseconds: () => milliseconds };
    },
  };
}

describe('StartExecution', () => {
  const start = (bench: Bench, input: JsonObject) =>
    bench.states('StartExecution', { stateMachineArn: machineArn('machine'), ...input });

  it('gives a STANDARD execution’s own ARN and start again for the same name and input while it runs', async () => {
    const bench = new Bench({ functions });
    bench.declare('machine', HANG);
    const first = await start(bench, { name: 'one', input: '{"a":1}' });
    expect(await start(bench, { name: 'one', input: '{"a":1}' })).toEqual(first);
    await expect(start(bench, { name: 'one', input: '{"a":2}' })).rejects.toMatchObject({
      code: 'ExecutionAlreadyExists',
    });
    await bench.machines.close();
  });

  it('refuses the name of a STANDARD execution that has ended', async () => {
    const bench = new Bench();
    bench.declare('machine', PASS);
    await start(bench, { name: 'one' });
    await bench.machines.idle();
    await expect(start(bench, { name: 'one' })).rejects.toMatchObject({
      code: 'ExecutionAlreadyExists',
      status: 400,
    });
  });

  it('starts an EXPRESS execution for every call, whatever its name', async () => {
    const bench = new Bench();
    bench.declare('machine', PASS, 'EXPRESS');
    const arns = [await start(bench, { name: 'one' }), await start(bench, { name: 'one' })].map(
      (answer) => answer.executionArn,
    );
    expect(new Set(arns).size).toBe(2);
    await bench.machines.idle();
    const { executions } = await bench.states('ListExecutions', {
      stateMachineArn: machineArn('machine'),
      statusFilter: 'SUCCEEDED',
    });
    expect(executions.map((execution) => execution.executionArn)).toEqual([...arns].reverse());
  });

  it.each([
    [{ stateMachineArn: 'machine' }, 'InvalidArn'],
    [{ stateMachineArn: machineArn('other') }, 'StateMachineDoesNotExist'],
    [{ name: 'a b' }, 'InvalidName'],
    [{ name: 'a'.repeat(81) }, 'InvalidName'],
    [{ input: '{' }, 'InvalidExecutionInput'],
    [{ input: JSON.stringify('x'.repeat(270_000)) }, 'ValidationException'],
    [{ input: 5 }, 'ValidationException'],
  ])('answers %j with %s', async (input, code) => {
    const bench = new Bench();
    bench.declare('machine', PASS);
    await expect(start(bench, input)).rejects.toMatchObject({ code });
  });
});

it('describes and lists machines', async () => {
  const bench = new Bench();
  bench.declare('fan-out', PASS, 'EXPRESS', { level: 'ALL', includeExecutionData: true, groupName: 'g' });
  const item = {
    stateMachineArn: machineArn('fan-out'),
    name: 'fan-out',
    type: 'EXPRESS',
    creationDate: expect.any(Number),
  };
  expect(await bench.states('ListStateMachines', {})).toEqual({ stateMachines: [item] });
  const description = await bench.states('DescribeStateMachine', { stateMachineArn: machineArn('fan-out') });
  expect(description).toMatchObject({
    ...item,
    status: 'ACTIVE',
    loggingConfiguration: { level: 'ALL', includeExecutionData: true },
  });
  expect(JSON.parse(description.definition)).toEqual(PASS);
});

it('describes an execution that succeeded and one that failed', async () => {
  const bench = new Bench();
  const good = await bench.run(PASS, { a: 1 });
  expect(await bench.states('DescribeExecution', { executionArn: good.executionArn })).toEqual({
    executionArn: good.executionArn,
    stateMachineArn: machineArn('machine'),
    name: good.name,
    status: 'SUCCEEDED',
    startDate: good.startDate / 1000,
    stopDate: expect.any(Number),
    input: '{"a":1}',
    inputDetails: { included: true },
    output: '{"a":1}',
    outputDetails: { included: true },
    traceHeader: expect.stringMatching(/^Root=1-/),
    redriveCount: 0,
  });
  const bad = await bench.run(machine({ Stop: { Type: 'Fail', Error: 'E', Cause: 'C' } }));
  const description = await bench.states('DescribeExecution', { executionArn: bad.executionArn });
  expect(description).toMatchObject({ status: 'FAILED', error: 'E', cause: 'C' });
  expect(description).not.toHaveProperty('output');
});

it.each([
  ['DescribeExecution', { executionArn: 'x' }, 'InvalidArn'],
  [
    'DescribeExecution',
    { executionArn: 'arn:aws:states:us-east-1:000000000000:execution:machine:x' },
    'ExecutionDoesNotExist',
  ],
  [
    'GetExecutionHistory',
    { executionArn: 'arn:aws:states:us-east-1:000000000000:express:machine:x:y' },
    'ExecutionDoesNotExist',
  ],
  [
    'DescribeMapRun',
    { mapRunArn: 'arn:aws:states:us-east-1:000000000000:mapRun:machine/x:y' },
    'ResourceNotFound',
  ],
  ['ListExecutions', {}, 'ValidationException'],
  ['ListExecutions', { stateMachineArn: machineArn('machine'), statusFilter: 'DONE' }, 'ValidationException'],
  ['StartSyncExecution', {}, 'UnknownOperationException'],
])('%s of %j is %s', async (action, input, code) => {
  const bench = new Bench();
  bench.declare('machine', PASS);
  await expect(bench.states(action, input)).rejects.toMatchObject({ code });
});

it('lists executions in pages, the newest first, with nothing twice when more start in between', async () => {
  const bench = new Bench();
  bench.declare('machine', PASS);
  const stateMachineArn = machineArn('machine');
  for (const name of ['1', '2', '3', '4', '5']) bench.machines.start('machine', {}, name);
  await bench.machines.idle();
  const first = await bench.states('ListExecutions', { stateMachineArn, maxResults: 3 });
  bench.machines.start('machine', {}, '6');
  await bench.machines.idle();
  const second = await bench.states('ListExecutions', {
    stateMachineArn,
    maxResults: 3,
    nextToken: first.nextToken ?? '',
  });
  const names = (page: StatesAnswer) => page.executions.map((execution) => execution.name);
  expect([names(first), names(second), second.nextToken]).toEqual([['5', '4', '3'], ['2', '1'], undefined]);
});

it('stops an execution at once, with the given error and cause, past its Catch', async () => {
  const bench = new Bench({ functions });
  bench.declare('machine', HANG);
  const execution = bench.machines.start('machine', {});
  const { executionArn } = execution.record;
  const { stopDate } = await bench.states('StopExecution', {
    executionArn,
    error: 'Enough',
    cause: 'operator',
  });
  expect(await execution.completed).toMatchObject({
    status: 'ABORTED',
    error: 'Enough',
    cause: 'operator',
    stopDate: stopDate * 1000,
  });
  expect(execution.history.events.at(-1)).toMatchObject({
    type: 'ExecutionAborted',
    details: { error: 'Enough' },
  });
});

it('drops the oldest ended executions beyond its limit, and none that runs', async () => {
  const bench = new Bench({ functions, maxExecutions: 3 });
  bench.declare('machine', PASS);
  bench.declare('hang', HANG);
  bench.machines.start('hang', {}, 'hanging');
  for (const name of ['1', '2', '3', '4']) await bench.machines.start('machine', {}, name).completed;
  const names = async (name: string) => {
    const { executions } = await bench.states('ListExecutions', { stateMachineArn: machineArn(name) });
    return executions.map((execution) => execution.name);
  };
  expect([await names('machine'), await names('hang')]).toEqual([['4', '3'], ['hanging']]);
  await bench.machines.close();
});

describe('faults', () => {
  it('refuse a start', async () => {
    const bench = new Bench({ faults: oneFault('states.start', 'machine', 'refuse') });
    bench.declare('machine', PASS);
    const start = () => bench.states('StartExecution', { stateMachineArn: machineArn('machine') });
    await expect(start()).rejects.toMatchObject({ code: 'ExecutionLimitExceeded', status: 400 });
    await expect(start()).resolves.toHaveProperty('executionArn');
    await bench.machines.idle();
  });

  it('run an Express execution twice, under the same name and input', async () => {
    const bench = new Bench({ faults: oneFault('states.express', 'machine', 'twice') });
    bench.declare('machine', PASS, 'EXPRESS');
    bench.machines.start('machine', { a: 1 }, 'one');
    await bench.machines.idle();
    const { executions } = await bench.states('ListExecutions', { stateMachineArn: machineArn('machine') });
    expect(executions).toHaveLength(2);
    expect(executions.map((execution) => execution.name)).toEqual(['one', 'one']);
  });

  it('kill an execution after a while, without its Catch', async () => {
    const bench = new Bench({ functions, faults: oneFault('states.run', 'machine', 'kill', 5) });
    expect((await bench.run(HANG)).status).toBe('ABORTED');
  });
});

describe('with a data directory', () => {
  let dataDir = '';
  beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'parley-executions-'))));
  afterEach(() => rmSync(dataDir, { recursive: true }));
  const written = () => readFileSync(path.join(dataDir, 'executions', 'current.jsonl'), 'utf8');

  it('lists, describes and tells the history of executions after a restart', async () => {
    const before = new Bench({ dataDir });
    const { executionArn, events } = await before.run(PASS, { a: 1 });
    const description = await before.states('DescribeExecution', { executionArn });
    await before.machines.close();

    const after = new Bench({ dataDir });
    after.declare('machine', PASS);
    expect(await after.states('DescribeExecution', { executionArn })).toEqual(description);
    const history = await after.states('GetExecutionHistory', { executionArn });
    expect(history.events).toHaveLength(events.length);
    const { executions } = await after.states('ListExecutions', { stateMachineArn: machineArn('machine') });
    expect(executions).toHaveLength(1);
    await after.machines.close();
  });

  it('reads what ran when the process died as ABORTED because of that, and drops a torn last line', async () => {
    const before = new Bench({ dataDir, functions });
    before.declare('machine', HANG);
    const { executionArn } = before.machines.start('machine', { a: 1 }, 'one').record;
    // The process dies: nothing is closed, and its last write is cut short.
    appendFileSync(path.join(dataDir, 'executions', 'current.jsonl'), '{"sequence":2,"rec');

    for (let restart = 0; restart < 2; restart += 1) {
      const after = new Bench({ dataDir });
      const description = await after.states('DescribeExecution', { executionArn });
      expect(description).toMatchObject({
        status: 'ABORTED',
        input: '{"a":1}',
        stopDate: expect.any(Number),
        cause: expect.stringContaining('The local runtime ended while this execution was running'),
      });
      expect(description).not.toHaveProperty('error');
      await after.machines.close();
    }
    await before.machines.close();
  });

  it.each([
    [
      'STANDARD',
      'how far',
      ['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'ExecutionAborted'],
    ],
    ['EXPRESS', 'that', ['ExecutionStarted', 'ExecutionAborted']],
  ] as const)(
    'tells of an execution of type %s that died with the process %s it came',
    async (type, _, told) => {
      const before = new Bench({ dataDir, functions });
      before.declare('machine', HANG, type);
      const { executionArn } = before.machines.start('machine', { a: 1 }).record;
      await eventually(() => {
        expect(before.calls).toHaveLength(1);
        if (type === 'STANDARD') expect(written()).toContain('TaskStarted');
      });

      const after = new Bench({ dataDir });
      const { events } = await after.states('GetExecutionHistory', { executionArn });
      expect(events.map((event) => event.type)).toEqual(told);
      expect(events.map(({ id }) => id)).toEqual(told.map((_, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ executionAbortedEventDetails: { cause: expect.any(String) } });
      await after.machines.close();
      await before.machines.close();
    },
  );

  it('says of what is aborted when the runtime stops that this is why', async () => {
    const bench = new Bench({ dataDir, functions });
    bench.declare('machine', HANG);
    const execution = bench.machines.start('machine', {});
    await bench.machines.close();
    expect(await execution.completed).toMatchObject({
      status: 'ABORTED',
      cause: expect.stringContaining('The local runtime was stopped'),
    });
  });

  it('keeps the older of its files over a restart until the newer one is full', async () => {
    for (let start = 0; start < 3; start += 1) {
      const bench = new Bench({ dataDir, maxExecutions: 3 });
      bench.declare('machine', PASS);
      for (const n of [1, 2]) await bench.machines.start('machine', {}, `${start}.${n}`).completed;
      await bench.machines.close();
    }
    const after = new Bench({ dataDir, maxExecutions: 3 });
    after.declare('machine', PASS);
    const { executions } = await after.states('ListExecutions', { stateMachineArn: machineArn('machine') });
    expect(executions.map((execution) => execution.name)).toEqual(['2.2', '2.1', '1.2']);
    await after.machines.close();
  });

  it('keeps at most two files of executions, and the newest of them', async () => {
    const before = new Bench({ dataDir, maxExecutions: 5 });
    before.declare('machine', PASS);
    for (let n = 1; n <= 23; n += 1) await before.machines.start('machine', {}, String(n)).completed;
    await before.machines.close();
    const folder = path.join(dataDir, 'executions');
    const startsAndEnds = readdirSync(folder).map(
      (file) => readFileSync(path.join(folder, file), 'utf8').match(/"record":/g)?.length ?? 0,
    );
    expect(startsAndEnds).toHaveLength(2);
    expect(Math.max(...startsAndEnds)).toBeLessThanOrEqual(10);

    const after = new Bench({ dataDir, maxExecutions: 5 });
    after.declare('machine', PASS);
    const { executions } = await after.states('ListExecutions', { stateMachineArn: machineArn('machine') });
    expect(executions.map((execution) => execution.name)).toEqual(['23', '22', '21', '20', '19']);
    await after.machines.close();
  });
});

describe('the CloudFormation model', () => {
  const resource = {
    logicalId: 'FanOut1A2B',
    stackName: 'parley',
    type: 'AWS::StepFunctions::StateMachine',
    constructId: 'fan-out',
    physicalName: 'parley-FanOut1A2B',
  };
  const properties = {
    StateMachineType: 'EXPRESS',
    RoleArn: 'arn:aws:iam::000000000000:role/r',
    DefinitionString: JSON.stringify(machine({ Call: invoke('${Function}') })),
    DefinitionSubstitutions: { Function: 'hello' },
    LoggingConfiguration: {
      Level: 'ALL',
      IncludeExecutionData: true,
      Destinations: [
        {
          CloudWatchLogsLogGroup: {
            LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/x:*',
          },
        },
      ],
    },
  };

  it('declares a machine that can be started by its construct id, with its substitutions and its log', async () => {
    const bench = new Bench({ functions: { hello: () => 'hi' } });
    const [model] = stateMachineModels(bench.machines);
    await model?.create(properties, resource);
    expect(model?.ref(resource)).toBe(machineArn('parley-FanOut1A2B'));
    expect(model?.attributes['Name']?.(resource)).toBe('parley-FanOut1A2B');
    const record = await bench.machines.start('fan-out', {}).completed;
    expect(record).toMatchObject({
      status: 'SUCCEEDED',
      output: '"hi"',
      stateMachineArn: machineArn('parley-FanOut1A2B'),
    });
    expect(new Set(bench.logged.map(({ group }) => group))).toEqual(new Set(['/aws/vendedlogs/states/x']));
  });

  it.each([
    ['no definition', { DefinitionString: '' }, /FanOut1A2B .*DefinitionString must be a string/],
    ['an unknown type', { StateMachineType: 'FAST' }, /StateMachineType must be STANDARD or EXPRESS/],
    [
      'a placeholder without a substitution',
      { DefinitionSubstitutions: {} },
      /placeholder \$\{Function\} has no value/,
    ],
    ['a log level without a group', { LoggingConfiguration: { Level: 'ALL' } }, /needs a Destination/],
  ])('refuses %s', (_, change, message) => {
    const [model] = stateMachineModels(new Bench().machines);
    expect(() => model?.create({ ...properties, ...change }, resource)).toThrow(message);
  });
});
