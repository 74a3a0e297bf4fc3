/**
 * `npm run fuzz -- [--frames 10000000] [--sockets 100000] [--seed 1]`: random frames through parser and functions with
 * ports in memory, then through real sockets of the local runtime. Ends with 1 where an answer was not typed.
 */
import { parseArgs } from 'node:util';
import { startTestRuntime } from '../support/runtime';
import { fuzzHandlers, type Fuzzed } from './handlers';
import { fuzzSockets } from './sockets';

async function main(): Promise<void> {
  // Most answers are refusals, and nobody reads where from.
  Error.stackTraceLimit = 0;
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '10000000' },
      sockets: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const seed = Number(values.seed);
  let said = 0;
  const every = (step: number) => (done: number) => {
    if (done - said < step && done >= said) return;
    said = done;
    process.stderr.write(`${done.toLocaleString('en')} frames\n`);
  };
  report('functions', await timed(() => fuzzHandlers(Number(values.frames), seed, every(1_000_000))));
  if (Number(values.sockets) === 0) return;
  const runtime = await startTestRuntime();
  try {
    report(
      'sockets',
      await timed(() => fuzzSockets(runtime.url, Number(values.sockets), seed, every(10_000))),
    );
  } finally {
    await runtime.close();
  }
}

async function timed(work: () => Promise<Fuzzed>): Promise<Fuzzed & { seconds: number }> {
  const start = performance.now();
  const fuzzed = await work();
  return { ...fuzzed, seconds: (performance.now() - start) / 1000 };
}

function report(through: string, { frames, answers, faults, seconds }: Fuzzed & { seconds: number }): void {
  const rate = Math.round(frames / seconds).toLocaleString('en');
  console.log(
    `${frames.toLocaleString('en')} frames through ${through} in ${seconds.toFixed(0)} s, ${rate} a second`,
  );
  for (const [kind, count] of [...answers].toSorted(([, a], [, b]) => b - a)) {
    console.log(`  ${kind.padEnd(22)} ${count.toLocaleString('en')}`);
  }
  console.log(`  faults: ${faults.length}`);
  for (const { fault, frame, answer } of faults) {
    console.log(`  ${fault}\n    ${frame.slice(0, 500)}\n    ${answer.slice(0, 500)}`);
    process.exitCode = 1;
  }
}

void main();
