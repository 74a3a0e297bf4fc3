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
    const seconds = isWorker(name) ? part : ASSUMED.otherFunctionSeconds;
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
 * A room too large for this machine, served inline by the plan that it would have, from three that were metered: what
 * a recipient adds is the difference of two rooms in one part each, what a part adds that of two of the same size.
 */
export function scaled(
  { small, inOnePart, inParts }: Readonly<Record<'small' | 'inOnePart' | 'inParts', Metered>>,
  members: number,
  plan: Metered['plan'],
): Units {
  const unitsOf = (message: Metered, unit: Unit) => message.units[unit] ?? 0;
  const recipients = inOnePart.members - small.members;
  const parts = inParts.plan.parts - inOnePart.plan.parts;
  const units: Units = {};
  for (const unit of Object.keys(inParts.units) as Unit[]) {
    const base = unitsOf(inOnePart, unit);
    const perRecipient = Math.max(0, base - unitsOf(small, unit)) / recipients;
    const perPart = Math.max(0, unitsOf(inParts, unit) - base) / parts;
    units[unit] = base + (members - inOnePart.members) * perRecipient + (plan.parts - 1) * perPart;
  }
  const functions = inOnePart.functions.map((one) =>
    isWorker(one.name) ? { ...one, invocations: plan.parts } : one,
  );
  return atAws({ units, functions, plan, members });
}

const isWorker = (name: string) => name.includes('posttopart');

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
