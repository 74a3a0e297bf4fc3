import type { Caller } from '../../local/service';
import { newTrace } from '../../local/trace';
import { eventually } from '../support/eventually';
import { start } from '../support/functions';

const streams = (lines: readonly { stream: string }[]) => new Set(lines.map(({ stream }) => stream)).size;

/** When each of so many concurrent invocations of 300 ms began, in milliseconds after the first. */
async function starts(
  invoke: (payload: { milliseconds: number }) => Promise<unknown>,
  count: number,
): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => invoke({ milliseconds: 300 })));
  const times = answers
    .map((answer) => (answer as { Payload: { started: number } }).Payload.started)
    .sort((a, b) => a - b);
  return times.map((time) => time - (times[0] ?? 0));
}

describe('the environments of a function', () => {
  it('are one while it is invoked one at a time', async () => {
    const { invoke, logged } = start('index.echo');
    for (let time = 0; time < 5; time++) await invoke(time);
    expect(streams(logged)).toBe(1);
  });

  it('become as many as its concurrency, and what comes beyond that waits', async () => {
    const { invoke, logged } = start('index.sleep', {}, { concurrency: 3 });
    await eventually(async () => {
      await starts(invoke, 3);
      expect(streams(logged)).toBe(3);
    });
    const times = await starts(invoke, 6);
    expect(streams(logged)).toBe(3);
    expect(times.filter((time) => time >= 290).length).toBeGreaterThanOrEqual(3);
  });

  it('run one invocation at a time each', async () => {
    const { invoke } = start('index.sleep', {}, { concurrency: 1 });
    const [, second = 0, third = 0] = await starts(invoke, 3);
    expect(second).toBeGreaterThanOrEqual(290);
    expect(third).toBeGreaterThanOrEqual(590);
  });

  it('are given in turns, so that who asks for much does not keep others waiting, nor does what follows from it', async () => {
    const { functions, invoke } = start('index.sleep', {}, { concurrency: 1 });
    await functions.warm();
    const ended: string[] = [];
    const [much, little] = [newTrace(0), newTrace(0)];
    const ask = async (name: string, caller: Omit<Caller, 'principal'>) => {
      await functions.service().actions.Invoke!(
        { FunctionName: 'parley-function', Payload: { milliseconds: 20 } },
        { principal: 'states.amazonaws.com', ...caller },
      );
      ended.push(name);
    };
    await ask('little', { party: 'little', trace: little });
    const busy = invoke({ milliseconds: 100 });
    await Promise.all([
      ...['much', 'much again'].map((name) => ask(name, { party: 'much', trace: much })),
      ask('much, later', { trace: `${much};Parent=0000000000000001` }),
      ask('little, later', { trace: little }),
      busy,
    ]);
    expect(ended).toEqual(['little', 'much', 'little, later', 'much again', 'much, later']);
  });

  it('refuse what goes beyond the reserved concurrency', async () => {
    const { invoke } = start('index.sleep', { reservedConcurrency: 1 });
    const first = invoke({ milliseconds: 100 });
    await expect(invoke()).rejects.toMatchObject({
      code: 'TooManyRequestsException',
      status: 429,
      members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
    });
    await first;
    await expect(invoke({ milliseconds: 0 })).resolves.toMatchObject({ StatusCode: 200 });
  });

  it('refuse everything with a reserved concurrency of 0', async () => {
    const { invoke } = start('index.echo', { reservedConcurrency: 0 });
    await expect(invoke()).rejects.toMatchObject({ code: 'TooManyRequestsException' });
  });

  it('end with the runtime, and so do the invocations in them', async () => {
    const { invoke, functions } = start('index.sleep', {}, { concurrency: 1 });
    await functions.warm();
    const running = invoke({ milliseconds: 60_000 });
    const waiting = invoke({ milliseconds: 60_000 });
    const closed = expect(waiting).rejects.toThrow('Function parley-function was closed');
    await functions.close();
    expect(await running).toMatchObject({ Payload: { errorType: 'Runtime.ExitError' } });
    await closed;
  });
});
