import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';

/**
 * The functions that Step Functions adds to JSONata, and those whose meaning it changes.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
 * Arguments that make no sense evaluate to nothing, which fails the field that holds the expression.
 */

/** The variable that carries the evaluation's time. No expression can name it, because of the space. */
export const NOW_BINDING = ' now';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function partition(array: unknown[], size: number): unknown[][] | undefined {
  const length = Math.trunc(size);
  if (!(length > 0) || array.length === 0) return undefined;
  return Array.from({ length: Math.ceil(array.length / length) }, (_, chunk) =>
    array.slice(chunk * length, (chunk + 1) * length),
  );
}

/** `range(0, 10, 2)` is [0,2,4,6,8,10]. A single number comes back bare, as AWS gives it. */
function range(start: number, end: number, step: number | undefined): number[] | number | undefined {
  const [from, to, by] = [Math.trunc(start), Math.trunc(end), Math.trunc(step ?? 0)];
  if (by === 0) return undefined;
  const length = Math.floor((to - from) / by) + 1;
  if (length < 1) return undefined;
  if (length > MAX_RANGE) throw new Error('Expression evaluation memory limit exceeded');
  return length === 1 ? from : Array.from({ length }, (_, index) => from + index * by);
}
const MAX_RANGE = 360_145;

function hash(text: string, algorithm: string | undefined): string | undefined {
  if (algorithm === undefined) return undefined;
  const name = HASHES[algorithm];
  if (name === undefined) throw new Error(`$hash takes ${Object.keys(HASHES).join(', ')}, not ${algorithm}`);
  return createHash(name).update(text).digest('hex');
}

/** Uniform in [0, 1); the same seed gives the same number (mulberry32), though not the number AWS gives. */
function random(seed: number | undefined): number {
  if (seed === undefined) return Math.random();
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4294967296;
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

const formatTime = jsonata('$fromMillis($time, $picture, $timezone)');

function timeOf(focus: jsonata.Focus): number {
  const time: unknown = focus.environment.lookup(NOW_BINDING);
  return typeof time === 'number' ? time : Number.NaN;
}

/** Gives a compiled expression the functions of Step Functions; `$now` and `$millis` read the bound time. */
export function registerStepFunctions(expression: jsonata.Expression): void {
  expression.registerFunction('partition', partition, '<an:a>');
  expression.registerFunction('range', range, '<nnn?:x>');
  expression.registerFunction('hash', hash, '<s-s?:s>');
  expression.registerFunction('random', random, '<n?:n>');
  expression.registerFunction('uuid', () => randomUUID(), '<:s>');
  expression.registerFunction('parse', parse, '<s-:x>');
  expression.registerFunction(
    'millis',
    function () {
      return timeOf(this);
    },
    '<:n>',
  );
  expression.registerFunction(
    'now',
    function (picture?: string, timezone?: string) {
      return picture === undefined
        ? new Date(timeOf(this)).toISOString()
        : formatTime.evaluate(undefined, { time: timeOf(this), picture, timezone });
    },
    '<s?s?:s>',
  );
}

/** Every function an expression may call: JSONata's own without `$eval`, which AWS disables, and the above. */
export const KNOWN_FUNCTIONS: ReadonlySet<string> = new Set(
  [
    'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad',
    'match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round',
    'abs sqrt power boolean not map zip filter single reduce sift keys lookup append exists spread merge',
    'reverse each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl',
    'decodeUrlComponent decodeUrl toMillis fromMillis clone now millis random partition range hash uuid parse',
  ].flatMap((line) => line.split(' ')),
);
