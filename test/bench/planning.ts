import { marshall } from '@aws-sdk/util-dynamodb';
import { estimateSize, planAudience, SAMPLE_SIZE } from '../../handlers/chat/fan-out/audience-plan';
import { channelId, newId, slotOf } from '../../handlers/chat/ids';
import { itemSize } from '../../local/tables/capacity';
import { drawnPage, drawnRoom, type Devices } from '../simulation/drawn-room';
import { serveMovingAudience } from '../simulation/moving-audience';
import { DEFAULTS, quantile } from './fan-out';
import type { Figure } from './figures';

/** P6, P7 and R9: what a plan costs, how good its estimate is, and that it serves each row once. */
export function planning(): Promise<Figure[]> {
  return Promise.resolve([...costOfPlanning(), ...estimates(), ...skews(), ...movingAudiences()]);
}

/** DynamoDB bills an eventually consistent query half a unit for each 4 KB begun, rounded once. */
function costOfPlanning(): Figure[] {
  const rowOf = (connectionId: string) => {
    const [partition, userId] = [channelId('lobby'), newId('u')];
    return {
      partition,
      slot: slotOf(partition, userId, connectionId),
      connectionId,
      userId,
      expiresAt: 1_795_255_800,
    };
  };
  // API Gateway's connection ids have 15 or 16 characters today.
  const bytes = itemSize(marshall(rowOf('L0SM9cOFvHcCIhw=')) as unknown as Parameters<typeof itemSize>[0]);
  const units = (rows: number) => Math.max(1, Math.ceil((rows * bytes) / 4096)) / 2;
  return [
    { name: 'P6 size of an audience row', unit: 'bytes', value: bytes },
    {
      name: 'P6 read units of a plan at any size, at most',
      unit: 'RCU',
      value: units(SAMPLE_SIZE),
      goal: '≤ 4',
    },
    { name: 'P6 read units of a plan at 10', unit: 'RCU', value: units(10) },
    { name: 'P6 round trips of a plan', unit: 'queries', value: 1, goal: '1' },
    { name: 'P6 reading every row instead, at 100,000', unit: 'RCU', value: units(100_000) },
  ];
}

const ROOMS = 1_000;
const ONE_DEVICE: Devices = [1];
/** 60 % of people on one device, 25 % on two, 15 % on three: 1.55 on average. */
const SEVERAL_DEVICES: Devices = [0.6, 0.25, 0.15];
const KINDS = [
  { words: 'one device each', devices: ONE_DEVICE },
  { words: '1.55 devices each', devices: SEVERAL_DEVICES },
];

function estimates(): Figure[] {
  const errorsOf = (estimate: (seed: number) => { size: number; estimated: number }) =>
    Array.from({ length: ROOMS }, (_, index) => {
      const { size, estimated } = estimate(index + 1);
      return (100 * (estimated - size)) / size;
    });
  const figures = (name: string, errors: readonly number[], goal?: string): Figure[] => [
    {
      name: `P7 size estimate, ${name}: root mean square error`,
      unit: '%',
      value: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length),
      ...(goal === undefined ? {} : { goal }),
    },
    {
      name: `P7 size estimate, ${name}: mean error`,
      unit: '%',
      value: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    },
  ];
  const million = errorsOf((seed) => ({
    size: 1_000_000,
    estimated: estimateSize(drawnPage(1_000_000, SAMPLE_SIZE, seed)),
  }));
  return [
    ...KINDS.flatMap(({ words, devices }) =>
      figures(
        `10,000 people with ${words}`,
        errorsOf((seed) => {
          const { size, sample } = drawnRoom(10_000, devices, SAMPLE_SIZE, seed);
          return { size, estimated: estimateSize(sample) };
        }),
        '≤ 6.5',
      ),
    ),
    ...figures('1,000,000 people with one device each', million, '≤ 6.5'),
  ];
}

/** The goal is set for parts of this size; the settings' larger ones are more even still. */
const SKEWED_PART = 2_000;

function skews(): Figure[] {
  return [10_000, 100_000].flatMap((size) =>
    KINDS.map(({ words, devices }) => {
      const perPerson = devices.reduce((sum, share, index) => sum + share * (index + 1), 0);
      const ratios = Array.from({ length: ROOMS }, (_, index) => {
        const room = drawnRoom(Math.round(size / perPerson), devices, SAMPLE_SIZE, index + 1);
        return room.skew(Math.round(room.size / SKEWED_PART));
      });
      return {
        name: `P7 largest part over the mean of 2,000 at ${size.toLocaleString('en')}, ${words}: p99`,
        unit: 'times',
        value: quantile(ratios, 0.99),
        goal: '≤ 1.1',
      };
    }),
  );
}

const PLANS = 1_000_000;

function movingAudiences(): Figure[] {
  let [gaps, overlaps] = [0, 0];
  for (let seed = 1; seed <= PLANS; seed += 1) {
    const served = serveMovingAudience(seed);
    gaps += served.gaps;
    overlaps += served.overlaps;
  }
  return [
    { name: 'R9 plans of audiences that move', unit: 'plans', value: PLANS },
    { name: 'R9 rows served by nobody', unit: 'rows', value: gaps, goal: '0' },
    { name: 'R9 rows served twice', unit: 'rows', value: overlaps, goal: '0' },
    { name: 'R9 time of one plan of 256 rows', unit: 'ms', value: timeOfAPlan() },
  ];
}

function timeOfAPlan(): number {
  const page = drawnPage(100_000, SAMPLE_SIZE, 1);
  const began = performance.now();
  for (let round = 0; round < 1_000; round += 1) planAudience(page, DEFAULTS);
  return (performance.now() - began) / 1_000;
}
