import { spawn } from 'node:child_process';
import path from 'node:path';
import { prepareAssembly } from '../../local/assembly/assembly-cache';
import { SynthError } from '../../local/assembly/synth';
import { startRuntime, type Runtime, type RuntimeOptions } from '../../local/runtime';

const ROOT = path.join(__dirname, '..', '..');

const PLENTY = '1000000';
/** Tests talk as fast as they can, thousands of people from one address; the limits have tests of their own. */
export const LIMITS_LIFTED = {
  messagesPerSecond: PLENTY,
  messageBurst: PLENTY,
  userMessagesPerSecond: PLENTY,
  userMessageBurst: PLENTY,
  commandsPerSecond: PLENTY,
  commandBurst: PLENTY,
  userCommandsPerSecond: PLENTY,
  userCommandBurst: PLENTY,
  connectsPerMinute: PLENTY,
  addressConnectsPerMinute: PLENTY,
} as const;
/** The same, for the command line of `npm start`. */
export const LIFTED_OPTIONS = Object.entries(LIMITS_LIFTED).flatMap(([name, value]) => [
  '-c',
  `${name}=${value}`,
]);
/** Everybody may chat as a guest and open channels, as `npm start` lets them. */
const OPEN_TO_ALL = { access: 'guests', channelsByJoining: 'everyone' } as const;

export interface TestRuntimeOptions extends Partial<RuntimeOptions> {
  /** CDK context, as `-c` gives it; open to all and without limits unless told. */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * The whole product in this process, on a free port, in memory unless `data` is given. The first call with some
 * context synthesizes it, which takes seconds; give that test file's `beforeAll` a minute. Close what this gives.
 */
export async function startTestRuntime({
  context = {},
  ...options
}: TestRuntimeOptions = {}): Promise<Runtime> {
  const assembly = options.assembly ?? (await testAssembly(context));
  // Few tests need all functions. Where time runs faster, loading one would take minutes of it.
  const warm = (options.speed ?? 1) > 1;
  return startRuntime({ port: 0, log: printUnexpected, warm, ...options, assembly });
}

/** The directory of the product's assembly with this context, from the cache when nothing has changed. */
export async function testAssembly(context: Readonly<Record<string, string>> = {}): Promise<string> {
  const whole = { ...OPEN_TO_ALL, ...LIMITS_LIFTED, ...context };
  const prepared = prepareAssembly(ROOT, whole).catch((error: unknown) => {
    throw error instanceof SynthError ? new Error(`The synthesis failed: ${error.output}`) : error;
  });
  return (await prepared).directory;
}

/** How an authorizer says 401; Lambda takes it for an error. */
const UNAUTHORIZED = '"errorMessage":"Unauthorized"';

/** Errors of the runtime and of functions belong into the output of the test that caused them. */
function printUnexpected(line: string): void {
  if (line.includes('ERROR') && !line.includes(UNAUTHORIZED)) process.stderr.write(`${line}\n`);
}

/** `npm start` as a process of its own. */
export interface SpawnedRuntime {
  /** The WebSocket API, e.g. `ws://127.0.0.1:41000/dev`. */
  readonly url: string;
  /** The AWS APIs, e.g. `http://127.0.0.1:41000`. */
  readonly endpoint: string;
  /** Everything that it printed so far. */
  output(): string;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /** Ctrl-C, or SIGTERM: resolves with the exit code once everything is closed. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
  /** kill -9 of all its processes: resolves when they are gone. */
  kill(): Promise<void>;
}

/** What a start that failed printed, and its exit code. */
export class StartFailed extends Error {
  constructor(
    readonly code: number | null,
    readonly output: string,
  ) {
    super(`npm start ended with ${code}: ${output}`);
  }
}

/**
 * Starts the real command with these arguments (add `--port 0` and a data directory of your own, or `--ephemeral`)
 * and resolves when /health says that it is ready. Rejects with StartFailed when it ends before.
 * Limits are lifted unless these arguments set them.
 * @param nodeOptions for Node itself, e.g. `--inspect=0`
 */
export async function spawnRuntime(
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<SpawnedRuntime> {
  // Without bin/run.js, which would install packages underneath the tests where it finds them out of date.
  const command = ['--import', 'tsx', 'local/start.ts', ...LIFTED_OPTIONS, ...args];
  const child = spawn(process.execPath, [...nodeOptions, ...command], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that signals reach it as they would from its terminal.
    detached: true,
  });
  let output = '';
  let noticed = () => {};
  const listen = (chunk: Buffer) => {
    output += chunk.toString('utf8');
    noticed();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It has ended already.
    }
  };

  const ready = new Promise<string>((resolve) => {
    noticed = () => {
      const url = /^Ready in .*: (ws:\S+)$/m.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
  });
  const failed = exited.then((code) => Promise.reject(new StartFailed(code, output)));
  const url = await Promise.race([ready, failed]);
  failed.catch(() => {});
  const endpoint = `http://${new URL(url).host}`;
  const health = await fetch(`${endpoint}/health`);
  if (health.status !== 200) throw new Error(`/health answers ${health.status} after the ready line`);
  return {
    url,
    endpoint,
    output: () => output,
    exited,
    stop: (name = 'SIGINT') => {
      signal(name);
      return exited;
    },
    kill: async () => {
      signal('SIGKILL');
      await exited;
    },
  };
}
