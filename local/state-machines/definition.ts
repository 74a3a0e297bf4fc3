import type { QueryTemplate } from './query-template';

/** A state machine's definition as the interpreter runs it: parsed, and every expression compiled. */
export interface Definition {
  readonly flow: Flow;
  /** Seconds after which the whole execution ends TIMED_OUT. */
  readonly timeoutSeconds?: number;
}

/** States that hand over to each other: the machine itself, a Parallel's branch, or what a Map does per item. */
export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export type State =
  TaskState | ParallelState | MapState | PassState | ChoiceState | WaitState | SucceedState | FailState;

interface StateBase {
  readonly name: string;
  /** Absent where the flow ends. */
  readonly next?: string;
  /** An object of variable names. */
  readonly assign?: QueryTemplate;
  readonly assigned: readonly string[];
  readonly output?: QueryTemplate;
}

/** Task, Parallel and Map: the states that may fail and recover. */
interface RecoverableState extends StateBase {
  readonly arguments?: QueryTemplate;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export interface TaskState extends RecoverableState {
  readonly type: 'Task';
  /** e.g. `arn:aws:states:::lambda:invoke` */
  readonly resource: string;
  readonly timeoutSeconds?: QueryTemplate;
}

export interface ParallelState extends RecoverableState {
  readonly type: 'Parallel';
  readonly branches: readonly Flow[];
}

export interface MapState extends RecoverableState {
  readonly type: 'Map';
  readonly items?: QueryTemplate;
  readonly itemSelector?: QueryTemplate;
  readonly maxConcurrency?: QueryTemplate;
  readonly processor: Flow;
  /** Present for Mode DISTRIBUTED. */
  readonly distributed?: Distributed;
}

export interface Distributed {
  readonly executionType: 'STANDARD' | 'EXPRESS';
  /** What names the map's child executions: `<machine>/<label>`. */
  readonly label: string;
  readonly toleratedFailureCount?: QueryTemplate;
  readonly toleratedFailurePercentage?: QueryTemplate;
}

export interface PassState extends StateBase {
  readonly type: 'Pass';
}

export interface SucceedState extends StateBase {
  readonly type: 'Succeed';
}

export interface ChoiceState extends StateBase {
  readonly type: 'Choice';
  readonly rules: readonly ChoiceRule[];
  /** Where it goes when no rule matches. */
  readonly default?: string;
}

export interface ChoiceRule {
  readonly condition: QueryTemplate;
  readonly next: string;
  readonly assign?: QueryTemplate;
  readonly assigned: readonly string[];
  readonly output?: QueryTemplate;
}

export interface WaitState extends StateBase {
  readonly type: 'Wait';
  readonly seconds?: QueryTemplate;
  /** ISO 8601. */
  readonly timestamp?: QueryTemplate;
}

export interface FailState extends StateBase {
  readonly type: 'Fail';
  readonly error?: QueryTemplate;
  readonly cause?: QueryTemplate;
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitter: 'NONE' | 'FULL';
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly assign?: QueryTemplate;
  readonly assigned: readonly string[];
  readonly output?: QueryTemplate;
}
