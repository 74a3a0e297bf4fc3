import type { JsonObject } from '../../local/json/json';
import { eventually } from '../support/eventually';
import { temporaryFolder } from '../support/temporary-folder';
import { Bench, flow, invoke, machine, machineArn, NamedError } from './state-machines-fixture';

const part = ({ part }: JsonObject) => {
  if (Number(part) < 0) throw new NamedError('PartFailed');
  return { part: part ?? null, posted: 2 };
};

function broadcast(map: JsonObject = {}, executionType = 'EXPRESS'): JsonObject {
  return machine({
    Set: { Type: 'Pass', Assign: { messageId: 'lobby.7' }, Next: 'Each part' },
    'Each part': {
      Type: 'Map',
      Label: 'parts',
      Items: '{% $states.input.parts %}',
      ItemSelector: { part: '{% $states.context.Map.Item.Value %}', messageId: '{% $messageId %}' },
      ItemProcessor: flow(
        { 'Post to part': invoke('part') },
        { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType } },
      ),
      Catch: [
        {
          ErrorEquals: ['States.ExceedToleratedFailureThreshold'],
          Output: '{% $states.errorOutput %}',
          Next: 'Too many',
        },
      ],
      End: true,
      ...map,
    },
    'Too many': { Type: 'Succeed' },
  });
}

/** Runs the machine, and gives its Map Run and that run's children beside its output. */
async function run(parts: number[], map: JsonObject = {}, executionType = 'EXPRESS') {
  const bench = new Bench({ functions: { part } });
  const result = await bench.run(broadcast(map, executionType), { parts });
  const { mapRuns } = await bench.states('ListMapRuns', { executionArn: result.executionArn });
  const mapRun = await bench.states('DescribeMapRun', { mapRunArn: mapRuns[0]?.mapRunArn ?? '' });
  const { executions } = await bench.states('ListExecutions', { mapRunArn: mapRun.mapRunArn });
  return { bench, result, mapRuns, mapRun, children: executions };
}

it('runs each item as a child execution with a record of its own', async () => {
  const { bench, result, mapRuns, mapRun, children } = await run([1, 2, 3], { MaxConcurrency: 2 });
  expect(result.output).toEqual([1, 2, 3].map((part) => ({ part, posted: 2 })));
  expect(mapRuns).toHaveLength(1);
  expect(mapRun).toMatchObject({
    mapRunArn: expect.stringMatching(
      /^arn:aws:states:us-east-1:000000000000:mapRun:machine\/parts:[0-9a-f-]{36}$/,
    ),
    executionArn: result.executionArn,
    status: 'SUCCEEDED',
    maxConcurrency: 2,
    toleratedFailureCount: 0,
    itemCounts: {
      pending: 0,
      running: 0,
      succeeded: 3,
      failed: 0,
      timedOut: 0,
      aborted: 0,
      total: 3,
      resultsWritten: 0,
    },
    executionCounts: { succeeded: 3, total: 3 },
  });
  expect(children).toHaveLength(3);
  for (const child of children) {
    expect(child).toMatchObject({
      executionArn: expect.stringMatching(
        /^arn:aws:states:us-east-1:000000000000:express:machine\/parts:[0-9a-f-]{36}:[0-9a-f-]{36}$/,
      ),
      stateMachineArn: `${machineArn('machine')}/parts`,
      mapRunArn: mapRun.mapRunArn,
      status: 'SUCCEEDED',
      itemCount: 1,
    });
  }
  const child = await bench.states('DescribeExecution', { executionArn: children[2]?.executionArn ?? '' });
  expect(JSON.parse(child.input)).toEqual({ part: 1, messageId: 'lobby.7' });
  const history = await bench.states('GetExecutionHistory', {
    executionArn: children[2]?.executionArn ?? '',
  });
  expect(history.events.map((event) => event.type)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
});

it('lists children apart from the executions of the machine itself', async () => {
  const { bench, result } = await run([1, 2]);
  const { executions } = await bench.states('ListExecutions', { stateMachineArn: machineArn('machine') });
  expect(executions.map((execution) => execution.executionArn)).toEqual([result.executionArn]);
});

it('gives STANDARD children the ARN of a Standard execution', async () => {
  const { children } = await run([1], {}, 'STANDARD');
  expect(children[0]?.executionArn).toMatch(
    /^arn:aws:states:us-east-1:000000000000:execution:machine\/parts:[0-9a-f-]{36}$/,
  );
});

describe('failing children', () => {
  const cases: [string, number[], JsonObject, boolean][] = [
    ['fail the map at the first failure when nothing is tolerated', [1, -1, 2], {}, false],
    ['are tolerated up to the count', [1, -1, -2, 2], { ToleratedFailureCount: 2 }, true],
    ['fail the map beyond the count', [1, -1, -2, 2], { ToleratedFailureCount: 1 }, false],
    ['are tolerated up to the percentage', [1, -1, -2, 2], { ToleratedFailurePercentage: 50 }, true],
    ['fail the map beyond the percentage', [1, -1, -2, 2], { ToleratedFailurePercentage: 49 }, false],
    [
      'fail the map beyond the smaller of both',
      [1, -1, -2, 2],
      { ToleratedFailurePercentage: 100, ToleratedFailureCount: 1 },
      false,
    ],
    ['never fail the map at 100 percent', [-1, -2], { ToleratedFailurePercentage: 100 }, true],
    [
      'are tolerated by an expression',
      [1, -1],
      { ToleratedFailureCount: '{% $count($states.input.parts) %}' },
      true,
    ],
  ];
  it.each(cases)('%s', async (_, parts, map, tolerated) => {
    const { result, mapRun } = await run(parts, { ...map, MaxConcurrency: 1 });
    expect(result.status).toBe('SUCCEEDED');
    if (tolerated) {
      const succeeded = parts.filter((part) => part > 0);
      expect(result.output).toEqual(succeeded.map((part) => ({ part, posted: 2 })));
      expect(mapRun).toMatchObject({
        status: 'SUCCEEDED',
        itemCounts: { succeeded: succeeded.length, failed: parts.length - succeeded.length },
      });
    } else {
      expect(result.output).toEqual({
        Error: 'States.ExceedToleratedFailureThreshold',
        Cause: 'The specified tolerated failure threshold was exceeded',
      });
      expect(mapRun.status).toBe('FAILED');
      expect(mapRun.itemCounts.succeeded + mapRun.itemCounts.failed + mapRun.itemCounts.aborted).toBe(
        parts.length,
      );
    }
  });

  it('keep their own error in their record', async () => {
    const { children } = await run([-1], { ToleratedFailurePercentage: 100 });
    expect(children[0]).toMatchObject({ status: 'FAILED' });
  });
});

it('aborts the children that still run when the threshold is passed', async () => {
  const bench = new Bench({
    functions: {
      part: (payload) => (payload['part'] === 0 ? new Promise<never>(() => {}) : part(payload)),
    },
  });
  const result = await bench.run(broadcast(), { parts: [0, -1] });
  expect(result.output).toMatchObject({ Error: 'States.ExceedToleratedFailureThreshold' });
  await bench.machines.idle();
  const { mapRuns } = await bench.states('ListMapRuns', { executionArn: result.executionArn });
  const mapRun = await bench.states('DescribeMapRun', { mapRunArn: mapRuns[0]?.mapRunArn ?? '' });
  expect(mapRun.executionCounts).toMatchObject({ failed: 1, aborted: 1, running: 0 });
});

it('aborts the children when the execution is stopped', async () => {
  const bench = new Bench({ functions: { part: () => new Promise<never>(() => {}) } });
  bench.declare('machine', broadcast());
  const execution = bench.machines.start('machine', { parts: [1, 2] });
  const eventually = async () => {
    for (;;) {
      if (bench.calls.length === 2) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await eventually();
  await bench.states('StopExecution', { executionArn: execution.record.executionArn });
  await bench.machines.idle();
  const { mapRuns } = await bench.states('ListMapRuns', { executionArn: execution.record.executionArn });
  const mapRun = await bench.states('DescribeMapRun', { mapRunArn: mapRuns[0]?.mapRunArn ?? '' });
  expect(mapRun).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 2, running: 0 } });
});

