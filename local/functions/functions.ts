import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Faults } from '../faults/faults';
import type { Json, JsonObject } from '../json/json';
import { defined, integer, page, requiredText, text } from '../json/members';
import { queueUrlOf } from '../queues/queue-url';
import { ServiceError, type Caller, type Service, type ServiceCalls } from '../service';
import { newTrace, traceId } from '../trace';
import { AsynchronousInvocations, type DroppedEvent } from './asynchronous-invocations';
import { EnvironmentPool } from './environment-pool';
import type { Surroundings } from './execution-environment';
import type { FunctionConfiguration } from './function-configuration';
import { resolveFunctionName } from './function-names';
import { exited, failure, MAX_EVENT_BYTES, MAX_PAYLOAD_BYTES, timedOut, type Outcome } from './outcome';

export interface FunctionsOptions extends Surroundings {
  readonly faults: Faults;
  /** Where queues for dropped events are reached. */
  readonly services: ServiceCalls;
  /** Execution environments per function, 2 by default. */
  readonly concurrency?: number;
}

/** Of so many frames it is remembered whose they were. */
const REMEMBERED_TRACES = 10_000;

interface Invocation {
  readonly requestId: string;
  readonly event: string;
  readonly trace: string;
  readonly party: string;
}

/** Lambda: functions that run in worker threads, each with its own environment and only its role's keys. */
export class Functions {
  readonly #options: FunctionsOptions;
  readonly #functions = new Map<string, { configuration: FunctionConfiguration; pool: EnvironmentPool }>();
  readonly #asynchronous = new Map<string, AsynchronousInvocations>();
  readonly #retries = new Map<string, number>();
  /** By trace id, oldest first. */
  readonly #parties = new Map<string, string>();

  constructor(options: FunctionsOptions) {
    this.#options = options;
    // Lambda's zone. A worker's own TZ says so too, but which zone Date goes by is one thing for a whole process.
    process.env.TZ = 'UTC';
  }

