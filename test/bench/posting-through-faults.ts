import { audit } from '../support/connections-server/audit';
import type { Script, Trouble } from '../support/connections-server/script';
import { startConnectionsServer, type ConnectionsServer } from '../support/connections-server/start';
import type { PostOutcome } from '../../handlers/chat/ports';
import type { Figure } from './figures';
import { inPairs, spread } from './pairs';
import { connectionIds, poster, sdk } from './posting-ways';

const SIZES = [1000, 10_000];
const IN_FLIGHT = [50, 200, 1000];
const TROUBLES: readonly Trouble[] = [429, 500, 'reset'];
const OUTAGE = 2000;

/** R6 and R7 of the goals at full size, and P8 on real sockets. */
export async function postingThroughFaults(): Promise<Figure[]> {
  const server = await startConnectionsServer();
  try {
    return [...(await manyFaults(server)), ...(await oneSlowConsumer(server))];
  } finally {
    await server.stop();
  }
}

async function manyFaults(server: ConnectionsServer): Promise<Figure[]> {
  // Code is compiled before anything is timed.
  await faulty(server, {}, 5000, (over) => over, poster(server, 200));
  const figures: Figure[] = [];
  const faults = TROUBLES.flatMap((trouble): [string, Script, number][] => [
    [`first tries ${trouble}`, { firstTry: trouble }, 0],
    [`2 s of ${trouble}`, { outage: { after: 200, milliseconds: OUTAGE, trouble } }, OUTAGE],
  ]);
  for (const [name, script, outage] of faults) {
    const results = [];
    for (const size of SIZES)
      for (const inFlight of IN_FLIGHT)
        results.push(
          await faulty(server, script, size, (over) => (over - outage) / size, poster(server, inFlight)),
        );
    const ofSdk = [];
    for (const inFlight of IN_FLIGHT)
      ofSdk.push(await faulty(server, script, 1000, (over) => over, sdk(server, inFlight)));
    figures.push(
      spread(
        `R6 ${name}: lost of 1,000 by the AWS SDK`,
        'posts',
        ofSdk.map(({ lost }) => lost),
      ),
      {
        name: `R6 ${name}: lost`,
        unit: 'posts',
        value: Math.max(...results.map(({ lost }) => lost)),
        goal: '0',
      },
      {
        name: `R6 ${name}: beyond the outage, a 1,000`,
        unit: 's',
        value: Math.max(...results.map(({ time }) => time)),
        goal: '≤ 1',
      },
    );
  }
  return figures;
}

async function faulty(
  server: ConnectionsServer,
  script: Script,
  size: number,
  timeOf: (milliseconds: number) => number,
  way: {
    post(ids: readonly string[]): Promise<PostOutcome[]>;
    inPages?(ids: readonly string[]): Promise<PostOutcome[]>;
    release(): void;
  },
) {
  const ids = connectionIds(size);
  await server.follow(script);
  const began = performance.now();
  const outcomes = await (way.inPages ?? way.post)(ids);
  const milliseconds = performance.now() - began;
  way.release();
  const found = audit(
    ids.map((connectionId) => ({ connectionId })),
    outcomes,
    await server.report(),
  );
  if (found.untrue > 0 || found.missing > 0)
    throw new Error(`${found.untrue} outcomes are untrue, ${found.missing} missing`);
  return { lost: found.lost, time: timeOf(milliseconds) };
}

/** R7, and P8 on real sockets: until the last of the well has it, beside others that are not. */
async function oneSlowConsumer(server: ConnectionsServer): Promise<Figure[]> {
  const well = connectionIds(2000);
  const beside = (others: readonly string[]) => {
    const every = Math.ceil(well.length / Math.max(1, others.length));
    return well.flatMap((id, index) => [
      ...(index % every === 0 ? others.slice(index / every, index / every + 1) : []),
      id,
    ]);
  };
  const way = poster(server, 200);
  let mostTries = 0;
  const untilTheLast = (ids: readonly string[]) => async () => {
    await server.follow({ serviceTime: 30 });
    await way.post(ids);
    const { milliseconds, tries } = await server.report();
    for (const [id, count] of Object.entries(tries))
      if (id.startsWith('slow-')) mostTries = Math.max(mostTries, count);
    return milliseconds;
  };
  const some = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  await way.post(well);
  const one = await inPairs(8, untilTheLast(beside(some('slow-', 1))), untilTheLast(well));
  const many = await inPairs(8, untilTheLast(beside(some('slow-', 100))), untilTheLast(well));
  way.release();
  return [
    spread(
      'R7 others beside one slow / alone',
      'times',
      one.map(({ a, b }) => a / b),
    ),
    spread(
      'P8 others beside 5 % slow / alone, real sockets',
      'times',
      many.map(({ a, b }) => a / b),
    ),
    { name: 'R7 tries of a slow one', unit: 'tries', value: mostTries, goal: '≤ 7' },
  ];
}
