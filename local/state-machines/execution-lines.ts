import { isObject, type Json, type JsonObject } from '../json/json';
import { defined } from '../json/members';
import type { ExecutionRecord, ExecutionStatus } from './execution';
import type { HistoryEvent } from './history';
import { MAP_RUN_STATUSES, MapRunRecord } from './map-run-records';

/** An execution as it is at its start or its end. A later line of the same execution replaces the earlier one. */
interface ExecutionLine {
  readonly sequence: number;
  readonly record: ExecutionRecord;
  readonly events: readonly HistoryEvent[];
  readonly mapRuns: readonly MapRunRecord[];
}

/** What one line of the files of executions says; the other two are of executions that run. */
export type Line =
  | ExecutionLine
  | { readonly executionArn: string; readonly event: HistoryEvent }
  | { readonly mapRun: MapRunRecord };

export function executionLine({ sequence, record, events, mapRuns }: ExecutionLine): JsonObject {
  return {
    sequence,
    record: defined({ ...record }),
    ...(events.length === 0 ? {} : { events: events.map((event) => defined({ ...event })) }),
    ...(mapRuns.length === 0 ? {} : { mapRuns: mapRuns.map(({ data }) => defined({ ...data })) }),
  };
}

export function eventLine(executionArn: string, event: HistoryEvent): JsonObject {
  return { executionArn, event: defined({ ...event }) };
}

export function mapRunLine({ data }: MapRunRecord): JsonObject {
  return { mapRun: defined({ ...data }) };
}

/** @throws Error that names the file, for what none of the above wrote */
export function readLine(line: JsonObject, file: string): Line {
  const { sequence, record, events = [], mapRuns = [], executionArn, event, mapRun } = line;
  if (event !== undefined && typeof executionArn === 'string')
    return { executionArn, event: eventFrom(event, file) };
  if (mapRun !== undefined) return { mapRun: mapRunFrom(mapRun, file) };
  if (typeof sequence !== 'number' || !isObject(record) || !Array.isArray(events) || !Array.isArray(mapRuns))
    throw new Error(`${file} holds a line that is no execution`);
  return {
    sequence,
    record: recordFrom(record, file),
    events: events.map((one) => eventFrom(one, file)),
    mapRuns: mapRuns.map((one) => mapRunFrom(one, file)),
  };
}

export const STATUSES: readonly ExecutionStatus[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'ABORTED',
  'TIMED_OUT',
];

function recordFrom(json: JsonObject, file: string): ExecutionRecord {
  const { text, number, optional } = membersOf(json, `${file} holds an execution`);
  const status = STATUSES.find((known) => known === json['status']);
  if (status === undefined) throw new Error(`${file} holds an execution without a status`);
  return {
    executionArn: text('executionArn'),
    stateMachineArn: text('stateMachineArn'),
    name: text('name'),
    type: text('type') === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    startDate: number('startDate'),
    input: text('input'),
    status,
    ...optional('mapRunArn', text),
    ...optional('traceHeader', text),
    ...optional('stopDate', number),
    ...optional('output', text),
    ...optional('error', text),
    ...optional('cause', text),
  };
}

function eventFrom(json: Json, file: string): HistoryEvent {
  if (!isObject(json)) throw new Error(`${file} holds an event that is none`);
  const { text, number } = membersOf(json, `${file} holds an event`);
  const { details } = json;
  return {
    id: number('id'),
    previousEventId: number('previousEventId'),
    type: text('type'),
    timestamp: number('timestamp'),
    ...(isObject(details) ? { details } : {}),
  };
}

function mapRunFrom(json: Json, file: string): MapRunRecord {
  if (!isObject(json)) throw new Error(`${file} holds a Map Run that is none`);
  const { text, number, optional } = membersOf(json, `${file} holds a Map Run`);
  const status = MAP_RUN_STATUSES.find((known) => known === json['status']);
  if (status === undefined) throw new Error(`${file} holds a Map Run without a status`);
  return new MapRunRecord({
    mapRunArn: text('mapRunArn'),
    executionArn: text('executionArn'),
    machineArn: text('machineArn'),
    startDate: number('startDate'),
    ...optional('stopDate', number),
    status,
    itemCount: number('itemCount'),
    maxConcurrency: number('maxConcurrency'),
    toleratedFailureCount: number('toleratedFailureCount'),
    toleratedFailurePercentage: number('toleratedFailurePercentage'),
    succeeded: number('succeeded'),
    failed: number('failed'),
    timedOut: number('timedOut'),
    aborted: number('aborted'),
  });
}

function membersOf(json: JsonObject, what: string) {
  const text = (name: string): string => {
    const value = json[name];
    if (typeof value !== 'string') throw new Error(`${what} without ${name}`);
    return value;
  };
  const number = (name: string): number => {
    const value = json[name];
    if (typeof value !== 'number') throw new Error(`${what} without ${name}`);
    return value;
  };
  const optional = <T>(name: string, read: (name: string) => T): Record<string, T> =>
    json[name] === undefined ? {} : { [name]: read(name) };
  return { text, number, optional };
}