it('shows the Map Run, and nothing of its items, in the parent’s history', async () => {
  const { result } = await run([1, 2]);
  expect(result.events.map((event) => [event.type, event.previousEventId]).slice(3)).toEqual([
    ['MapStateEntered', 3],
    ['MapStateStarted', 4],
    ['MapRunStarted', 5],
    ['MapRunSucceeded', 6],
    ['MapStateSucceeded', 7],
    ['MapStateExited', 6],
    ['ExecutionSucceeded', 9],
  ]);
});

describe('a Map Run on disk', () => {
  const dataDir = temporaryFolder();
  const mapRunOf = async (bench: Bench, executionArn: string) => {
    const { mapRuns } = await bench.states('ListMapRuns', { executionArn });
    expect(mapRuns).toHaveLength(1);
    return bench.states('DescribeMapRun', { mapRunArn: mapRuns[0]?.mapRunArn ?? '' });
  };

  it('is there after a restart, with its children', async () => {
    const before = new Bench({ dataDir, functions: { part } });
    const { executionArn } = await before.run(broadcast(), { parts: [1, 2] });
    const mapRun = await mapRunOf(before, executionArn);
    await before.machines.close();

    const after = new Bench({ dataDir });
    expect(await mapRunOf(after, executionArn)).toEqual(mapRun);
    const { executions } = await after.states('ListExecutions', { mapRunArn: mapRun.mapRunArn });
    expect(executions).toHaveLength(2);
    await after.machines.close();
  });

  it('that ran when the process died is aborted with its execution and its children, what had ended aside', async () => {
    const hang = (payload: JsonObject) =>
      payload['part'] === 1 ? part(payload) : new Promise<never>(() => {});
    const before = new Bench({ dataDir, functions: { part: hang } });
    before.declare('machine', broadcast({ MaxConcurrency: 2 }));
    const { executionArn } = before.machines.start('machine', { parts: [1, 2, 3, 4] }).record;
    // One is done, two hang, and one was not started.
    await eventually(() => expect(before.calls).toHaveLength(3));

    for (let restart = 0; restart < 2; restart += 1) {
      const after = new Bench({ dataDir });
      const mapRun = await mapRunOf(after, executionArn);
      expect(mapRun).toMatchObject({
        status: 'ABORTED',
        stopDate: expect.any(Number),
        itemCounts: { total: 4, succeeded: 1, aborted: 3, running: 0, pending: 0 },
      });
      expect(await after.states('DescribeExecution', { executionArn })).toMatchObject({ status: 'ABORTED' });
      const { executions } = await after.states('ListExecutions', { mapRunArn: mapRun.mapRunArn });
      expect(executions.map(({ status }) => status).sort()).toEqual(['ABORTED', 'ABORTED', 'SUCCEEDED']);
      await after.machines.close();
    }
    await before.machines.close();
  });
});
