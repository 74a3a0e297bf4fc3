/** What a setting may be, in words and as a check. */
export interface Setting<T> {
  /** For people, e.g. `seconds`. Empty where the value is a word. */
  readonly unit: string;
  readonly default: T;
  /** How the README writes the default where it is not a plain value, e.g. `true outside dev`. */
  readonly defaultInWords?: string;
  readonly description: string;
  /** Completes "must ...", e.g. `be a whole number from 1 to 40`. */
  readonly must: string;
  /** What was given may hold a secret, so no error repeats it. */
  readonly isSecret?: boolean;
  /** The value, or undefined where it is not what it must be. `-c` gives strings, cdk.json gives JSON values. */
  readonly read: (given: unknown) => T | undefined;
}

type About<T> = Pick<Setting<T>, 'unit' | 'default' | 'defaultInWords' | 'description'>;

export function wholeNumber(from: number, to: number, about: About<number>): Setting<number> {
  return {
    ...about,
    must: `be a whole number from ${from} to ${to}`,
    read: (given) => readNumber(given, from, to),
  };
}

/** A number that is left to AWS unless it is set. */
export function optionalNumber(
  from: number,
  to: number,
  about: Pick<Setting<number>, 'unit' | 'description'>,
): Setting<number | undefined> {
  return {
    ...wholeNumber(from, to, { ...about, default: from }),
    default: undefined,
    defaultInWords: 'not set',
  };
}

/** One of a few numbers, e.g. the retention times that CloudWatch knows. */
export function numberFrom<T extends number>(allowed: readonly T[], about: About<T>): Setting<T> {
  return {
    ...about,
    must: `be one of ${allowed.join(', ')}`,
    read: (given) => allowed.find((each) => each === readNumber(given, each, each)),
  };
}

export function oneOf<T extends string>(
  allowed: readonly T[],
  about: Omit<About<T>, 'unit'>,
  must = `be ${new Intl.ListFormat('en', { type: 'disjunction' }).format(allowed)}`,
): Setting<T> {
  return { ...about, unit: '', must, read: (given) => allowed.find((each) => each === given) };
}

export function flag<T extends boolean | undefined>(about: Omit<About<T>, 'unit'>): Setting<T | boolean> {
  return {
    ...about,
    unit: '',
    must: 'be true or false',
    read: (given) => {
      if (given === true || given === 'true') return true;
      return given === false || given === 'false' ? false : undefined;
    },
  };
}

export function text(pattern: RegExp, must: string, about: Omit<About<string>, 'unit'>): Setting<string> {
  return {
    ...about,
    unit: '',
    must,
    read: (given) => (typeof given === 'string' && pattern.test(given) ? given : undefined),
  };
}

function readNumber(given: unknown, from: number, to: number): number | undefined {
  const digits = typeof given === 'string' && /^\d{1,9}$/.test(given);
  const number = digits ? Number(given) : given;
  const fits = typeof number === 'number' && Number.isInteger(number) && number >= from && number <= to;
  return fits ? number : undefined;
}
