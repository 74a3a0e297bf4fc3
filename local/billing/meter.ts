import type { Clock } from '../clock';
import type { JsonObject } from '../json/json';
import { traceId } from '../trace';
import { Account } from './account';
import { PRICES, type Unit } from './prices';
import {
  expressGbSeconds,
  expressMemoryMb,
  lambdaGbSeconds,
  messageUnits,
  parallelSteps,
  stateTransitions,
  type CountedEvent,
} from './units';

/** How many of the newest traces are kept. */
const MAX_TRACES = 2_000;
const MS_PER_MINUTE = 60_000;
/** How long counting is put off, in milliseconds of real time: longer than what hangs on a message takes. */
const PUT_OFF = 50;
/** As much is put off at most. */
const MOST = 5_000;

/** A function as its invocations are billed. */
export interface BilledFunction {
  readonly name: string;
  readonly memorySize: number;
  readonly architecture: 'arm64' | 'x86_64';
}

/** An execution that has ended. Its input stands for its data, whose size along the way nobody can read off AWS. */
export interface BilledExecution {
  readonly machine: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly definitionBytes: number;
  readonly inputBytes: number;
  readonly milliseconds: number;
  readonly events: readonly CountedEvent[];
}

/** What one API call of DynamoDB consumed of one table or index. */
export interface BilledCapacity {
  /** `<table>` or `<table>/index/<index>`. */
  readonly resource: string;
  readonly units: number;
}

/**
 * Counts what AWS would bill: everything together, and by trace. Each method is called by the part of the runtime where
 * the unit arises, with the trace header of what caused it; what has none is counted as unattributed.
 *
 * A message causes more than a hundred units, and somebody waits for it while they arise: they are counted a moment
 * later, or when somebody asks how many there are.
 */
export class Meter {
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  #total: Account;
  #unattributed: Account;
  readonly #traces = new Map<string, Account>();
  /** When open connections were last charged for. */
  readonly #connections = new Map<string, number>();
  #pending: (() => void)[] = [];
  #settling: NodeJS.Timeout | undefined;

  /** @param report told of what could not be counted; the rest is */
  constructor(clock: Clock, report: (error: unknown) => void) {
    this.#clock = clock;
    this.#report = report;
    this.#total = new Account(clock.now());
    this.#unattributed = new Account(clock.now());
  }

  /** Puts off what it takes to know what to count; nothing else may hang on when it runs. */
  later(work: () => void): void {
    this.#pending.push(work);
    if (this.#pending.length >= MOST) this.#settle();
    else this.#settling ??= setTimeout(() => this.#settle(), PUT_OFF).unref();
  }

  /** Adds to the total and to the header's trace. */
  count(unit: Unit, resource: string, quantity: number, trace: string | undefined): void {
    this.later(() => this.#add(unit, resource, quantity, trace));
  }

  /** One message over a WebSocket. */
  message(direction: 'in' | 'out', bytes: number, trace: string | undefined): void {
    this.count('websocketMessages', direction, messageUnits(bytes), trace);
  }

  connectionOpened(connectionId: string): void {
    this.#connections.set(connectionId, this.#clock.now());
  }

  connectionClosed(connectionId: string): void {
    this.#chargeMinutes(connectionId);
    this.#connections.delete(connectionId);
  }

  invocation(billed: BilledFunction, milliseconds: number, trace: string): void {
    const { name, memorySize, architecture } = billed;
    const unit = architecture === 'arm64' ? 'lambdaArmGbSeconds' : 'lambdaX86GbSeconds';
    this.later(() => {
      this.#add('lambdaRequests', name, 1, trace);
      this.#add(unit, name, lambdaGbSeconds(milliseconds, memorySize), trace);
    });
  }

  /** @param consumed asked later */
  capacity(
    kind: 'read' | 'write',
    operation: string,
    consumed: () => readonly BilledCapacity[],
    trace: string | undefined,
  ): void {
    const unit = kind === 'read' ? 'dynamodbReadUnits' : 'dynamodbWriteUnits';
    this.later(() => {
      for (const { resource, units } of consumed()) this.#add(unit, `${resource} ${operation}`, units, trace);
    });
  }

  execution(ended: BilledExecution, trace: string): void {
    const { machine, type, definitionBytes, inputBytes, milliseconds, events } = ended;
    if (type === 'STANDARD') {
      this.count('standardTransitions', machine, stateTransitions(events), trace);
      return;
    }
    const steps = parallelSteps(events);
    const memory = expressMemoryMb({ definitionBytes, dataBytes: inputBytes, parallelSteps: steps });
    this.count('expressRequests', machine, 1, trace);
    this.count('expressGbSeconds', machine, expressGbSeconds(milliseconds, memory), trace);
  }

  /** A Distributed Map started a child: a transition of the parent, whatever the child costs itself. */
  childStarted(machine: string, trace: string | undefined): void {
    this.count('standardTransitions', `${machine} children`, 1, trace);
  }

  logged(group: string, line: string, trace: string | undefined): void {
    this.later(() => this.#add('logBytes', group, Buffer.byteLength(line), trace));
  }

  /** Everything so far, with the newest traces first. */
  report(newest: number): JsonObject {
    this.#settle();
    for (const connectionId of this.#connections.keys()) this.#chargeMinutes(connectionId);
    const traces = [...this.#traces].reverse().slice(0, newest);
    return {
      prices: { date: PRICES.date, region: PRICES.region, table: { ...PRICES.table } },
      total: this.#total.summary(),
      unattributed: this.#unattributed.summary(),
      traces: traces.map(([trace, account]) => ({ trace, ...account.summary() })),
    };
  }

  /** One trace with its lines. @param trace its id; undefined when nothing was counted for it, or too long ago */
  trace(trace: string): JsonObject | undefined {
    this.#settle();
    const account = this.#traces.get(trace);
    return account && { trace, ...account.summary(), lines: account.lines() };
  }

  /** How much of a unit was used in all. */
  quantity(unit: Unit): number {
    this.#settle();
    return this.#total.quantity(unit);
  }

  /** Forgets what was counted. What is under way counts from now on. */
  reset(): void {
    const now = this.#clock.now();
    this.#settle();
    this.#total = new Account(now);
    this.#unattributed = new Account(now);
    this.#traces.clear();
    for (const connectionId of this.#connections.keys()) this.#connections.set(connectionId, now);
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    // Working it out may put off more.
    while (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      for (const work of pending) this.#attempt(work);
    }
  }

  /** Nobody called for it now, so nobody here could do anything about an error. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(error);
    }
  }

  #add(unit: Unit, resource: string, quantity: number, trace: string | undefined): void {
    this.#total.add(unit, resource, quantity);
    this.#accountOf(trace).add(unit, resource, quantity);
  }

  #accountOf(trace: string | undefined): Account {
    const id = traceId(trace);
    if (id === undefined) return this.#unattributed;
    const known = this.#traces.get(id);
    if (known !== undefined) return known;
    const account = new Account(this.#clock.now());
    this.#traces.set(id, account);
    if (this.#traces.size > MAX_TRACES) {
      for (const oldest of this.#traces.keys()) {
        this.#traces.delete(oldest);
        break;
      }
    }
    return account;
  }

  /** A connection belongs to no message, so its minutes are in the total and in what is unattributed. */
  #chargeMinutes(connectionId: string): void {
    const since = this.#connections.get(connectionId);
    if (since === undefined) return;
    const now = this.#clock.now();
    this.#connections.set(connectionId, now);
    this.#add('connectionMinutes', 'open', (now - since) / MS_PER_MINUTE, undefined);
  }
}
