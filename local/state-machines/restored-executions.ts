import { JsonLines } from '../json/json-lines';
import type { ExecutionRecord } from './execution';
import { readLine } from './execution-lines';
import type { HistoryEvent } from './history';
import type { MapRunRecord } from './map-run-records';

const CUT_OFF =
  'The local runtime ended while this execution was running, and does not go on with it. On AWS it would have gone on.';

/** An execution that an earlier process ran, as it was written down. */
export class RestoredExecution {
  readonly sequence: number;
  readonly mapRuns: MapRunRecord[] = [];
  #record: ExecutionRecord;
  readonly #events: HistoryEvent[];

  constructor(sequence: number, record: ExecutionRecord, events: readonly HistoryEvent[]) {
    this.sequence = sequence;
    this.#record = record;
    this.#events = [...events];
  }

  record(): ExecutionRecord {
    return this.#record;
  }

  events(): readonly HistoryEvent[] {
    return this.#events;
  }

  happened(event: HistoryEvent): void {
    this.#events.push(event);
  }

  /** In the place of what was known of this Map Run. */
  keepMapRun(run: MapRunRecord): void {
    const known = this.mapRuns.findIndex(({ data }) => data.mapRunArn === run.data.mapRunArn);
    this.mapRuns.splice(known === -1 ? this.mapRuns.length : known, 1, run);
  }

  /** Ends one that ran when its process ended. */
  abort(now: number): void {
    const { startDate, input } = this.#record;
    if (this.#events.length === 0) this.#add('ExecutionStarted', startDate, { input });
    this.#add('ExecutionAborted', now, { cause: CUT_OFF });
    this.#record = { ...this.#record, status: 'ABORTED', stopDate: now, cause: CUT_OFF };
  }

  #add(type: string, timestamp: number, details: Record<string, string>): void {
    this.#events.push({ id: this.#events.length + 1, previousEventId: 0, type, timestamp, details });
  }
}

interface Restored {
  readonly executions: readonly RestoredExecution[];
  readonly cutOff: readonly RestoredExecution[];
  readonly endedInLast: number;
}

/**
 * What these files say, the older one first. What was running ends now: its executions and Map Runs read ABORTED.
 * @returns the executions in the order of their last lines, those of them that were cut off, and how many ends the last
 *   file tells of
 * @throws Error that names a file with a line that is none
 */
export function restoreExecutions(files: readonly string[], now: number): Restored {
  const restored = new Map<string, RestoredExecution>();
  let endedInLast = 0;
  for (const file of files) {
    endedInLast = 0;
    for (const json of new JsonLines(file).read()) {
      const line = readLine(json, file);
      // What is said of an execution that was dropped with an older file is dropped too.
      if ('mapRun' in line) restored.get(line.mapRun.data.executionArn)?.keepMapRun(line.mapRun);
      else if ('event' in line) restored.get(line.executionArn)?.happened(line.event);
      else {
        const { sequence, record, events, mapRuns } = line;
        endedInLast += record.status === 'RUNNING' ? 0 : 1;
        const execution = new RestoredExecution(sequence, record, events);
        for (const run of mapRuns) execution.keepMapRun(run);
        restored.delete(record.executionArn);
        restored.set(record.executionArn, execution);
      }
    }
  }
  const executions = [...restored.values()];
  const cutOff = executions.filter((execution) => execution.record().status === 'RUNNING');
  for (const execution of cutOff) execution.abort(now);
  const cutOffRuns = new Map(
    executions
      .flatMap(({ mapRuns }) => mapRuns)
      .filter(({ isRunning }) => isRunning)
      .map((run) => [run.data.mapRunArn, run]),
  );
  for (const execution of executions) {
    const { mapRunArn = '', status } = execution.record();
    cutOffRuns.get(mapRunArn)?.count(status);
  }
  for (const run of cutOffRuns.values()) run.end('ABORTED', now);
  return { executions, cutOff, endedInLast };
}
