import type { Json, JsonObject } from '../json/json';
import { defined } from '../json/members';
import { pause } from './abort';
import type {
  ChoiceState,
  FailState,
  Flow,
  MapState,
  ParallelState,
  State,
  TaskState,
  WaitState,
} from './definition';
import { InterpreterFailure, matchesError, RUNTIME_ERROR, StateFailure, Stopped } from './failure';
import type { Bindings } from './jsonata-expression';
import { attemptMap } from './map';
import { attemptParallel } from './parallel';
import { payloadText } from './payload';
import {
  evaluateNumber,
  evaluateObject,
  evaluateString,
  wrongType,
  type QueryTemplate,
} from './query-template';
import { RetryCounter } from './retry';
import type { Frame } from './run-context';
import { attemptTask } from './task';

/** After so many states in a row the event loop gets its turn, so that a loop of Pass states can be stopped. */
const STATES_PER_TURN = 64;

/**
 * Runs a flow from its first state to its last and gives the last one's output.
 * Throws StateFailure when a state fails and nothing catches it, Stopped when the frame's signal is aborted.
 */
export async function runFlow(flow: Flow, input: Json, frame: Frame): Promise<Json> {
  let value = input;
  let text = JSON.stringify(input);
  let next: string | undefined = flow.startAt;
  for (let count = 1; next !== undefined; count += 1) {
    if (count % STATES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    frame.signal.throwIfAborted();
    const state = flow.states.get(next);
    if (state === undefined) throw new Error(`There is no state '${next}'`);
    const transition: Transition = await new Visit(state, value, text, frame).run();
    ({ output: value, text, next } = transition);
  }
  return value;
}

interface Transition {
  readonly output: Json;
  /** The same as JSON. */
  readonly text: string;
  readonly next: string | undefined;
}

/** What leads out of a state: the state itself, a Choice's rule or a catcher. */
interface Exit {
  readonly assign?: QueryTemplate;
  readonly output?: QueryTemplate;
  readonly next?: string;
}

/** One visit of one state. */
class Visit {
  readonly #enteredEventId: number;
  readonly #enteredTime: string;
  #retryCount = 0;

  constructor(
    readonly state: State,
    readonly input: Json,
    inputText: string,
    readonly frame: Frame,
  ) {
    const { history, clock } = frame.execution;
    this.#enteredTime = new Date(clock.now()).toISOString();
    this.#enteredEventId = history.add(frame.chain, `${state.type}StateEntered`, {
      name: state.name,
      input: inputText,
    });
  }

  async run(): Promise<Transition> {
    try {
      return await this.#run(this.state);
    } catch (error) {
      if (error instanceof Stopped) {
        const leavesEvent = ['Task', 'Wait', 'Map', 'Parallel'].includes(this.state.type);
        if (error.status === 'SIBLING_FAILED' && leavesEvent)
          this.#addBeside(`${this.state.type}StateAborted`);
      }
      throw this.#settle(error);
    }
  }

  async #run(state: State): Promise<Transition> {
    switch (state.type) {
      case 'Pass':
      case 'Succeed':
        return this.#leave(state, {}, this.input);
      case 'Wait':
        await this.#wait(state);
        return this.#leave(state, {}, this.input);
      case 'Choice':
        return this.#choose(state);
      case 'Fail':
        throw await this.#fail(state);
      case 'Task':
        return this.#recover(state, (bindings) => attemptTask(state, this.input, bindings, this.frame));
      case 'Parallel':
        return this.#recover(state, (bindings) =>
          attemptParallel(state, this.input, bindings, this.frame, runFlow),
        );
      case 'Map':
        return this.#recover(state, (bindings) =>
          attemptMap(state, this.input, bindings, this.frame, runFlow),
        );
    }
  }

  /** Attempts until it succeeds, no retrier takes the error any more, and no catcher does. */
  async #recover(
    state: TaskState | ParallelState | MapState,
    attempt: (bindings: Bindings) => Promise<Json>,
  ): Promise<Transition> {
    const retry = new RetryCounter(state.retriers);
    for (;;) {
      try {
        const result = await attempt(this.#bindings());
        return await this.#leave(state, { result }, result);
      } catch (error) {
        const failure = this.#settle(error);
        if (!(failure instanceof StateFailure)) throw failure;
        const seconds = retry.next(failure.errorName);
        if (seconds === undefined) return this.#catch(state, failure);
        this.#retryCount = retry.retries;
        await pause(seconds * 1000, this.frame.signal);
      }
    }
  }

  async #catch(state: TaskState | ParallelState | MapState, failure: StateFailure): Promise<Transition> {
    const { chain } = this.frame;
    const before = chain.last;
    this.#stateFailed(failure);
    const catcher = state.catchers.find((candidate) =>
      matchesError(candidate.errorEquals, failure.errorName),
    );
    if (catcher === undefined) {
      const endsInnerLine = this.frame.isInner && failure.errorName !== RUNTIME_ERROR;
      if (state.type === 'Task' && endsInnerLine && failure.location === undefined)
        this.#addBeside('TaskStateAborted');
      throw failure;
    }
    try {
      return await this.#leave(catcher, { errorOutput: failure.output() }, failure.output());
    } catch (error) {
      // AWS records a clause's own failure from where the state stood before it failed the first time.
      chain.last = before;
      const second = this.#settle(error);
      if (second instanceof StateFailure) this.#stateFailed(second);
      throw second;
    }
  }

  #stateFailed(failure: StateFailure): void {
    if (this.state.type === 'Task' || failure.errorName === RUNTIME_ERROR) return;
    this.frame.execution.history.add(this.frame.chain, `${this.state.type}StateFailed`);
  }

  /** Words the interpreter's own failures as AWS does, and records those of JSONata, once each. */
  #settle(error: unknown): unknown {
    if (!(error instanceof InterpreterFailure)) return error;
    const failure = error.at(this.state.name, this.#enteredEventId);
    if (failure.location !== undefined) {
      const { history } = this.frame.execution;
      const { errorName, failureCause, location } = failure;
      const details = { error: errorName, cause: failureCause, location, state: this.state.name };
      history.add(this.frame.chain, 'EvaluationFailed', defined(details));
    }
    return failure;
  }

  async #choose(state: ChoiceState): Promise<Transition> {
    const bindings = this.#bindings();
    for (const [index, rule] of state.rules.entries()) {
      const matches = await rule.condition.evaluate(bindings);
      if (typeof matches !== 'boolean') throw wrongType(`Choices[${index}]/Condition`, 'a boolean');
      if (matches) return this.#leave(rule, {}, this.input);
    }
    if (state.default === undefined) {
      const cause = 'Failed to transition out of the state. The state does not point to a next state.';
      throw new InterpreterFailure(RUNTIME_ERROR, cause);
    }
    return this.#leave({ ...state, next: state.default }, {}, this.input);
  }

  async #wait(state: WaitState): Promise<void> {
    const { clock } = this.frame.execution;
    const bindings = this.#bindings();
    if (state.seconds !== undefined) {
      const seconds = await evaluateNumber(state.seconds, bindings, 'Seconds');
      return clock.sleep(seconds * 1000, this.frame.signal);
    }
    if (state.timestamp === undefined) throw new Error(`State '${state.name}' has nothing to wait for`);
    const until = Date.parse(await evaluateString(state.timestamp, bindings, 'Timestamp'));
    if (Number.isNaN(until)) throw wrongType('Timestamp', 'an ISO 8601 time');
    return clock.sleep(Math.max(0, until - clock.now()), this.frame.signal);
  }

  async #fail(state: FailState): Promise<StateFailure> {
    const bindings = this.#bindings();
    const error = state.error && (await evaluateString(state.error, bindings, 'Error'));
    const cause = state.cause && (await evaluateString(state.cause, bindings, 'Cause'));
    return new StateFailure(error, cause);
  }

  /** Evaluates Output and Assign, both on the variables as they were, and moves on. */
  async #leave(exit: Exit, extra: JsonObject, fallback: Json): Promise<Transition> {
    const { history } = this.frame.execution;
    const bindings = this.#bindings(extra);
    const output = exit.output === undefined ? fallback : await exit.output.evaluate(bindings);
    const assigned = exit.assign === undefined ? {} : await evaluateObject(exit.assign, bindings, 'Assign');
    const text = payloadText(output, this.state.name);
    const details: JsonObject = { name: this.state.name, output: text };
    if (exit.assign !== undefined) {
      payloadText(assigned, this.state.name);
      this.frame.scope.assign(assigned);
      const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)] as const);
      details['assignedVariables'] = Object.fromEntries(texts);
    }
    history.add(this.frame.chain, `${this.state.type}StateExited`, details);
    return { output, text, next: exit.next };
  }

  #bindings(extra: JsonObject = {}): Bindings {
    const { execution, scope, map } = this.frame;
    const context: JsonObject = {
      ...execution.contextObject,
      State: { EnteredTime: this.#enteredTime, Name: this.state.name, RetryCount: this.#retryCount },
      ...(map === undefined ? {} : { Map: map }),
    };
    return {
      variables: scope.variables,
      states: { input: this.input, context, ...extra },
      now: execution.clock.now(),
    };
  }

  #addBeside(type: string): void {
    this.frame.execution.history.addBeside(this.frame.chain, type);
  }
}
