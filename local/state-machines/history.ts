import type { JsonObject } from '../json/json';

/**
 * One event of an execution's history. `details` is what GetExecutionHistory puts under
 * `<type>EventDetails`, without the payloads' `truncated` marks.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  /** Milliseconds since the epoch, on the runtime's clock. */
  readonly timestamp: number;
  readonly details?: JsonObject;
}

/**
 * Where a line of states stands in the history. Each branch and iteration has a chain of its own, so that
 * `previousEventId` leads from every event back through its own line, however the branches interleave.
 */
export class Chain {
  constructor(public last: number) {}

  fork(): Chain {
    return new Chain(this.last);
  }
}

/** The events of one execution, numbered from 1 in the order in which they happened. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  readonly #written: (event: HistoryEvent) => void;
  #sealed = false;

  /** `written` is told of every event as it happens, for the log. */
  constructor(now: () => number, written: (event: HistoryEvent) => void) {
    this.#now = now;
    this.#written = written;
  }

  /** Adds an event at the end of a chain and moves the chain on to it. Returns its id. */
  add(chain: Chain, type: string, details?: JsonObject): number {
    chain.last = this.addBeside(chain, type, details);
    return chain.last;
  }

  /** Adds an event that the chain passes by: what follows has the same predecessor as this one. */
  addBeside(chain: Chain, type: string, details?: JsonObject): number {
    const event: HistoryEvent = {
      id: this.events.length + 1,
      previousEventId: chain.last,
      type,
      timestamp: this.#now(),
      ...(details === undefined ? {} : { details }),
    };
    if (this.#sealed) return event.id;
    this.events.push(event);
    this.#written(event);
    return event.id;
  }

  /** Nothing comes after the execution's end, not even from a branch that notices its stop a moment later. */
  seal(): void {
    this.#sealed = true;
  }
}

/** The name of the member that holds an event's details, e.g. `stateEnteredEventDetails`. */
function detailsName(type: string): string {
  const suffix = /State(Entered|Exited)$/.exec(type);
  const name = suffix === null ? type.charAt(0).toLowerCase() + type.slice(1) : `state${suffix[1]}`;
  return `${name}EventDetails`;
}

/** Details with their payloads and the marks that AWS sets beside these, or without both. */
export function detailsOf(event: HistoryEvent, includeExecutionData: boolean): JsonObject | undefined {
  if (event.details === undefined) return undefined;
  const details: JsonObject = {};
  for (const [name, value] of Object.entries(event.details)) {
    const isPayload = name === 'input' || name === 'output' || name === 'assignedVariables';
    if (isPayload && !includeExecutionData) continue;
    details[name] = value;
    if (isPayload) details[`${name}Details`] = { truncated: false };
  }
  return details;
}

/** An event as GetExecutionHistory answers it. `timestamp` is in seconds. */
export function historyEventAnswer(event: HistoryEvent, includeExecutionData: boolean): JsonObject {
  const details = detailsOf(event, includeExecutionData);
  return {
    timestamp: event.timestamp / 1000,
    type: event.type,
    id: event.id,
    previousEventId: event.previousEventId,
    ...(details === undefined ? {} : { [detailsName(event.type)]: details }),
  };
}
