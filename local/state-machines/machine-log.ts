import { createHash } from 'node:crypto';
import type { JsonObject } from '../json/json';
import { detailsOf, type HistoryEvent } from './history';

/** Where an event of an execution is written, with its time. The runtime passes CloudWatch Logs. */
export type LogSink = (
  groupName: string,
  streamName: string,
  message: string,
  trace: string,
  timestamp: number,
) => void;

export type LogLevel = 'ALL' | 'ERROR' | 'FATAL' | 'OFF';

export interface MachineLogging {
  readonly level: LogLevel;
  readonly includeExecutionData: boolean;
  /** The log group's name; absent with level OFF. */
  readonly groupName?: string;
}

export const NO_LOGGING: MachineLogging = { level: 'OFF', includeExecutionData: false };

/**
 * Whether a level writes an event: ERROR the failures of anything, FATAL those of the execution alone.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level
 */
function isLogged(level: LogLevel, eventType: string): boolean {
  switch (level) {
    case 'ALL':
      return true;
    case 'ERROR':
      return /(Failed|Aborted|TimedOut)$/.test(eventType) || eventType === 'FailStateEntered';
    case 'FATAL':
      return /^Execution(Failed|Aborted|TimedOut)$/.test(eventType);
    case 'OFF':
      return false;
  }
}

/** How long an event waits for its line, in milliseconds of real time. */
const GATHERING_MS = 50;
const MS_PER_MINUTE = 60_000;

/**
 * The log of one machine's executions. Lines are made and written when an execution ends, and every 50 ms of those that
 * go on: while somebody waits for what an execution does, this one thread has better to do.
 */
export class MachineLog {
  /** Ends the names of the machine's streams. */
  readonly #hash: string;
  #stream = { minute: -1, name: '' };
  readonly #gathered: LoggedEvent[] = [];
  #flushing: NodeJS.Timeout | undefined;

  /** @param report told of lines that could not be written; the others are */
  constructor(
    readonly machine: string,
    readonly logging: MachineLogging,
    readonly sink: LogSink,
    readonly report: (error: unknown) => void,
  ) {
    this.#hash = createHash('md5').update(machine).digest('hex').slice(0, 8);
  }

  /** Takes an event, if the machine's level writes such. */
  add(logged: LoggedEvent): void {
    const { groupName, level } = this.logging;
    if (groupName === undefined || !isLogged(level, logged.event.type)) return;
    this.#gathered.push(logged);
    this.#flushing ??= setTimeout(() => this.flush(), GATHERING_MS).unref();
  }

  /** Writes whatever was taken. Never throws: an execution has ended, whether or not its log can be written. */
  flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    for (const logged of this.#gathered.splice(0)) {
      try {
        this.#write(logged);
      } catch (error) {
        this.report(error);
      }
    }
  }

  #write({ event, executionArn, trace }: LoggedEvent): void {
    const { groupName, includeExecutionData } = this.logging;
    if (groupName === undefined) return;
    const line = logLine(event, executionArn, includeExecutionData);
    this.sink(groupName, this.#streamName(event.timestamp), line, trace, event.timestamp);
  }

  /** `states/<machine>/<minute>/<hash>`, a stream per minute as AWS rolls them. */
  #streamName(timestamp: number): string {
    const minute = Math.floor(timestamp / MS_PER_MINUTE);
    if (minute !== this.#stream.minute) {
      const text = new Date(timestamp).toISOString().slice(0, 16).replace(/[T:]/g, '-');
      this.#stream = { minute, name: `states/${this.machine}/${text}/${this.#hash}` };
    }
    return this.#stream.name;
  }
}

interface LoggedEvent {
  readonly event: HistoryEvent;
  readonly executionArn: string;
  readonly trace: string;
}

/** One event as a line of a workflow's log group: snake_case, numbers as text, as AWS writes them. */
function logLine(event: HistoryEvent, executionArn: string, includeExecutionData: boolean): string {
  const details = detailsOf(event, includeExecutionData);
  const line: JsonObject = {
    id: String(event.id),
    type: event.type,
    ...(details === undefined ? {} : { details }),
    previous_event_id: String(event.previousEventId),
    event_timestamp: String(event.timestamp),
    execution_arn: executionArn,
  };
  return JSON.stringify(line);
}
