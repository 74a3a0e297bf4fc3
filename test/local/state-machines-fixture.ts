import { createClock, type Clock } from '../../local/clock';
import { NO_FAULTS, type Faults } from '../../local/faults/faults';
import type { Json, JsonObject } from '../../local/json/json';
import { OPERATOR, ServiceError, Services, type Caller } from '../../local/service';
import type { LogSink, MachineLogging } from '../../local/state-machines/machine-log';
import { StateMachines } from '../../local/state-machines/state-machines';

export const ROLE_ARN = 'arn:aws:iam::000000000000:role/machine-role';
export const LAMBDA = 'arn:aws:states:::lambda:invoke';

/** A function as a test defines it. What it throws becomes a function error named as the error. */
export type TestFunction = (payload: JsonObject) => Json | Promise<Json>;

interface Options {
  readonly functions?: Readonly<Record<string, TestFunction>>;
  readonly clock?: Clock;
  readonly faults?: Faults;
  /** Comes before `logged`. */
  readonly log?: LogSink;
  readonly dataDir?: string;
  readonly maxExecutions?: number;
}

/** State machines whose Tasks call the given functions through a `lambda` service. */
export class Bench {
  readonly services = new Services();
  readonly machines: StateMachines;
  readonly calls: { action: string; input: JsonObject; caller: Caller }[] = [];
  readonly logged: { group: string; stream: string; message: string; timestamp: number }[] = [];
  readonly reported: unknown[] = [];

  constructor(options: Options = {}) {
    this.addService('lambda', {
      Invoke: async (input) => {
        const name = input['FunctionName'] as string;
        const run = options.functions?.[name];
        if (run === undefined) throw new Error(`The test has no function ${name}`);
        try {
          return { StatusCode: 200, Payload: await run(input['Payload'] as JsonObject) };
        } catch (error) {
          // Lambda itself refused; the function did not run.
          if (error instanceof ServiceError) throw error;
          const { name: errorType, message: errorMessage } = error as Error;
          return { StatusCode: 200, FunctionError: 'Unhandled', Payload: { errorType, errorMessage } };
        }
      },
    });
    this.machines = new StateMachines({
      services: this.services,
      clock: options.clock ?? createClock(),
      faults: options.faults ?? NO_FAULTS,
      log: (group, stream, message, trace, timestamp) => {
        options.log?.(group, stream, message, trace, timestamp);
        this.logged.push({ group, stream, message, timestamp });
      },
      report: (error) => this.reported.push(error),
      dataDir: options.dataDir,
      maxExecutions: options.maxExecutions,
    });
    this.services.add(this.machines.service());
  }

  addService(name: string, actions: Record<string, (input: JsonObject) => unknown>): void {
    const recorded = Object.entries(actions).map(([action, run]) => [
      action,
      async (input: JsonObject, caller: Caller) => {
        this.calls.push({ action: `${name}:${action}`, input, caller });
        return (await run(input)) as JsonObject;
      },
    ]);
    this.services.add({ name, actions: Object.fromEntries(recorded) });
  }

  declare(
    name: string,
    definition: JsonObject,
    type: 'STANDARD' | 'EXPRESS' = 'STANDARD',
    logging?: MachineLogging,
  ) {
    this.machines.declare({
      name,
      arn: machineArn(name),
      constructId: name,
      type,
      roleArn: ROLE_ARN,
      definition: JSON.stringify(definition),
      logging,
    });
  }

  /** Declares a machine and runs it once, to its end. */
  async run(definition: JsonObject, input: Json = {}, type: 'STANDARD' | 'EXPRESS' = 'STANDARD') {
    this.declare('machine', definition, type);
    const execution = this.machines.start('machine', input);
    const record = await execution.completed;
    return {
      ...record,
      output: record.output === undefined ? undefined : (JSON.parse(record.output) as Json),
      events: execution.history.events,
    };
  }

  /** Calls the service `states` as the operator would. */
  async states(action: string, input: JsonObject): Promise<StatesAnswer> {
    return (await this.services.call('states', action, input, OPERATOR)) as unknown as StatesAnswer;
  }
}

/** The members of the answers that tests read; which are there depends on the action. */
export interface StatesAnswer extends ListedExecution {
  readonly stopDate: number;
  readonly input: string;
  readonly definition: string;
  readonly nextToken?: string;
  readonly executions: readonly ListedExecution[];
  readonly events: readonly AnsweredEvent[];
  readonly mapRuns: readonly { readonly mapRunArn: string }[];
  readonly mapRunArn: string;
  readonly itemCounts: Readonly<Record<'succeeded' | 'failed' | 'aborted', number>>;
  readonly executionCounts: JsonObject;
}

interface ListedExecution {
  readonly executionArn: string;
  readonly name: string;
  readonly status: string;
}

interface AnsweredEvent {
  readonly id: number;
  readonly type: string;
  readonly timestamp: number;
  readonly stateEnteredEventDetails?: JsonObject;
  readonly executionStartedEventDetails?: JsonObject;
}

export function machineArn(name: string): string {
  return `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
}

/** A JSONata machine of these states, starting at the first. */
export function machine(states: Record<string, JsonObject>, fields: JsonObject = {}): JsonObject {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0] ?? '', States: states, ...fields };
}

/** A flow as branches and processors have it. */
export function flow(states: Record<string, JsonObject>, fields: JsonObject = {}): JsonObject {
  return { StartAt: Object.keys(states)[0] ?? '', States: states, ...fields };
}

/** A Task that invokes a function with the state's input, and ends. */
export function invoke(functionName: string, fields: JsonObject = {}): JsonObject {
  return {
    Type: 'Task',
    Resource: LAMBDA,
    Arguments: { FunctionName: functionName, Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    ...('Next' in fields ? {} : { End: true }),
    ...fields,
  };
}

export class NamedError extends Error {
  constructor(name: string, message = 'as the test wants it') {
    super(message);
    this.name = name;
  }
}
