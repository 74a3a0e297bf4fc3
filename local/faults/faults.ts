/**
 * The faults of the running process, asked by the services at the points where something can go wrong.
 * Grammar and parsing: grammar.ts. A rule reads `point[subject]:effect(argument)@frequency`.
 */
export interface Fault {
  readonly effect: string;
  /** The text between the parentheses, e.g. `500ms`, `5ms-15ms`, `429`; empty when there is none. */
  readonly argument: string;
  /** For effects that take a duration or a range of durations: one drawn value, in real milliseconds. */
  milliseconds(): number;
}

export interface Faults {
  /**
   * The fault that applies to this one call, or undefined. Each call of `at` counts against a rule's count or
   * draws from its seeded rate, so ask once per call.
   * @param point e.g. `bus.put`, `function.invoke`, `connections.post`
   * @param subject what the rule's `[...]` may name: a function, a connection id, a table
   */
  at(point: string, subject?: string): Fault | undefined;
}

/** A runtime without faults. */
export const NO_FAULTS: Faults = { at: () => undefined };
