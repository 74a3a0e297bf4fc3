import { cpus, totalmem } from 'node:os';
import { bill } from './bill';
import { bundles } from './bundles';
import { calls } from './calls';
import { contention } from './contention';
import { fanOut } from './fan-out';
import { fanOutPicture } from './fan-out-picture';
import { table, type Figure } from './figures';
import { flood } from './flood';
import { local } from './local';
import { massDisconnectOfARoom } from './mass-disconnect';
import { numbering } from './numbering';
import { order, recovery } from './order-and-recovery';
import { planning } from './planning';
import { posting } from './posting';
import { postingThroughFaults } from './posting-through-faults';
import { pruning } from './pruning';
import { realSockets } from './real-sockets';

/** Benchmarks by name: `npm run bench` runs all, `npm run bench -- NAME` one, `--json` prints one object a benchmark. */
const benchmarks: Readonly<Record<string, () => Promise<Figure[]>>> = {
  bill,
  bundles,
  calls,
  'fan-out': fanOut,
  'fan-out-picture': fanOutPicture,
  flood,
  numbering,
  contention,
  order,
  planning,
  recovery,
  local,
  posting,
  'posting-through-faults': postingThroughFaults,
  pruning,
  'mass-disconnect': massDisconnectOfARoom,
  'real-sockets': realSockets,
};

async function main(): Promise<void> {
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const unknown = wanted.filter((name) => benchmarks[name] === undefined);
  if (unknown.length > 0) {
    console.error(
      `There is no benchmark ${unknown.join(', ')}. There is: ${Object.keys(benchmarks).join(', ')}.`,
    );
    process.exit(1);
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  for (const [name, run] of Object.entries(benchmarks)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const figures = await run();
    const date = new Date().toISOString().slice(0, 10);
    if (process.argv.includes('--json'))
      console.log(JSON.stringify({ benchmark: name, date, machine, figures }));
    else console.log(`\n${name} (${date}, ${machine})\n\n${table(figures)}\n`);
  }
}

void main();
