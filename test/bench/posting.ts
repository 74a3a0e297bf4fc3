import '../support/environment';
import { IN_FLIGHT, RUN_AHEAD } from '../../handlers/aws/sockets';
import { startConnectionsServer, type ConnectionsServer } from '../support/connections-server/start';
import type { Figure } from './figures';
import { inPairs, spread } from './pairs';
import { bareLoop, connectionIds, poster, promiseAll, sdk, type Way } from './posting-ways';

const PAIRS = 8;

/** P1, P2 and P3 of the goals, against a fake `@connections` in a process of its own. */
export async function posting(): Promise<Figure[]> {
  return [
    ...(await withServer({ tls: false }, (server) => processorTime(server, ''))),
    ...(await withServer({ tls: true }, (server) => processorTime(server, ', TLS'))),
    ...(await withServer({ tls: false }, rate)),
    ...(await withServer({ tls: false }, shareUsed)),
  ];
}

async function withServer(
  options: { tls: boolean },
  measure: (server: ConnectionsServer) => Promise<Figure[]>,
): Promise<Figure[]> {
  const server = await startConnectionsServer(options);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** P1: milliseconds of processor time a post, user and system, of this process alone. */
async function processorTime(server: ConnectionsServer, suffix: string): Promise<Figure[]> {
  const ids = connectionIds(2000);
  const ways = {
    ours: poster(server, IN_FLIGHT),
    sdk: sdk(server, IN_FLIGHT),
    bare: bareLoop(server, IN_FLIGHT),
  };
  const cost = (way: Way) => async () => {
    await server.follow({});
    const before = process.cpuUsage();
    await way.post(ids);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / ids.length;
  };
  // Sockets are opened and code is compiled before anything counts.
  for (const way of Object.values(ways)) for (let round = 0; round < 3; round += 1) await way.post(ids);
  const withSdk = await inPairs(PAIRS, cost(ways.sdk), cost(ways.ours));
  const withBare = await inPairs(PAIRS, cost(ways.ours), cost(ways.bare));
  for (const way of Object.values(ways)) way.release();
  return [
    spread(
      `P1 CPU a post, AWS SDK${suffix}`,
      'ms',
      withSdk.map(({ a }) => a),
    ),
    spread(`P1 CPU a post${suffix}`, 'ms', [...withSdk.map(({ b }) => b), ...withBare.map(({ a }) => a)]),
    spread(
      `P1 CPU a post, bare loop${suffix}`,
      'ms',
      withBare.map(({ b }) => b),
    ),
    spread(
      `P1 AWS SDK / ours${suffix}`,
      'times',
      withSdk.map(({ a, b }) => a / b),
      '≥ 6',
    ),
    spread(
      `P1 ours / bare loop${suffix}`,
      'times',
      withBare.map(({ a, b }) => a / b),
      '≤ 1.3',
    ),
  ];
}

/** P2: posts a second of one worker where each takes the gateway 30 ms. */
async function rate(server: ConnectionsServer): Promise<Figure[]> {
  const serviceTime = 30;
  const limit = (IN_FLIGHT / serviceTime) * 1000;
  const ours = poster(server, IN_FLIGHT);
  const sample = promiseAll(server);
  const perSecond = (way: Way, posts: number) => async () => {
    const ids = connectionIds(posts);
    await server.follow({ serviceTime });
    const began = performance.now();
    await way.post(ids);
    return (posts / (performance.now() - began)) * 1000;
  };
  // Each for one to two seconds.
  const [ourRate, sampleRate] = [perSecond(ours, 8000), perSecond(sample, 2000)];
  await ourRate();
  await sampleRate();
  const pairs = await inPairs(PAIRS, ourRate, sampleRate);
  ours.release();
  sample.release();
  return [
    spread(
      'P2 rate of the Promise.all sample',
      'posts/s',
      pairs.map(({ b }) => b),
    ),
    spread(
      'P2 rate, 200 in flight at 30 ms',
      'posts/s',
      pairs.map(({ a }) => a),
    ),
    spread(
      'P2 ours / sample',
      'times',
      pairs.map(({ a, b }) => a / b),
      '≥ 4',
    ),
    spread(
      `P2 ours / limit (${Math.round(limit)})`,
      'times',
      pairs.map(({ a }) => a / limit),
      '≥ 0.8',
    ),
  ];
}

/** P3: how much of its share a paced worker uses where more is refused. */
async function shareUsed(server: ConnectionsServer): Promise<Figure[]> {
  const share = 2000;
  const ids = connectionIds(5 * share);
  // As the account's bucket is to all workers together, and 50 ms more: posts do not arrive as evenly as they leave.
  const burst = (share * RUN_AHEAD) / 1000;
  const bucket = { perSecond: share, burst: burst + share / 20 };
  const measure = async (way: Way) => {
    await server.follow({ serviceTime: 10, bucket });
    await way.post(ids);
    const { answers, delivered, milliseconds } = await server.report();
    const all = Object.values(answers).reduce((sum, count) => sum + count, 0);
    way.release();
    return {
      used: Object.keys(delivered).length / (burst + share * (milliseconds / 1000)),
      refused: ((answers[429] ?? 0) / all) * 100,
      lost: ids.length - Object.keys(delivered).length,
    };
  };
  const unpaced = await measure(poster(server, IN_FLIGHT));
  const paced = await measure(poster(server, IN_FLIGHT, { postsPerSecond: share, runAhead: RUN_AHEAD }));
  return [
    { name: 'P3 refused, unpaced', unit: '%', value: unpaced.refused },
    { name: 'P3 share used', unit: 'times', value: paced.used, goal: '≥ 0.95' },
    { name: 'P3 refused', unit: '%', value: paced.refused, goal: '≤ 1' },
    { name: 'P3 lost', unit: 'posts', value: paced.lost, goal: '0' },
  ];
}
