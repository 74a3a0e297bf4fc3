import type { PlanSettings } from '../../handlers/chat/fan-out/audience-plan';
import { promiseAll, sequentialLoop } from '../simulation/compared-patterns';
import { runFanOut, type FanOutRun } from '../simulation/fan-out-model';
import type { Condition } from '../simulation/gateway-model';
import { timeLimit } from '../simulation/limit';
import { settings } from '../../stacks/settings';
import type { Figure } from './figures';

const defaultOf = (name: string) => Number(settings.find((setting) => setting.name === name)?.default);

/** The settings' own defaults. */
export const DEFAULTS: PlanSettings = {
  segmentSize: defaultOf('segmentSize'),
  inlineParts: defaultOf('inlineParts'),
  postsPerSecond: defaultOf('postsPerSecond'),
};

export const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** The value below which a share of a series lies. NaN is no member of it. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from([...values].filter((value) => !Number.isNaN(value))).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** P4, P5 and P8: one message on virtual time, with the real planner, worker and poster. */
export async function fanOut(): Promise<Figure[]> {
  return [...(await timeToTheLast()), ...(await tierChoice()), ...(await besideTheIll())];
}

/** The number of runs shrinks with their size; a million takes one about half a minute. */
const SIZES = [
  { size: 1_000, runs: 21 },
  { size: 5_500, runs: 21 },
  { size: 10_000, runs: 21 },
  { size: 100_000, runs: 5 },
  { size: 1_000_000, runs: 1 },
];

async function timeToTheLast(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { size, runs } of SIZES) {
    const name = `P4 at ${size.toLocaleString('en')}`;
    const times: number[] = [];
    const ratios: number[] = [];
    const all: FanOutRun[] = [];
    for (const seed of seeds(runs)) {
      const run = await runFanOut({ size, seed, settings: DEFAULTS });
      all.push(run);
      times.push(run.last / 1000);
      ratios.push(run.last / timeLimit(run.plan.tier, size, DEFAULTS.postsPerSecond, seed));
    }
    const missed = all.reduce((sum, { outcomes }) => sum + size - outcomes.posted, 0);
    const refused = all.reduce((sum, run) => sum + run.refused, 0);
    const requests = all.reduce((sum, run) => sum + run.requests, 0);
    figures.push(
      { name: `${name}: last recipient, median of ${runs}`, unit: 's', value: median(times) },
      { name: `${name}: times the limit, median`, unit: 'times', value: median(ratios), goal: '≤ 1.05' },
      { name: `${name}: times the limit, worst`, unit: 'times', value: Math.max(...ratios) },
      { name: `${name}: refused (429)`, unit: '%', value: (100 * refused) / requests },
      { name: `${name}: missed`, unit: 'recipients', value: missed, goal: '0' },
    );
    if (size <= 100_000) {
      const cold = await runFanOut({ size, settings: DEFAULTS, warm: false });
      figures.push({ name: `${name}: with every function cold`, unit: 's', value: cold.last / 1000 });
    }
    for (const [pattern, run] of [
      ["the tutorial's loop", await sequentialLoop(size)],
      ["the sample's Promise.all", await promiseAll(size)],
    ] as const) {
      figures.push(
        { name: `${name}: ${pattern}`, unit: 's', value: run.last / 1000 },
        { name: `${name}: ${pattern} misses`, unit: 'recipients', value: run.lost },
      );
    }
  }
  return figures;
}

const SWEEP = [
  1, 10, 100, 300, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 40_000, 60_000, 75_000, 100_000,
  155_000, 200_000, 300_000, 350_000, 400_000,
];

/** Both tiers at each size; how much worse the one that the planner chose is than the better one. */
async function tierChoice(): Promise<Figure[]> {
  const losses: { size: number; tier: string; loss: number }[] = [];
  for (const size of SWEEP) {
    const chosen = await runFanOut({ size, settings: DEFAULTS });
    // An inline Map runs 40 iterations at a time; more parts, by the planner's estimate, are no case for it.
    if (chosen.plan.parts > 40) continue;
    const other = chosen.plan.tier === 'inline' ? 'broadcast' : 'inline';
    const alternative = await runFanOut({ size, settings: DEFAULTS, tier: other });
    losses.push({
      size,
      tier: chosen.plan.tier,
      loss: 100 * (chosen.last / Math.min(chosen.last, alternative.last) - 1),
    });
  }
  const worst = losses.reduce((a, b) => (b.loss > a.loss ? b : a));
  return [
    { name: `P5 sizes at which both tiers are possible`, unit: 'sizes', value: losses.length },
    {
      name: 'P5 largest of them',
      unit: 'connections',
      value: Math.max(...losses.map(({ size }) => size)),
    },
    { name: `P5 chosen tier worse than the better, at most`, unit: '%', value: worst.loss, goal: '≤ 5' },
    {
      name: 'P5 largest size that is served inline',
      unit: 'connections',
      value: Math.max(...losses.filter(({ tier }) => tier === 'inline').map(({ size }) => size)),
    },
  ];
}

/** Which of so many are gone (each second) and which ill (each twentieth); the others are well. */
const mixed =
  (ill: Condition) =>
  (index: number): Condition => {
    if (index % 20 === 7) return ill;
    return index % 2 === 0 ? 'gone' : 'well';
  };

async function besideTheIll(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of [1_000, 10_000, 20_000, 100_000, 400_000]) {
    const healthy = (_: unknown, index: number) => mixed('slow')(index) === 'well';
    const alone = await runFanOut({ size, settings: DEFAULTS });
    const p99Of = (run: FanOutRun) => quantile(run.arrivals.filter(healthy), 0.99);
    for (const { ill, words, ...goal } of [
      { ill: 'slow', words: 'take a second more', goal: '≤ 1.05' },
      // Each is asked seven times, so a third more posts share the pace: no goal can be set against that.
      { ill: 'unread', words: 'always refuse' },
    ] as const) {
      const beside = await runFanOut({ size, settings: DEFAULTS, conditionOf: mixed(ill) });
      figures.push({
        name: `P8 at ${size.toLocaleString('en')}: p99 of the healthy, 50 % gone and 5 % that ${words}`,
        unit: 'times',
        value: p99Of(beside) / p99Of(alone),
        ...goal,
      });
    }
  }
  return figures;
}
