import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Meter } from '../billing/meter';
import type { Clock } from '../clock';
import type { Faults } from '../faults/faults';
import type { Json } from '../json/json';
import { ServiceError, type Service, type Services } from '../service';
import type { Execution } from './execution';
import { ExecutionStore } from './execution-store';
import { Executions, type Machine } from './executions';
import { MachineLog, NO_LOGGING, type LogSink, type MachineLogging } from './machine-log';
import { statesActions } from './states-actions';
import { loadDefinition, type MachineType } from './validate';

export interface StateMachinesOptions {
  /** Where Tasks call. */
  readonly services: Services;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly log: LogSink;
  /** Told about what could not be written down, which nobody else would see. */
  readonly report: (error: unknown) => void;
  readonly meter?: Meter;
  /** Where ended executions are kept across restarts; in memory only without it. */
  readonly dataDir?: string;
  /** How many of the newest executions are kept with their history; 5,000 unless told. */
  readonly maxExecutions?: number;
}

export interface MachineDeclaration {
  readonly name: string;
  readonly arn: string;
  readonly constructId: string;
  readonly type: MachineType;
  /** Whose permissions its Tasks have. */
  readonly roleArn: string;
  /** The Amazon States Language text, placeholders filled. */
  readonly definition: string;
  readonly logging?: MachineLogging;
}

const STOPPED =
  'The local runtime was stopped, and does not go on with what was running. On AWS it would have gone on.';

/** Step Functions: state machines written in JSONata, their executions, and the service `states`. */
export class StateMachines {
  readonly #machines = new Map<string, Machine>();
  readonly #executions: Executions;
  readonly #clock: Clock;
  readonly #log: LogSink;
  readonly #report: (error: unknown) => void;

  constructor(options: StateMachinesOptions) {
    const folder = options.dataDir === undefined ? undefined : path.join(options.dataDir, 'executions');
    const store = new ExecutionStore(options.maxExecutions ?? 5_000, () => options.clock.now(), folder);
    this.#clock = options.clock;
    this.#log = options.log;
    this.#report = options.report;
    this.#executions = new Executions({ ...options, store });
  }

  /** Throws one Error that names the machine and every problem of its definition. */
  declare(declaration: MachineDeclaration): void {
    const { name, arn, constructId, type, roleArn, definition, logging } = declaration;
    this.#machines.set(arn, {
      name,
      arn,
      constructId,
      type,
      roleArn,
      definitionText: definition,
      definition: loadDefinition(name, type, definition),
      log: new MachineLog(name, logging ?? NO_LOGGING, this.#log, this.#report),
      creationDate: this.#clock.now(),
    });
  }

  /** In the order of their declaration. */
  machines(): Machine[] {
    return [...this.#machines.values()];
  }

  /**
   * Starts a machine by its ARN, name or construct id, as StartExecution does. `completed` of what it gives
   * resolves with the final record.
   */
  start(machine: string, input: Json, name: string = randomUUID()): Execution {
    const found = this.machines().find(({ arn, name, constructId }) =>
      [arn, name, constructId].includes(machine),
    );
    if (found === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machine}'`);
    }
    return this.#executions.start(found, name, JSON.stringify(input));
  }

  /** Resolves when no execution runs any more. */
  idle(): Promise<void> {
    return this.#executions.idle();
  }

  /** Aborts what runs, and resolves when all of it has been written down. */
  async close(): Promise<void> {
    for (const execution of this.#executions.store.running()) execution.abort(undefined, STOPPED);
    await this.idle();
    this.#executions.store.close();
  }

  service(): Service {
    return { name: 'states', actions: statesActions(this.#machines, this.#executions) };
  }
}