  declare(configuration: FunctionConfiguration): void {
    const pool = new EnvironmentPool(configuration, this.#options, this.#options.concurrency ?? 2);
    this.#functions.set(configuration.name, { configuration, pool });
  }

  /** How often an event is tried again whose function failed; two times unless told. */
  configureAsynchronous(functionName: string, retries: number): void {
    this.#retries.set(functionName, retries);
  }

  /** Loads every function's code, all at once. Rejects with InitializationError naming one that does not load. */
  async warm(): Promise<void> {
    await Promise.all([...this.#functions.values()].map(({ pool }) => pool.warm()));
  }

  async close(): Promise<void> {
    for (const events of this.#asynchronous.values()) events.close();
    await Promise.all([...this.#functions.values()].map(({ pool }) => pool.close()));
  }

  service(): Service {
    return {
      name: 'lambda',
      actions: {
        Invoke: (input, caller) => this.#invoke(input, caller),
        ListFunctions: (input) => Promise.resolve(this.#list(input)),
        GetFunctionConfiguration: (input) =>
          Promise.resolve(describe(this.#find(requiredText(input, 'FunctionName')).configuration)),
      },
    };
  }

  async #invoke(input: JsonObject, caller: Caller): Promise<JsonObject> {
    const { configuration } = this.#find(requiredText(input, 'FunctionName'), text(input, 'Qualifier'));
    if ((text(input, 'LogType') ?? 'None') !== 'None') throw invalid('LogType Tail is not modelled locally');
    const event = JSON.stringify(input.Payload ?? {});
    const requestId = randomUUID();
    const trace = caller.trace ?? newTrace(this.#options.clock.now());
    const invocation = { requestId, event, trace, party: this.#partyOf(caller, trace) };
    const type = text(input, 'InvocationType') ?? 'RequestResponse';
    switch (type) {
      case 'RequestResponse': {
        refuseLarger(event, MAX_PAYLOAD_BYTES);
        const { payload, functionError } = await this.#run(configuration, invocation);
        return defined({
          StatusCode: 200,
          ExecutedVersion: '$LATEST',
          Payload: payload,
          FunctionError: functionError,
        });
      }
      case 'Event':
        refuseLarger(event, MAX_EVENT_BYTES);
        this.#eventsOf(configuration).accept(requestId, event, () => this.#run(configuration, invocation));
        return { StatusCode: 202 };
      case 'DryRun':
        return { StatusCode: 204 };
      default:
        throw invalid(`InvocationType ${type} is not one of RequestResponse, Event, DryRun`);
    }
  }

  /** What follows from a frame is for the party of that frame: its trace leads back to it. */
  #partyOf({ party, principal }: Caller, trace: string): string {
    const id = traceId(trace) ?? '';
    if (party === undefined) return this.#parties.get(id) ?? principal;
    this.#parties.set(id, party);
    for (const oldest of this.#parties.keys()) {
      if (this.#parties.size <= REMEMBERED_TRACES) break;
      this.#parties.delete(oldest);
    }
    return party;
  }

  /** One try, with the fault that applies to it. */
  async #run(
    configuration: FunctionConfiguration,
    { requestId, event, trace, party }: Invocation,
  ): Promise<Outcome> {
    const { pool } = this.#find(configuration.name);
    const fault = this.#options.faults.at('function.invoke', configuration.constructId);
    switch (fault?.effect) {
      case undefined:
        return pool.run(requestId, event, trace, party);
      case 'throw':
        return failure('FaultInjected', `Injected fault: ${configuration.constructId} did not run`);
      case 'timeout':
        return timedOut(requestId, configuration.timeout);
      case 'slow':
        await wait(fault.milliseconds(), undefined, { ref: false });
        return pool.run(requestId, event, trace, party);
      case 'linger':
        return pool.run(requestId, event, trace, party, async (outcome) => {
          await wait(fault.milliseconds(), undefined, { ref: false });
          return outcome;
        });
      case 'kill':
        return pool.run(requestId, event, trace, party, async (_outcome, environment) => {
          await environment.terminate();
          return exited(requestId, 'signal: killed');
        });
      default:
        throw new Error(`Functions do not know the fault effect "${fault?.effect}"`);
    }
  }

  #eventsOf(configuration: FunctionConfiguration): AsynchronousInvocations {
    const { name } = configuration;
    const known = this.#asynchronous.get(name);
    if (known !== undefined) return known;
    const dropped = (event: DroppedEvent) => void this.#drop(configuration, event);
    const events = new AsynchronousInvocations(this.#options.clock, dropped, this.#retries.get(name));
    this.#asynchronous.set(name, events);
    return events;
  }

  /**
   * Says so in the log, and puts the event, unchanged, into the dead-letter queue where the function has one, with its
   * role (developer guide, "Adding a dead-letter queue").
   */
  async #drop({ logGroup, roleArn, deadLetterQueueArn }: FunctionConfiguration, dropped: DroppedEvent) {
    const { requestId, event, reason, status, message } = dropped;
    const note = (line: string) =>
      this.#options.log(logGroup, 'asynchronous-invocations', `RequestId: ${requestId} ${line}`);
    note(`Event dropped: ${reason}`);
    if (deadLetterQueueArn === undefined) return;
    const parcel = {
      QueueUrl: queueUrlOf(deadLetterQueueArn),
      MessageBody: event,
      MessageAttributes: {
        RequestID: { DataType: 'String', StringValue: requestId },
        ErrorCode: { DataType: 'Number', StringValue: String(status) },
        // The first KB of it, and SQS takes no empty value.
        ErrorMessage: { DataType: 'String', StringValue: message.slice(0, 1024) || 'unknown' },
      },
    };
    try {
      await this.#options.services.call('sqs', 'SendMessage', parcel, { principal: roleArn });
    } catch (error) {
      note(`ERROR The event did not reach its dead-letter queue: ${String(error)}`);
    }
  }

  #list(input: JsonObject): JsonObject {
    const all = [...this.#functions.values()].map(({ configuration }) => describe(configuration));
    const { items, next } = page(
      all,
      integer(input, 'MaxItems', { min: 1, max: 10_000 }) ?? 50,
      text(input, 'Marker'),
    );
    return { Functions: items, ...(next === undefined ? {} : { NextMarker: next }) };
  }

  #find(nameOrArn: string, qualifier?: string) {
    const { name, version } = resolveFunctionName(nameOrArn);
    const found = this.#functions.get(name);
    if (found === undefined || (qualifier ?? version ?? '$LATEST') !== '$LATEST') {
      throw new ServiceError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404, {
        Type: 'User',
      });
    }
    return found;
  }
}

function refuseLarger(event: string, limit: number): void {
  const bytes = Buffer.byteLength(event);
  if (bytes <= limit) return;
  const message = `${bytes} byte payload is too large for the operation (limit ${limit} bytes)`;
  throw new ServiceError('RequestTooLargeException', message, 413, { Type: 'User' });
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message, 400, { Type: 'User' });
}

function describe(configuration: FunctionConfiguration): JsonObject {
  const variables: Record<string, Json> = { ...configuration.environment };
  return {
    FunctionName: configuration.name,
    FunctionArn: configuration.arn,
    Runtime: configuration.runtime,
    Role: configuration.roleArn,
    Handler: configuration.handler,
    Timeout: configuration.timeout,
    MemorySize: configuration.memorySize,
    Environment: { Variables: variables },
    LoggingConfig: { LogFormat: 'Text', LogGroup: configuration.logGroup },
    PackageType: 'Zip',
    State: 'Active',
    Version: '$LATEST',
  };
}
