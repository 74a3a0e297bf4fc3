import type { Clock } from '../clock';
import type { Faults } from '../faults/faults';
import type { Json, JsonObject } from '../json/json';
import type { Service, Services } from '../service';
import { ServiceError } from '../service';
import { newTrace } from '../trace';
import { busActions } from './bus-actions';
import { deliver } from './delivery';
import { busFaults } from './bus-faults';
import { busNameOf, entrySize, envelope, parseEntry, type EventEnvelope } from './event-entry';
import type { Rule } from './rule';

export interface BusOptions {
  readonly services: Services;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Told of events that were dropped, and of programming errors. */
  report(error: unknown): void;
  /** Uniform in [0, 1); seeded where a run must be repeatable. */
  readonly random?: () => number;
}

/** PutEvents: "under 1 MB total entry size per request" (EventBridge API, 2026). */
const MAX_REQUEST_BYTES = 1_048_576;

/**
 * EventBridge's classic event buses: events in, rules, targets. Delivery is asynchronous, at least once and in
 * no order. What is under way when the process dies is lost, unlike on AWS.
 */
export class Bus {
  readonly #options: BusOptions;
  readonly #random: () => number;
  readonly #buses = new Set(['default']);
  readonly #rules = new Map<string, Rule>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #started = false;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  declareBus(name: string): void {
    this.#buses.add(name);
  }

  /** @throws Error when the rule's bus was not declared before */
  declareRule(rule: Rule): void {
    if (!this.#buses.has(rule.busName)) {
      throw new Error(
        `The rule ${rule.constructId} names the event bus ${rule.busName}, which does not exist`,
      );
    }
    this.#rules.set(rule.arn, rule);
    if (this.#started) this.#schedule(rule);
  }

  /** Begins the schedules: each fires first one period from now. */
  start(): void {
    this.#started = true;
    for (const rule of this.#rules.values()) this.#schedule(rule);
  }

  /** In the order of their names. */
  buses(): string[] {
    return [...this.#buses].sort();
  }

  /** In the order of their names. @throws ResourceNotFoundException for an unknown bus */
  rules(busName: string): Rule[] {
    if (!this.#buses.has(busName)) {
      throw new ServiceError('ResourceNotFoundException', `Event bus ${busName} does not exist.`);
    }
    const rules = [...this.#rules.values()].filter((rule) => rule.busName === busName);
    return rules.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * PutEvents: a result per entry, in their order.
   * @param trace the caller's trace header, for entries without one of their own
   * @throws ValidationException for none or more than ten entries, or more than 1 MB; InternalException by fault
   */
  put(entries: readonly JsonObject[], trace?: string): JsonObject {
    if (entries.length < 1 || entries.length > 10) {
      throw new ServiceError('ValidationException', `PutEvents takes 1 to 10 entries, not ${entries.length}`);
    }
    if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) > MAX_REQUEST_BYTES) {
      throw new ServiceError(
        'ValidationException',
        'Total size of the entries in the request is over the limit.',
      );
    }
    const refuseEach = busFaults.put(this.#options.faults, busNameOf(entries[0] ?? {}));
    const results = entries.map((entry) => this.#accept(entry, refuseEach, trace));
    return {
      FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
      Entries: results satisfies Json[],
    };
  }

  /** Resolves when no delivery is under way, waits between retries included. */
  async idle(): Promise<void> {
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries);
  }

  service(): Service {
    return { name: 'events', actions: busActions(this) };
  }

  /** Stops schedules and drops what is under way. */
  close(): void {
    this.#closing.abort();
  }

  #accept(entry: JsonObject, refusal: ServiceError | undefined, caller: string | undefined): JsonObject {
    try {
      if (refusal !== undefined) throw refusal;
      const { busName, event, trace } = parseEntry(entry, this.#options.clock.now(), (name) =>
        this.#buses.has(name),
      );
      for (const rule of this.rules(busName)) {
        if (rule.enabled && rule.pattern?.matches(event) === true) this.#route(event, rule, trace ?? caller);
      }
      return { EventId: event.id };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { ErrorCode: error.code, ErrorMessage: error.message };
    }
  }

  /** Sends an event to the targets of a rule, as often and as late as the faults want it. */
  #route(event: EventEnvelope, rule: Rule, trace: string | undefined): void {
    const services = this.#options.services.traced(trace);
    const { times, holdBack } = busFaults.deliver(this.#options.faults, rule.constructId, this.#random);
    for (let time = 0; time < times; time += 1) {
      for (const target of rule.targets) {
        const delivery = this.#held(holdBack)
          .then(() =>
            deliver(event, rule, target, {
              ...this.#options,
              services,
              random: this.#random,
              signal: this.#closing.signal,
            }),
          )
          .catch((error: unknown) => {
            if (!this.#closing.signal.aborted) this.#options.report(error);
          })
          .finally(() => this.#deliveries.delete(delivery));
        this.#deliveries.add(delivery);
      }
    }
  }

  /** Resolves after this much real time, in a later turn of the event loop in any case. */
  #held(milliseconds: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(new Error('The bus was closed'));
      };
      const go = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const timer = milliseconds > 0 ? setTimeout(go, milliseconds) : undefined;
      if (timer === undefined) setImmediate(go);
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  #schedule(rule: Rule): void {
    const { clock } = this.#options;
    const { schedule, enabled } = rule;
    if (schedule === undefined || !enabled) return;
    let next = clock.now() + schedule.period;
    const wait = () => {
      const cancel = clock.after(next - clock.now(), fire);
      this.#closing.signal.addEventListener('abort', cancel, { once: true });
      return () => this.#closing.signal.removeEventListener('abort', cancel);
    };
    const fire = () => {
      forget();
      this.#route(scheduledEvent(rule, next), rule, newTrace(clock.now()));
      // A laptop that slept through ten periods fires once, not ten times.
      while (next <= clock.now()) next += schedule.period;
      forget = wait();
    };
    let forget = wait();
  }
}

function scheduledEvent(rule: Rule, time: number): EventEnvelope {
  return envelope({
    detailType: 'Scheduled Event',
    source: 'aws.events',
    time,
    resources: [rule.arn],
    detail: {},
  });
}
