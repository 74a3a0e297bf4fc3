import { FAULT_POINTS, type ArgumentKind } from './points';

/**
 * The written form of faults:
 *
 *     rules     = rule { (";" | newline) rule }
 *     rule      = point [ "[" subject "]" ] ":" effect [ "(" argument ")" ] [ "@" frequency ]
 *     subject   = the exact name, or a pattern in which "*" stands for any characters
 *     argument  = duration | duration "-" duration | word      (which one depends on the effect)
 *     duration  = number ("ms" | "s" | "m")
 *     frequency = rate | count
 *     rate      = a number with "." or "%": 0.1, 10%, 1.0; greater than 0, at most 1
 *     count     = a whole number of at least 1, with or without "x": 3, x3: the next three calls
 *
 * A plain whole number is always a count and never a rate: `@1` is "the next call", `@1.0` is "each call",
 * which is also what a rule without frequency means. Points and effects: points.ts.
 *
 *     connections.post:status(429)@10% ; function.invoke[post-to-part]:kill@x1 ; table.conditional:slow(5ms-15ms)
 */
export interface FaultRule {
  /** The rule as it was written, without surrounding space. */
  readonly text: string;
  readonly point: string;
  /** Absent where the rule applies to each subject. */
  readonly subject?: RegExp;
  readonly effect: string;
  readonly argument: string;
  /** For effects that take a duration: shortest and longest, in milliseconds. */
  readonly duration?: DurationRange;
  readonly frequency: { readonly rate: number } | { readonly count: number };
}

interface DurationRange {
  readonly from: number;
  readonly to: number;
}

/** A fault specification that cannot be read. `message` is one line: where, what, and what is allowed there. */
export class FaultSyntaxError extends Error {
  override readonly name = 'FaultSyntaxError';
}

/** Reads a specification; the empty one has no rules. Throws FaultSyntaxError. */
export function parseFaults(spec: string): FaultRule[] {
  return [...spec.matchAll(/[^;\n\r]+/g)].flatMap((match) => {
    const text = match[0].trim();
    if (text === '') return [];
    return [parseRule(text, match.index + match[0].indexOf(text))];
  });
}

function parseRule(text: string, offset: number): FaultRule {
  let at = 0;
  const fail = (position: number, problem: string): never => {
    throw new FaultSyntaxError(`Fault specification, character ${offset + position + 1}: ${problem}`);
  };
  const take = (pattern: RegExp): string | undefined => {
    const found = new RegExp(pattern, 'y');
    found.lastIndex = at;
    const match = found.exec(text);
    if (match === null) return undefined;
    at = found.lastIndex;
    return match[1] ?? match[0];
  };

  const point = take(/[\w.]+/) ?? '';
  const known = Object.hasOwn(FAULT_POINTS, point) ? FAULT_POINTS[point] : undefined;
  if (known === undefined) {
    return fail(
      0,
      `expected a point, one of ${Object.keys(FAULT_POINTS).join(', ')}; found "${excerpt(text, 0)}"`,
    );
  }
  const subject = take(/\[([^\]]+)\]/);
  if (take(/:/) === undefined) {
    return fail(at, `expected "[${known.subject}]" or ":" and an effect; found "${excerpt(text, at)}"`);
  }

  const effectAt = at;
  const effect = take(/\w+/) ?? '';
  const kind = Object.hasOwn(known.effects, effect) ? known.effects[effect] : undefined;
  if (kind === undefined) {
    const allowed = Object.keys(known.effects).join(', ');
    return fail(
      effectAt,
      `expected an effect of ${point}, one of ${allowed}; found "${excerpt(text, effectAt)}"`,
    );
  }

  const argumentAt = at;
  const argument = take(/\(([^)]*)\)/) ?? '';
  const read = readArgument(kind, argument.trim());
  if (typeof read === 'string')
    return fail(argumentAt, `${effect} ${read}; found "${excerpt(text, argumentAt)}"`);

  const frequencyAt = at;
  const written = take(/@([^\s]*)/);
  const frequency = written === undefined ? { rate: 1 } : readFrequency(written);
  if (frequency === undefined) {
    return fail(
      frequencyAt,
      `expected a frequency, a rate such as @0.1 or @10% or a count such as @3 or @x3; found "@${written}"`,
    );
  }
  if (at < text.length) {
    return fail(at, `expected "@frequency", ";" or the end of the rule; found "${excerpt(text, at)}"`);
  }
  return {
    text,
    point,
    ...(subject === undefined ? {} : { subject: subjectPattern(subject) }),
    effect,
    argument: argument.trim(),
    ...(read.duration === undefined ? {} : { duration: read.duration }),
    frequency,
  };
}

function excerpt(text: string, at: number): string {
  const rest = text.slice(at);
  return rest.length > 30 ? `${rest.slice(0, 30)}…` : rest;
}

/** What the argument means, or what it should have been. */
function readArgument(kind: ArgumentKind, argument: string): { duration?: DurationRange } | string {
  switch (kind.kind) {
    case 'none':
      return argument === '' ? {} : 'takes no argument';
    case 'choice':
      return kind.choices.includes(argument) ? {} : `takes one of ${kind.choices.join(', ')} in parentheses`;
    case 'times':
      return argument === '' || /^([2-9]|[1-9]\d+)$/.test(argument)
        ? {}
        : 'takes a whole number of at least 2 in parentheses';
    case 'duration': {
      const duration = readDuration(argument === '' ? (kind.otherwise ?? '') : argument);
      return duration === undefined ? 'takes a duration such as (500ms), (2s) or (5ms-15ms)' : { duration };
    }
  }
}

function readDuration(text: string): DurationRange | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)(?:\s*-\s*(\d+(?:\.\d+)?)(ms|s|m))?$/.exec(text);
  if (match === null) return undefined;
  const [, from, unit, to, toUnit] = match;
  const shortest = inMilliseconds(from, unit);
  const longest = to === undefined ? shortest : inMilliseconds(to, toUnit);
  return longest < shortest ? undefined : { from: shortest, to: longest };
}

function inMilliseconds(amount: string | undefined, unit: string | undefined): number {
  return Number(amount) * (unit === 'ms' ? 1 : unit === 's' ? 1_000 : 60_000);
}

function readFrequency(text: string): FaultRule['frequency'] | undefined {
  const count = /^x?([1-9]\d*)$/.exec(text);
  if (count !== null) return { count: Number(count[1]) };
  if (!/^(\d+\.\d+|\.\d+|\d+(\.\d+)?%)$/.test(text)) return undefined;
  const rate = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  return rate > 0 && rate <= 1 ? { rate } : undefined;
}

function subjectPattern(subject: string): RegExp {
  const literal = subject.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 's');
}
