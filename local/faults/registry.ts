import type { Fault, Faults } from './faults';
import { parseFaults, type FaultRule } from './grammar';
import { seededRandom } from './random';

/** The faults of a running process, which can be exchanged while it runs. */
export interface FaultRegistry extends Faults {
  readonly seed: number;
  /** Replaces all rules, and starts each one's count and random numbers anew. Throws FaultSyntaxError, changing nothing. */
  set(spec: string, seed?: number): void;
  /** The rules in the order in which they are asked. */
  list(): FaultReport[];
}

export interface FaultReport {
  /** The rule as it was written. */
  readonly rule: string;
  /** Calls that the rule applied to: right point and subject, and not taken by a rule before it. */
  readonly asked: number;
  /** How many of them it made fail. */
  readonly fired: number;
}

/**
 * The faults that `spec` describes (grammar.ts). Rules are asked in the order they are written and the first one
 * that fires decides; the rest are not asked for that call.
 *
 * Each rule draws from its own random numbers, which depend on the seed and on the rule's text alone: with the same
 * seed, the n-th call that reaches a rule has the same fate in each run, whatever other rules there are.
 */
export function createFaults({ seed = 1, spec = '' }: { seed?: number; spec?: string } = {}): FaultRegistry {
  let currentSeed = seed;
  let rules = parseFaults(spec).map((rule) => new ActiveRule(rule, seed));
  return {
    get seed() {
      return currentSeed;
    },
    set(next, nextSeed = currentSeed) {
      rules = parseFaults(next).map((rule) => new ActiveRule(rule, nextSeed));
      currentSeed = nextSeed;
    },
    list: () => rules.map(({ rule, asked, fired }) => ({ rule: rule.text, asked, fired })),
    at(point, subject) {
      for (const rule of rules) {
        const fault = rule.applies(point, subject) ? rule.ask() : undefined;
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

class ActiveRule {
  asked = 0;
  fired = 0;
  readonly #random: () => number;

  constructor(
    readonly rule: FaultRule,
    seed: number,
  ) {
    this.#random = seededRandom(seed, rule.text);
  }

  applies(point: string, subject: string | undefined): boolean {
    if (point !== this.rule.point) return false;
    return this.rule.subject === undefined || (subject !== undefined && this.rule.subject.test(subject));
  }

  ask(): Fault | undefined {
    this.asked++;
    const { frequency, effect, argument, duration } = this.rule;
    const fires = 'count' in frequency ? this.fired < frequency.count : this.#random() < frequency.rate;
    if (!fires) return undefined;
    this.fired++;
    // Drawn here, not when it is asked for, so that the next call's fate does not depend on who asked.
    const milliseconds = duration && duration.from + this.#random() * (duration.to - duration.from);
    return {
      effect,
      argument,
      milliseconds: () => {
        if (milliseconds === undefined) throw new Error(`The fault "${this.rule.text}" has no duration`);
        return milliseconds;
      },
    };
  }
}
