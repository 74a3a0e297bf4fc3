import { contend } from '../support/contention';
import { reportedDurations } from '../support/function-logs';
import { spawnRuntime } from '../support/runtime';
import { summarize, type Figure } from './figures';

/** What every write on a condition takes longer: appending, reserving, finishing. */
const STORE = 'table.conditional:slow(5ms-15ms)';
/** Fan-outs wait for the sweep, so that accepting has the machine to itself, as it has on AWS. */
const NO_FAN_OUT = 'bus.put:fail';
/** On AWS every frame under way has a worker of its own; here that would be more than the machine can hold. */
const WORKERS = '6';
const LOAD = { connections: 20, perSecond: 50, seconds: 20 };

/**
 * 20 connections that write 50 messages a second into one room for 20 s, each message with an id of its own. Replies are
 * the client's view: they hold the wait for a free worker, of which there are few here, and the wait of who is late.
 * What the function takes by itself is in its REPORT lines: numbering with its retries and the slowed writes, and still the
 * wait for a processor, which all functions, the tables and these clients share here.
 */
export async function contention(): Promise<Figure[]> {
  return [
    ...(await measure('accepting alone', `${STORE};${NO_FAN_OUT}`)),
    ...(await measure('beside the fan-outs', STORE)),
  ];
}

async function measure(name: string, faults: string): Promise<Figure[]> {
  const runtime = await spawnRuntime([
    ...['--port', '0', '--ephemeral', '--concurrency', WORKERS, '--faults', faults],
  ]);
  try {
    // The first messages start the workers of the functions.
    await contend(runtime.url, { ...LOAD, seconds: 2 });
    const since = Date.now();
    const { sent, numbers, refused, replies, rate } = await contend(runtime.url, LOAD);
    const durations = await reportedDurations('accept-message', { endpoint: runtime.endpoint, since });
    const { busy = 0, ...others } = refused;
    const faulty = Object.values(others).reduce((sum, times) => sum + times, 0);
    const distinct = new Set(numbers);
    return [
      { name: `${name}: accepted a second, of 50`, unit: '', value: rate },
      { name: `${name}: busy, of ${sent}`, unit: '%', value: (100 * busy) / sent, goal: '≤ 0.1' },
      { name: `${name}: refused otherwise`, unit: '', value: faulty, goal: '0' },
      { name: `${name}: numbers given twice`, unit: '', value: numbers.length - distinct.size, goal: '0' },
      { name: `${name}: numbers left out`, unit: '', value: Math.max(...numbers) - distinct.size, goal: '0' },
      ...summarize(`${name}: reply, as the client sees it`, replies, { p99: '≤ 250' }),
      ...summarize(`${name}: accept-message by itself, as it reports`, durations, { p99: '≤ 250' }),
    ];
  } finally {
    await runtime.kill();
  }
}
