import { randomUUID } from 'node:crypto';
import type { Meter } from '../billing/meter';
import type { Clock } from '../clock';
import type { Faults } from '../faults/faults';
import type { Json } from '../json/json';
import { parseJson } from '../json/parse-json';
import { ServiceError, type Services } from '../service';
import { newTrace } from '../trace';
import type { Definition, Flow } from './definition';
import { contextObject, Execution, type ExecutionRecord } from './execution';
import type { ExecutionStore } from './execution-store';
import { History } from './history';
import type { MachineLog } from './machine-log';
import { newMapRun, type MapRunRecord } from './map-run-records';
import { Stopped } from './failure';
import type { MapRun, MapRunRequest } from './run-context';
import type { MachineType } from './validate';

/** A state machine that was declared and can be started. */
export interface Machine {
  readonly name: string;
  readonly arn: string;
  /** What faults and people call it. */
  readonly constructId: string;
  readonly type: MachineType;
  readonly roleArn: string;
  /** The text as DescribeStateMachine gives it. */
  readonly definitionText: string;
  readonly definition: Definition;
  readonly log: MachineLog;
  /** Milliseconds since the epoch. */
  readonly creationDate: number;
}

/** An Express workflow runs five minutes at most, by AWS's quota. */
const EXPRESS_TIMEOUT_SECONDS = 300;

interface ExecutionsOptions {
  readonly services: Services;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly report: (error: unknown) => void;
  readonly meter?: Meter;
  readonly store: ExecutionStore;
}

