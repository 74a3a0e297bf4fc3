import type { Runtime } from '../../local/runtime';
import { summarize } from '../bench/figures';
import { contend } from '../support/contention';
import { startTestRuntime } from '../support/runtime';

describe('many writers in one room', () => {
  let runtime: Runtime;

  beforeAll(async () => {
    runtime = await startTestRuntime({
      concurrency: 6,
      // Slow writes, and fan-outs left to the sweep: accepting has what the machine can give to itself.
      faults: 'table.conditional:slow(5ms-15ms);bus.put:fail',
      log: () => {},
    });
  }, 60_000);
  afterAll(() => runtime.close());

  // For 20 s, and with the goals of a machine of one's own: npm run bench -- contention.
  test('20 connections with 50 messages a second are all accepted, in numbers without gap or double, and hardly ever told busy', async () => {
    const load = { connections: 20, perSecond: 50, seconds: 5 };
    const { sent, numbers, refused, replies } = await contend(runtime.url, load);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
    const { busy = 0, ...others } = refused;
    expect(others).toEqual({});
    // Numbering gives up after 3 s by the clock, which a machine that others keep busy can spend on nothing.
    expect(busy).toBeLessThanOrEqual(sent / 100);
    const quantiles = summarize('reply', replies).map(({ name, value }) => `${name} ${value.toFixed(0)} ms`);
    process.stdout.write(`${quantiles.join(', ')}\n`);
  }, 180_000);
});
