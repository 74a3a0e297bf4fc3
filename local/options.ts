import { parseArgs } from 'node:util';
import { StartError } from './start-error';

export interface Options {
  /** CDK context as `cdk -c key=value` gives it: values are strings. */
  readonly context: Readonly<Record<string, string>>;
  /** 0 picks a free one. */
  readonly port: number;
  /** Where state is kept; undefined keeps it in memory. */
  readonly data: string | undefined;
  readonly reset: boolean;
  readonly speed: number;
  readonly faults: string;
  readonly seed: number;
  /** Workers per Lambda function. */
  readonly concurrency: number;
}

/** A command line that cannot be meant; the message is one line for the person who typed it. */
export class OptionsError extends StartError {
  override readonly name = 'OptionsError';
}

const DEFAULT_DATA = '.parley/data';

export const HELP = `npm start -- [options]

Runs Parley on this machine: the template that would be deployed, without an AWS account.

  -c key=value      CDK context, exactly as cdk takes it; repeatable. Without access, access=guests
  --port N          the port on 127.0.0.1 (8080); 0 picks a free one
  --data DIR        where tables, queues, logs and executions are kept (${DEFAULT_DATA})
  --ephemeral       keep everything in memory, and lose it at the end
  --reset           delete what the data directory holds before the start
  --speed N         run the clocks of the gateway, schedules, TTL and leases N times as fast (1)
  --faults SPEC     make things fail: point[subject]:effect(argument)@frequency; ...
  --seed N          the seed of the faults' random numbers, to repeat a run (1)
  --concurrency N   the most workers per Lambda function (2)
  --help            this text
`;

/**
 * Reads the command line of `npm start`. 'help' when it asks for the help text.
 * @throws OptionsError
 */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  if (values.ephemeral && values.data !== undefined)
    throw new OptionsError('--ephemeral and --data exclude each other');
  if (values.ephemeral && values.reset)
    throw new OptionsError('--reset has nothing to delete with --ephemeral');
  return {
    context: parseContext(values.context),
    port: numberOption('port', values.port, { integer: true, min: 0, max: 65_535 }),
    data: values.ephemeral ? undefined : (values.data ?? DEFAULT_DATA),
    reset: values.reset,
    speed: numberOption('speed', values.speed, { integer: false, min: 0.01, max: 100_000 }),
    faults: values.faults,
    seed: numberOption('seed', values.seed, { integer: true, min: 0, max: 0xffffffff }),
    concurrency: numberOption('concurrency', values.concurrency, { integer: true, min: 1, max: 1000 }),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        context: { type: 'string', short: 'c', multiple: true, default: [] },
        port: { type: 'string', default: '8080' },
        data: { type: 'string' },
        ephemeral: { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        speed: { type: 'string', default: '1' },
        faults: { type: 'string', default: '' },
        seed: { type: 'string', default: '1' },
        concurrency: { type: 'string', default: '2' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    // Node's messages go on about how to pass positional arguments; the first sentence says what is wrong.
    const [sentence] = error instanceof Error ? error.message.split(/\n|\. /) : [];
    throw new OptionsError(`${sentence ?? String(error)}; npm start -- --help lists the options`);
  }
}

/** As the CDK CLI reads `-c`: the key ends at the first `=`, and keys of the CLI itself are not the user's to set. */
export function parseContext(assignments: readonly string[]): Record<string, string> {
  const context: Record<string, string> = {};
  for (const assignment of assignments) {
    const separator = assignment.indexOf('=');
    if (separator < 1) throw new OptionsError(`-c takes key=value, not ${assignment}`);
    const key = assignment.slice(0, separator);
    if (key.startsWith('aws:'))
      throw new OptionsError(`-c cannot set ${key}: keys with aws: belong to the CDK CLI`);
    context[key] = assignment.slice(separator + 1);
  }
  return context;
}

function numberOption(
  name: string,
  text: string,
  { integer, min, max }: { readonly integer: boolean; readonly min: number; readonly max: number },
): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
    throw new OptionsError(
      `--${name} takes ${integer ? 'an integer' : 'a number'} from ${min} to ${max}, not ${text}`,
    );
  }
  return value;
}
