import type { Clock } from '../clock';
import type { Json, JsonObject } from '../json/json';
import type { ServiceCalls } from '../service';
import type { Chain, History } from './history';
import type { Distributed, Flow } from './definition';

/** What one execution is and has, for every state that runs in it. */
export interface ExecutionContext {
  readonly executionArn: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  readonly history: History;
  /** All calls carry the execution's trace header. */
  readonly services: ServiceCalls;
  readonly clock: Clock;
  /** The context object's `Execution` and `StateMachine`. */
  readonly contextObject: JsonObject;
  /** Runs the children of a Distributed Map. */
  readonly mapRuns: MapRuns;
}

/** Where a line of states runs: the execution's own, a branch's, or an iteration's. */
export interface Frame {
  readonly execution: ExecutionContext;
  readonly scope: Scope;
  readonly chain: Chain;
  readonly signal: AbortSignal;
  /** Whether an enclosing Parallel or Map would end with this line. */
  readonly isInner: boolean;
  /** The context object's `Map`, within an inline iteration. */
  readonly map?: JsonObject;
}

/**
 * The variables of one flow. An inner flow reads those around it, which cannot change while it runs,
 * and assigns only its own; the definition's checks have refused anything else.
 */
export class Scope {
  #variables: Readonly<Record<string, Json>>;

  constructor(outer: Readonly<Record<string, Json>> = {}) {
    this.#variables = outer;
  }

  get variables(): Readonly<Record<string, Json>> {
    return this.#variables;
  }

  assign(values: JsonObject): void {
    this.#variables = { ...this.#variables, ...values };
  }

  inner(): Scope {
    return new Scope(this.#variables);
  }
}

/** Runs a flow to its end and gives its output; what Parallel and Map call for each branch and iteration. */
export type RunFlow = (flow: Flow, input: Json, frame: Frame) => Promise<Json>;

/** One Map Run: starts child executions and counts how they end. */
export interface MapRuns {
  start(request: MapRunRequest): MapRun;
}

export interface MapRunRequest {
  readonly distributed: Distributed;
  readonly processor: Flow;
  readonly itemCount: number;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
}

export interface MapRun {
  readonly mapRunArn: string;
  /**
   * Runs one child execution to its end. Its output, or undefined when it did not succeed.
   * Stopping the signal aborts the child.
   */
  runChild(input: Json, signal: AbortSignal): Promise<{ readonly output: Json } | undefined>;
  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void;
}
