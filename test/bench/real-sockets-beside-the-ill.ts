import { Deployed } from '../support/deployed';
import { spawnRuntime } from '../support/runtime';
import type { Figure } from './figures';
import { quantile } from './fan-out';
import { inPairs, median, spread } from './pairs';
import { RoomOfSockets, type Member } from './room-of-sockets';

const PAIRS = 7;
const WARM_UP = 2;
/** Connection ids are base64, so each first character stands for a sixty-fourth of them: three are 4.7 %. */
const SLOW_INITIALS = ['A', 'k', 'W'];
/** What is gone stays gone unpruned, so that each message meets as many. */
const ALWAYS = 'gateway.disconnect:drop; function.invoke[prune-part]:throw';

/**
 * P8 on real sockets: two rooms of one runtime, one all well; in the other every second socket was killed and each
 * post to a twentieth of them takes a second more. Messages go to the two in turn, A B B A. Each part has its own
 * worker, as on AWS. What counts is the p99, from sending to arriving, of the same half less that twentieth.
 */
export async function besideTheIllOnRealSockets(size: number): Promise<Figure[]> {
  const context = ['-c', 'alerts=off', '-c', 'inlineParts=5', '--concurrency', '5'];
  const runtime = await spawnRuntime(['--port', '0', '--ephemeral', ...context]);
  const deployed = new Deployed(runtime.endpoint);
  try {
    await deployed.faults(ALWAYS);
    const ill = await RoomOfSockets.open(runtime.url, deployed, 'ill', size);
    const well = await RoomOfSockets.open(runtime.url, deployed, 'well', size);
    const killed = ill.members.filter((member, index) => index % 2 === 0 && member !== ill.sender);
    await ill.outgrowGrace(killed);
    for (const { client } of killed) client.kill();
    await Promise.all(killed.map(({ client }) => client.closed));

    let messages = 0;
    const p99In = async (room: RoomOfSockets, slow: boolean) => {
      await deployed.faults(faultsWith(slow));
      messages += 1;
      const { messageId, at } = await room.send(`message ${messages}`);
      const healthy = room.members.filter(
        (member, index) => index % 2 === 1 && !isSlow(member) && member !== room.sender,
      );
      const times = healthy.flatMap(({ arrivals }) =>
        arrivals.flatMap((arrival) => (arrival.messageId === messageId ? [arrival.at - at] : [])),
      );
      if (times.length < healthy.length)
        throw new Error(`${healthy.length - times.length} healthy members did not get the message`);
      return quantile(times, 0.99);
    };
    const alone = () => p99In(well, false);
    const beside = () => p99In(ill, true);
    for (let round = 0; round < WARM_UP; round += 1) {
      await alone();
      await beside();
    }
    const pairs = await inPairs(PAIRS, alone, beside);

    const slow = ill.members.filter((member) => isSlow(member)).length;
    for (const room of [ill, well]) room.close();
    const name = `P8 on real sockets, ${size.toLocaleString('en')} in a room`;
    return [
      { name: `${name}: slow`, unit: '%', value: (100 * slow) / size },
      { name: `${name}: gone`, unit: '%', value: (100 * killed.length) / size },
      {
        name: `${name}: p99 of the healthy, room all well`,
        unit: 'ms',
        value: median(pairs.map(({ a }) => a)),
      },
      {
        name: `${name}: p99 of the healthy beside the ill`,
        unit: 'ms',
        value: median(pairs.map(({ b }) => b)),
      },
      spread(
        `${name}: second over first`,
        'times',
        pairs.map(({ a, b }) => b / a),
        '≤ 1.05',
      ),
    ];
  } finally {
    deployed.close();
    await runtime.stop();
  }
}

const isSlow = ({ connection }: Member) =>
  SLOW_INITIALS.some((initial) => connection.connectionId.startsWith(initial));

/** No id has a `!`, so the room that is well costs the gateway as many looks at rules, and no connection is slow. */
function faultsWith(slow: boolean): string {
  const rules = SLOW_INITIALS.map((initial) => `connections.post[${initial}*${slow ? '' : '!'}]:slow(1s)`);
  return [ALWAYS, ...rules].join('; ');
}