/** Starts executions, of machines and of the items of their Distributed Maps, and keeps their records. */
export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ExecutionsOptions) {
    this.#options = options;
  }

  get store(): ExecutionStore {
    return this.#options.store;
  }

  /**
   * Starts a machine. A STANDARD start with the name and input of a running execution gives that execution.
   * @param input JSON text
   * @param traceHeader what caused it; without one it begins a trace
   * @throws ServiceError ExecutionAlreadyExists for a STANDARD name that is taken, ExecutionLimitExceeded when
   * a fault refuses the start
   */
  start(machine: Machine, name: string, input: string, traceHeader?: string): Execution {
    const { faults } = this.#options;
    const refusal = faults.at('states.start', machine.constructId);
    if (refusal !== undefined) {
      expectEffect('states.start', refusal.effect, 'refuse');
      throw new ServiceError('ExecutionLimitExceeded', 'Refused by a fault: too many executions are running');
    }
    if (machine.type === 'STANDARD') return this.#startStandard(machine, name, input, traceHeader);
    const execution = this.#startOne(machine, name, input, traceHeader);
    const again = faults.at('states.express', machine.constructId);
    if (again !== undefined) {
      expectEffect('states.express', again.effect, 'twice');
      this.#startOne(machine, name, input, traceHeader);
    }
    return execution;
  }

  /** Resolves when nothing runs any more, whatever was started meanwhile included. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  mapRuns(executionArn: string): readonly MapRunRecord[] {
    return this.store.get(executionArn)?.mapRuns ?? [];
  }

  mapRun(mapRunArn: string): MapRunRecord | undefined {
    return this.store.mapRun(mapRunArn);
  }

  #startStandard(machine: Machine, name: string, input: string, traceHeader?: string): Execution {
    const existing = this.store.get(executionArn(machine.arn, 'STANDARD', name));
    if (existing?.running !== undefined && existing.record().input === input) return existing.running;
    if (existing !== undefined) {
      throw new ServiceError(
        'ExecutionAlreadyExists',
        `Execution Already Exists: '${existing.record().executionArn}'`,
      );
    }
    return this.#startOne(machine, name, input, traceHeader);
  }

  #startOne(machine: Machine, name: string, input: string, traceHeader?: string): Execution {
    const { faults } = this.#options;
    const limit = machine.type === 'EXPRESS' ? EXPRESS_TIMEOUT_SECONDS : Number.POSITIVE_INFINITY;
    const timeout = Math.min(machine.definition.timeoutSeconds ?? limit, limit);
    const execution = this.#run(machine, {
      flow: machine.definition.flow,
      type: machine.type,
      name,
      input,
      machineArn: machine.arn,
      traceHeader,
      timeoutSeconds: Number.isFinite(timeout) ? timeout : undefined,
    });
    const fault = faults.at('states.run', machine.constructId);
    if (fault !== undefined) {
      expectEffect('states.run', fault.effect, 'kill');
      const timer = setTimeout(() => execution.abort(), fault.milliseconds());
      void execution.completed.then(() => clearTimeout(timer));
    }
    return execution;
  }

  #run(machine: Machine, run: Run): Execution {
    const { clock, services, meter, report } = this.#options;
    const { machineArn, traceHeader = newTrace(clock.now()) } = run;
    const started = performance.now();
    const record: ExecutionRecord = {
      executionArn: executionArn(machineArn, run.type, run.name),
      stateMachineArn: machineArn,
      name: run.name,
      type: run.type,
      startDate: clock.now(),
      input: run.input,
      status: 'RUNNING',
      traceHeader,
      ...(run.mapRunArn === undefined ? {} : { mapRunArn: run.mapRunArn }),
    };
    const history = new History(
      () => clock.now(),
      (event) => {
        this.store.happened(record, event);
        machine.log.add({ event, executionArn: record.executionArn, trace: traceHeader });
      },
    );
    const context = {
      executionArn: record.executionArn,
      machineArn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      history,
      services: services.traced(traceHeader),
      clock,
      contextObject: contextObject(record, machine.roleArn, { arn: machineArn, name: machine.name }),
      mapRuns: {
        start: (request: MapRunRequest) => this.#startMapRun(machine, record, request),
      },
    };
    const execution = new Execution(record, run.flow, context, run.timeoutSeconds, (ended) => {
      try {
        this.store.ended(ended);
      } catch (error) {
        report(error);
      }
      machine.log.flush();
      const billed = {
        machine: machine.name,
        type: run.type,
        definitionBytes: machine.definitionText.length,
        inputBytes: Buffer.byteLength(run.input),
        milliseconds: performance.now() - started,
        events: history.events,
      };
      meter?.execution(billed, traceHeader);
    });
    this.store.add(execution);
    const running = execution.completed.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return execution;
  }

  #startMapRun(machine: Machine, parent: ExecutionRecord, request: MapRunRequest): MapRun {
    const { distributed } = request;
    const { executionArn, traceHeader } = parent;
    const { clock } = this.#options;
    const record = newMapRun(machine.arn, executionArn, request, clock.now());
    const { mapRunArn } = record.data;
    this.store.addMapRun(record);
    return {
      mapRunArn,
      end: (status) => {
        record.end(status, clock.now());
        this.store.mapRunEnded(record);
      },
      runChild: async (input: Json, signal: AbortSignal) => {
        const child = this.#run(machine, {
          flow: request.processor,
          type: distributed.executionType,
          name: randomUUID(),
          input: JSON.stringify(input),
          machineArn: `${machine.arn}/${distributed.label}`,
          mapRunArn,
          traceHeader,
          timeoutSeconds: distributed.executionType === 'EXPRESS' ? EXPRESS_TIMEOUT_SECONDS : undefined,
        });
        record.childStarted();
        this.#options.meter?.childStarted(machine.name, traceHeader);
        const stop = () =>
          child.abort(signal.reason instanceof Stopped ? signal.reason.errorName : undefined);
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
        const ended = await child.completed;
        signal.removeEventListener('abort', stop);
        record.childEnded(ended.status);
        return ended.output === undefined ? undefined : { output: parseJson(ended.output) };
      },
    };
  }
}

interface Run {
  readonly flow: Flow;
  readonly type: MachineType;
  readonly name: string;
  readonly input: string;
  /** For the child of a Distributed Map with its label. */
  readonly machineArn: string;
  readonly mapRunArn?: string;
  readonly traceHeader: string | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** An Express name can be used again, so each Express execution's ARN ends in an id of its own. */
function executionArn(machineArn: string, type: MachineType, name: string): string {
  return type === 'STANDARD'
    ? `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`
    : `${machineArn.replace(':stateMachine:', ':express:')}:${name}:${randomUUID()}`;
}

function expectEffect(point: string, effect: string, known: string): void {
  if (effect !== known) throw new Error(`The fault effect ${effect} is not modelled at ${point}`);
}
