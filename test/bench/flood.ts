import { LIMITS_AS_SET, runFlood, type Flood } from '../support/flood-run';
import { spawnRuntime } from '../support/runtime';
import type { Figure } from './figures';
import { inPairs, spread } from './pairs';

const PAIRS = 7;
const SECONDS = 10;
const FLOODS: readonly { name: string; flood: Flood; rate: number; burst: number }[] = [
  { name: 'one connection', flood: { connections: 1, perSecond: 40 }, rate: 5, burst: 20 },
  { name: 'one person on ten connections', flood: { connections: 10, perSecond: 60 }, rate: 10, burst: 40 },
];

/** Whether a flood is held to its limits, and what five people in another room notice of it, in pairs of runs. */
export async function flood(): Promise<Figure[]> {
  const context = Object.entries({ ...LIMITS_AS_SET, alerts: 'off' }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const runtime = await spawnRuntime(['--port', '0', '--ephemeral', ...context]);
  try {
    // Until every environment that the larger flood needs is warm.
    for (const { flood: storm } of FLOODS) await runFlood(runtime.url, { seconds: 5, flood: storm });
    const figures: Figure[] = [];
    for (const one of FLOODS) figures.push(...(await measure(runtime.url, one)));
    return figures;
  } finally {
    await runtime.stop();
  }
}

async function measure(
  url: string,
  { name, flood: storm, rate, burst }: (typeof FLOODS)[number],
): Promise<Figure[]> {
  const beyond: number[] = [];
  let lost = 0;
  const p99 = async (pouring: Flood | undefined) => {
    const run = await runFlood(url, { seconds: SECONDS, flood: pouring });
    lost += run.lost + run.doubled + run.failed;
    if (pouring !== undefined) beyond.push(run.accepted - burst - (rate * run.floodedMs) / 1000);
    const sorted = run.deliveries.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
  };
  const pairs = await inPairs(
    PAIRS,
    () => p99(undefined),
    () => p99(storm),
  );
  const about = `flood from ${name}`;
  const ratios = pairs.map(({ a, b }) => b / a);
  return [
    spread(`${about}: delivery p99 of the others, to a quiet run`, '', ratios, '≤ 2'),
    spread(
      `${about}: delivery p99 of the others`,
      'ms',
      pairs.map(({ b }) => b),
    ),
    spread(
      `${about}: the same in a quiet run`,
      'ms',
      pairs.map(({ a }) => a),
    ),
    {
      name: `${about}: accepted beyond the limit, at most`,
      unit: 'messages',
      value: Math.max(...beyond),
      goal: '≤ 1',
    },
    { name: `${about}: lost, twice or failed`, unit: '', value: lost, goal: '0' },
  ];
}
