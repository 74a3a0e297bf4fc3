import { createHash } from 'node:crypto';
import type { JsonObject } from '../json/json';
import { detailsOf, type HistoryEvent } from './history';

/** Where an event of an execution is written. The runtime passes CloudWatch Logs. */
export type LogSink = (groupName: string, streamName: string, message: string, trace?: string) => void;

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
export function isLogged(level: LogLevel, eventType: string): boolean {
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

/** One event as a line of a workflow's log group: snake_case, numbers as text, as AWS writes them. */
export function logLine(event: HistoryEvent, executionArn: string, includeExecutionData: boolean): string {
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

/** `states/<machine>/<minute>/<hash>`, a stream per minute as AWS rolls them. */
export function streamName(machine: string, now: number): string {
  const minute = new Date(now).toISOString().slice(0, 16).replace(/[T:]/g, '-');
  return `states/${machine}/${minute}/${createHash('md5').update(machine).digest('hex').slice(0, 8)}`;
}
