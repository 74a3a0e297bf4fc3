import { dollarsOf, LOGGING, PRICES, type Unit } from '../../local/billing/prices';
import { expressGbSeconds } from '../../local/billing/units';

/** What was metered for one message on average. */
export interface Metered {
  readonly members: number;
  readonly units: Readonly<Partial<Record<Unit, number>>>;
  /** Of each function: invocations a message, and its memory in MB. */
  readonly functions: readonly {
    readonly name: string;
    readonly invocations: number;
    readonly memory: number;
  }[];
  /** Units by `<unit> <table> <operation>`, to tell what grows with the members. */
  readonly database: Readonly<Record<string, number>>;
  readonly plan: { readonly tier: string; readonly parts: number; readonly postsPerSecond: number };
}

/**
 * What takes time on AWS, none of it measured there. A post is the 30 ms that everybody assumes (AWS publishes no
 * figure); the others are on the high side of what users report.
 */
export const ASSUMED = {
  postSeconds: 0.03,
  postsAtOnce: 200,
  /** Reading the part and writing its outcomes. */
  aroundPostsSeconds: 0.02,
  otherFunctionSeconds: 0.05,
  /** All of the Express workflow but its posts. */
  workflowSeconds: 0.3,
  childSeconds: 0.1,
  workflowMemoryMb: 64,
} as const;

export type Units = Partial<Record<Unit, number>>;

export function dollars(units: Units): number {
  return sum(units, (unit) => unit !== LOGGING);
}

export function loggingDollars(units: Units): number {
  return sum(units, (unit) => unit === LOGGING);
}

export function dollarsOfService(units: Units, service: string): number {
  return sum(units, (unit) => PRICES.table[unit].service === service);
}

/** The units of a message with the times of this machine exchanged for the assumed ones. */
export function atAws({ units, functions, plan, members }: Metered): Units {
  const part = partSeconds(members / plan.parts, plan.postsPerSecond);
  const lambda = functions.reduce((gbSeconds, { name, invocations, memory }) => {
    const seconds = name.includes('posttopart') ? part : ASSUMED.otherFunctionSeconds;
    return gbSeconds + invocations * seconds * (memory / 1024);
  }, 0);
  const inline = plan.tier === 'inline';
  const router = expressGbSeconds(
    (ASSUMED.workflowSeconds + (inline ? part : 0)) * 1000,
    ASSUMED.workflowMemoryMb,
  );
  const child = expressGbSeconds((ASSUMED.childSeconds + part) * 1000, ASSUMED.workflowMemoryMb);
  const children = (units.expressRequests ?? 1) - 1;
  return { ...units, lambdaArmGbSeconds: lambda, expressGbSeconds: router + children * child };
}

/**
 * A room too large for this machine, from one with as many parts: what grows with the members is scaled, everything
 * else is as metered. How DynamoDB's units grow is taken from two rooms of different size in one part each.
 */
export function scaled(broadcast: Metered, small: Metered, large: Metered, members: number): Units {
  const more = members - broadcast.members;
  const slope = (unit: string) =>
    Object.entries(large.database).reduce((total, [key, quantity]) => {
      if (!key.startsWith(`${unit} `)) return total;
      return total + Math.max(0, quantity - (small.database[key] ?? 0));
    }, 0) /
    (large.members - small.members);
  const { units } = broadcast;
  return atAws({
    ...broadcast,
    members,
    units: {
      ...units,
      websocketMessages: (units.websocketMessages ?? 0) + more,
      dynamodbReadUnits: (units.dynamodbReadUnits ?? 0) + more * slope('dynamodbReadUnits'),
      dynamodbWriteUnits: (units.dynamodbWriteUnits ?? 0) + more * slope('dynamodbWriteUnits'),
    },
  });
}

/** As long as the slower of the two takes: the posts themselves, or the pace that the plan gives a worker. */
function partSeconds(recipients: number, postsPerSecond: number): number {
  const { postsAtOnce, postSeconds, aroundPostsSeconds } = ASSUMED;
  const posting = Math.ceil(recipients / postsAtOnce) * postSeconds;
  return Math.max(posting, recipients / postsPerSecond) + aroundPostsSeconds;
}

function sum(units: Units, counts: (unit: Unit) => boolean): number {
  return Object.entries(units).reduce((total, [name, quantity]) => {
    const unit = name as Unit;
    return counts(unit) ? total + dollarsOf(unit, quantity) : total;
  }, 0);
}
