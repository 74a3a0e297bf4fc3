import type { Json, JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import { abortable, newController } from './abort';
import type { Flow } from './definition';
import { RUNTIME_ERROR, StateFailure, Stopped, TIMEOUT } from './failure';
import { Chain, History } from './history';
import { runFlow } from './interpreter';
import { payloadText } from './payload';
import { Scope, type ExecutionContext } from './run-context';
import type { MachineType } from './validate';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';

/** What is kept of an execution besides its history. Times are milliseconds since the epoch. */
export interface ExecutionRecord {
  readonly executionArn: string;
  /** For the child of a Distributed Map: the machine's ARN, a slash, the map's label. */
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: MachineType;
  readonly startDate: number;
  /** JSON text. */
  readonly input: string;
  readonly mapRunArn?: string;
  /** `Root=1-…`; see trace.ts. Absent in what older versions wrote down. */
  readonly traceHeader?: string;
  readonly status: ExecutionStatus;
  readonly stopDate?: number;
  /** JSON text; with SUCCEEDED only. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** One run of a state machine, or of a Distributed Map's processor for one item. */
export class Execution {
  #record: ExecutionRecord;
  readonly history: History;
  /** Resolves when the execution has ended, however it ended; never rejects. */
  readonly completed: Promise<ExecutionRecord>;
  readonly #stopper = newController();

  /**
   * Starts running on the next turn.
   * @param timeoutSeconds of real time, after which it ends TIMED_OUT
   * @param ended is called once, with the final record
   */
  constructor(
    record: ExecutionRecord,
    flow: Flow,
    readonly context: ExecutionContext,
    timeoutSeconds: number | undefined,
    ended: (execution: Execution) => void,
  ) {
    this.#record = record;
    this.history = context.history;
    this.completed = this.#run(flow, timeoutSeconds).then(() => {
      ended(this);
      return this.#record;
    });
  }

  get record(): ExecutionRecord {
    return this.#record;
  }

  /** Ends it ABORTED at once: no Retry and no Catch runs. Without effect after its end. */
  abort(error?: string, cause?: string): void {
    this.#stopper.abort(new Stopped('ABORTED', error, cause));
  }

  async #run(flow: Flow, timeoutSeconds: number | undefined): Promise<void> {
    const chain = new Chain(0);
    const { history } = this;
    history.addBeside(chain, 'ExecutionStarted', {
      input: this.#record.input,
      roleArn: this.context.roleArn,
    });
    const timer =
      timeoutSeconds === undefined
        ? undefined
        : setTimeout(
            () => this.#stopper.abort(new Stopped('TIMED_OUT')),
            Math.min(timeoutSeconds * 1000, 0x7fffffff),
          );
    const { signal } = this.#stopper;
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const frame = { execution: this.context, scope: new Scope(), chain, signal, isInner: false };
      const output = payloadText(
        await abortable(runFlow(flow, parseJson(this.#record.input), frame), signal),
        this.#record.name,
      );
      history.add(chain, 'ExecutionSucceeded', { output });
      this.#end('SUCCEEDED', { output });
    } catch (error) {
      this.#fail(error, chain);
    } finally {
      this.history.seal();
      clearTimeout(timer);
    }
  }

  #fail(error: unknown, chain: Chain): void {
    if (error instanceof Stopped) {
      const timedOut = error.status === 'TIMED_OUT';
      const details = outcome(timedOut ? TIMEOUT : error.errorName, error.failureCause);
      this.history.add(new Chain(0), timedOut ? 'ExecutionTimedOut' : 'ExecutionAborted', details);
      this.#end(timedOut ? 'TIMED_OUT' : 'ABORTED', timedOut ? {} : details);
      return;
    }
    // Anything else than a StateFailure is a fault of this runtime; it must show, and no Catch may hide it.
    const failure =
      error instanceof StateFailure
        ? error
        : new StateFailure(
            RUNTIME_ERROR,
            `The local runtime failed: ${error instanceof Error ? error.stack : String(error)}`,
          );
    const details = outcome(failure.errorName, failure.failureCause);
    this.history.add(chain, 'ExecutionFailed', details);
    this.#end('FAILED', details);
  }

  #end(status: ExecutionStatus, result: { output?: string; error?: string; cause?: string }): void {
    this.#record = { ...this.#record, status, stopDate: this.context.clock.now(), ...result };
  }
}

function outcome(
  error: string | undefined,
  cause: string | undefined,
): { error?: string; cause?: string } & JsonObject {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

/** The context object's part that all states of an execution share. */
export function contextObject(
  record: ExecutionRecord,
  roleArn: string,
  machine: { arn: string; name: string },
): JsonObject {
  const input: Json = parseJson(record.input);
  return {
    Execution: {
      Id: record.executionArn,
      Input: input,
      Name: record.name,
      RoleArn: roleArn,
      StartTime: new Date(record.startDate).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: machine.arn, Name: machine.name },
  };
}
