import { promiseAll, sequentialLoop } from './compared-patterns';
import { runFanOut } from './fan-out-model';
import { timeLimit } from './limit';

const settings = { segmentSize: 2000, inlineParts: 40, postsPerSecond: 7000 };

describe('a fan-out on virtual time', () => {
  it.each([1, 10, 1_000, 5_000, 10_000])(
    'brings a room of %d the message once, near the least time that quota and start latencies allow',
    async (size) => {
      const run = await runFanOut({ size, settings });
      expect(run.outcomes).toEqual({ posted: size, gone: 0, failed: 0 });
      expect(run.arrivals.filter(Number.isNaN)).toHaveLength(0);
      expect(run).toMatchObject({ twice: 0, refused: 0, requests: size });
      const limit = timeLimit(run.plan.tier, size, settings.postsPerSecond, 1);
      expect(run.last).toBeGreaterThan(0.9 * limit);
      expect(run.last).toBeLessThan(1.3 * limit);
    },
  );

  it('is the same each time, because chance and clock are its own', async () => {
    const [one, two] = [
      await runFanOut({ size: 3_000, settings }),
      await runFanOut({ size: 3_000, settings }),
    ];
    expect(two.arrivals).toEqual(one.arrivals);
  });

  it('is a second later through a Distributed Map, which is why a small room does without', async () => {
    const inline = await runFanOut({ size: 1_000, settings });
    const broadcast = await runFanOut({ size: 1_000, settings, tier: 'broadcast' });
    expect(inline.plan.tier).toBe('inline');
    expect(broadcast.last - inline.last).toBeGreaterThan(1_000);
  });

  it('meets refusals when it posts more than the account may, and makes them good', async () => {
    const run = await runFanOut({ size: 20_000, settings: { ...settings, postsPerSecond: 15_000 } });
    expect(run.refused).toBeGreaterThan(100);
    expect(run.outcomes.posted).toBe(20_000);
  });

  it('does not let the gone and the slow hold up the others', async () => {
    const size = 10_000;
    const alone = await runFanOut({ size, settings });
    const beside = await runFanOut({
      size,
      settings,
      conditionOf: (index) => (index % 20 === 7 ? 'slow' : index % 2 === 0 ? 'gone' : 'well'),
    });
    expect(beside.outcomes).toEqual({ posted: size / 2, gone: size / 2, failed: 0 });
    const lastHealthy = (arrivals: Float64Array) =>
      arrivals.reduce(
        (last, at, index) => (index % 20 !== 7 && index % 2 === 1 ? Math.max(last, at) : last),
        0,
      );
    expect(lastHealthy(beside.arrivals)).toBeLessThan(1.1 * lastHealthy(alone.arrivals));
  });

  it('leaves the compared patterns far behind, and shows whom they miss', async () => {
    expect((await sequentialLoop(1_000)).last).toBeGreaterThan(30_000);
    expect((await promiseAll(1_000)).last).toBeGreaterThan(700);
    expect((await sequentialLoop(50_000)).lost).toBeGreaterThan(20_000);
  });
});
