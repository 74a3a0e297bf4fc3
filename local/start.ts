import path from 'node:path';
import { keepFresh, prepareAssembly } from './assembly/assembly-cache';
import { SynthError } from './assembly/synth';
import { openDataDirectory } from './data-directory';
import { awsLine, wscatLine } from './operator/home-page';
import { HELP, parseOptions, type Options } from './options';
import { FaultSyntaxError, parseFaults } from './faults/grammar';
import type { Runtime } from './runtime';
import { StartError } from './start-error';

/** How often a running process marks its assembly as used. Well under the hour after which it could be deleted. */
const KEEP_FRESH_MS = 600_000;

async function main(): Promise<void> {
  const started = performance.now();
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  parseFaults(options.faults);
  const ending = new Ending();
  const root = path.join(__dirname, '..');
  const data = options.data === undefined ? undefined : path.resolve(root, options.data);
  if (data !== undefined) openDataDirectory(data, { reset: options.reset });

  const context = withAccess(options.context);
  // The modules of the runtime load while the app is synthesized, or its inputs are read.
  const loading = import('./runtime.js');
  const { directory } = await prepareAssembly(root, context, () =>
    console.log('Synthesizing the stacks ...'),
  );
  setInterval(() => keepFresh(directory), KEEP_FRESH_MS).unref();

  const { startRuntime } = await loading;
  const runtime = await startRuntime({
    ...options,
    assembly: directory,
    data,
    log: (line) => console.log(line),
  });
  ending.close(runtime);
  announce(runtime, options, data, performance.now() - started);
}

/** Without a word on who may enter, everybody at this machine may, and open channels too: it is for trying things. */
function withAccess(context: Options['context']): Options['context'] {
  if (context['access'] !== undefined) return context;
  const channels = context['channelsByJoining'] ?? 'everyone';
  console.log(
    `access=guests channelsByJoining=${channels}: whoever can open this port may chat, under any name`,
  );
  return { access: 'guests', channelsByJoining: channels, ...context };
}

function announce(runtime: Runtime, options: Options, data: string | undefined, milliseconds: number): void {
  const { addresses } = runtime;
  const faults = runtime.faults.list().length;
  console.log(
    [
      '',
      `  Browser    ${addresses.endpoint}/`,
      `  Console    ${addresses.console}`,
      `  AWS APIs   ${addresses.endpoint}`,
      `             ${awsLine(addresses)}`,
      `  Data       ${data ?? 'in memory, gone at the end'}`,
      ...(options.speed === 1 ? [] : [`  Clock      ${options.speed} times as fast`]),
      ...(faults === 0 ? [] : [`  Faults     ${faults} rules, seed ${runtime.faults.seed}`]),
      '',
      `Ready in ${(milliseconds / 1000).toFixed(1)} s: ${addresses.websocket}`,
      '',
      `  ${wscatLine(addresses)}`,
      '',
    ].join('\n'),
  );
}

/** A terminal's Ctrl-C reaches this process directly and through its parents: so close together, it is one. */
const SAME_KEY_PRESS_MS = 500;

/** Ctrl-C: the first closes cleanly, the second ends at once. Before there is anything to close, so does the first. */
class Ending {
  #runtime: Runtime | undefined;
  #pressedAt: number | undefined;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#pressed());
  }

  close(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  #pressed(): void {
    if (this.#pressedAt !== undefined) {
      if (performance.now() - this.#pressedAt > SAME_KEY_PRESS_MS) process.exit(1);
      return;
    }
    this.#pressedAt = performance.now();
    if (this.#runtime === undefined) process.exit(0);
    console.log('\nClosing ...');
    this.#runtime.close().then(() => process.exit(0), fail);
  }
}

/** What a person can mend is one line; anything else is a mistake in here and shows where. */
function fail(error: unknown): never {
  if (error instanceof SynthError) console.error(error.output);
  const known = error instanceof StartError || error instanceof FaultSyntaxError;
  console.error(known ? error.message : error);
  process.exit(1);
}

main().catch(fail);
