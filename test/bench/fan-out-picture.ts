import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promiseAll, sequentialLoop } from '../simulation/compared-patterns';
import { costOfFanOut, costOfLoop } from '../simulation/cost';
import { runFanOut } from '../simulation/fan-out-model';
import { timeLimit } from '../simulation/limit';
import { DEFAULTS } from './fan-out';
import type { Figure } from './figures';
import { svgOf, type Series } from './log-log-chart';

const PICTURE = path.join(__dirname, '..', '..', 'docs', 'fan-out.svg');
const SIZES = [
  10, 30, 100, 300, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 20_000, 40_000, 70_000, 100_000, 300_000,
  1_000_000,
];

interface Row {
  readonly size: number;
  readonly seconds: number;
  readonly limit: number;
  /** Undefined where the pattern reaches only some: there is no time to the last recipient. */
  readonly loop: number | undefined;
  readonly all: number | undefined;
  readonly dollars: number;
  readonly loopDollars: number | undefined;
  readonly frames: number;
}

/** Draws `docs/fan-out.svg`: time to the last recipient and cost of one message against the size of the room. */
export async function fanOutPicture(): Promise<Figure[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const run = await runFanOut({ size, settings: DEFAULTS });
    const [loop, all] = [await sequentialLoop(size), await promiseAll(size)];
    rows.push({
      size,
      seconds: run.last / 1000,
      limit: timeLimit(run.plan.tier, size, DEFAULTS.postsPerSecond, 1) / 1000,
      loop: loop.lost > 0 ? undefined : loop.last / 1000,
      all: all.lost > 0 ? undefined : all.last / 1000,
      dollars: costOfFanOut(size, run),
      loopDollars: loop.lost > 0 ? undefined : costOfLoop(size, loop.last),
      frames: size / 1e6,
    });
  }
  const line = (style: Omit<Series, 'points'>, valueOf: (row: Row) => number | undefined): Series => ({
    ...style,
    points: rows.flatMap((row) => {
      const y = valueOf(row);
      return y === undefined ? [] : [{ x: row.size, y }];
    }),
  });
  const x = { label: 'connections in the room', from: 10, to: 1_000_000 };
  const styles = {
    parley: { name: 'Parley', colour: '#0969da' },
    limit: {
      name: 'the least that start latencies and quota allow; frames alone',
      colour: '#2da44e',
      dashed: true,
    },
    loop: { name: 'one post after the other (the tutorials), until Lambda ends it', colour: '#cf222e' },
    all: { name: 'Promise.all in one function (the AWS sample)', colour: '#bf8700' },
  };
  writeFileSync(
    PICTURE,
    svgOf([
      {
        title: 'Time to the last recipient, in seconds (simulated)',
        x,
        y: { label: 's', from: 0.01, to: 1000, tick: String },
        series: [
          line(styles.parley, (row) => row.seconds),
          line(styles.limit, (row) => row.limit),
          line(styles.loop, (row) => row.loop),
          line(styles.all, (row) => row.all),
        ],
      },
      {
        title: 'Cost of a million such messages, in dollars (computed)',
        x,
        y: { label: '$', from: 10, to: 1_000_000, tick: (value) => value.toLocaleString('en') },
        series: [
          line(styles.parley, (row) => row.dollars * 1e6),
          line(styles.limit, (row) => row.frames * 1e6),
          line(styles.loop, (row) => row.loopDollars && row.loopDollars * 1e6),
        ],
      },
    ]),
  );
  return rows
    .filter(({ size }) => [10, 1_000, 10_000, 100_000, 1_000_000].includes(size))
    .flatMap(({ size, dollars, loopDollars }) => {
      const at = `a million messages at ${size.toLocaleString('en')}`;
      return [
        { name: `${at}, computed`, unit: '$', value: dollars * 1e6 },
        ...(loopDollars === undefined
          ? []
          : [{ name: `${at}, the tutorial's loop`, unit: '$', value: loopDollars * 1e6 }]),
      ];
    });
}
