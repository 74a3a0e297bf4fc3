import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { JsonLines } from '../json/json-lines';
import type { Execution, ExecutionRecord } from './execution';
import { eventLine, executionLine, mapRunLine } from './execution-lines';
import type { HistoryEvent } from './history';
import type { MapRunRecord } from './map-run-records';
import { restoreExecutions } from './restored-executions';

/** An execution that can be listed, described and read: one of this process, or one read back from disk. */
export interface StoredExecution {
  /** Grows with every start, also across restarts: the order of listings. */
  readonly sequence: number;
  record(): ExecutionRecord;
  events(): readonly HistoryEvent[];
  /** In the order of their starts. */
  readonly mapRuns: MapRunRecord[];
  /** Present while it runs in this process. */
  readonly running?: Execution;
}

/**
 * The newest executions, in memory and, with a folder, on disk: a line at each start, a line with the outcome, the
 * history and the Map Runs at each end. What happens in between is written down of STANDARD executions, which are few
 * and long; an EXPRESS one that is cut off has no history. Two files take turns, so that the disk holds at most twice as
 * many executions as memory and nothing is ever rewritten. A line that a kill tore is dropped.
 */
export class ExecutionStore {
  readonly #executions = new Map<string, StoredExecution>();
  readonly #mapRuns = new Map<string, MapRunRecord>();
  readonly #limit: number;
  readonly #folder: string | undefined;
  #file: JsonLines | undefined;
  #endedInFile = 0;
  #sequence = 0;

  /** `now` gives the stop time of executions and Map Runs that a restart finds running: they read ABORTED. */
  constructor(limit: number, now: () => number, folder?: string) {
    this.#limit = limit;
    this.#folder = folder;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    const files = ['previous.jsonl', 'current.jsonl'].map((file) => path.join(folder, file));
    const { executions, cutOff, endedInLast } = restoreExecutions(files, now());
    for (const restored of executions) {
      this.#executions.set(restored.record().executionArn, restored);
      this.#sequence = Math.max(this.#sequence, restored.sequence);
      for (const run of restored.mapRuns) this.#mapRuns.set(run.data.mapRunArn, run);
    }
    this.#file = this.#open();
    for (const restored of cutOff) this.#append(restored);
    this.#endedInFile = endedInLast + cutOff.length;
    this.#evict();
  }

  add(execution: Execution): StoredExecution {
    const stored: StoredExecution = {
      sequence: ++this.#sequence,
      record: () => execution.record,
      events: () => execution.history.events,
      mapRuns: [],
      get running() {
        return execution.record.status === 'RUNNING' ? execution : undefined;
      },
    };
    this.#executions.set(execution.record.executionArn, stored);
    this.#appendStart(stored);
    return stored;
  }

  /** Writes down what happens in an execution that was added, where it is one that may take long. */
  happened({ executionArn, type }: ExecutionRecord, event: HistoryEvent): void {
    if (type === 'STANDARD' && this.#executions.has(executionArn))
      this.#file?.appendSoon(eventLine(executionArn, event));
  }

  addMapRun(run: MapRunRecord): void {
    const { executionArn, mapRunArn } = run.data;
    this.#executions.get(executionArn)?.mapRuns.push(run);
    this.#mapRuns.set(mapRunArn, run);
    this.#file?.append(mapRunLine(run));
  }

  mapRunEnded(run: MapRunRecord): void {
    this.#file?.append(mapRunLine(run));
  }

  mapRun(mapRunArn: string): MapRunRecord | undefined {
    return this.#mapRuns.get(mapRunArn);
  }

  /** Writes down how an execution ended, and drops the oldest ended ones beyond the limit. */
  ended(execution: Execution): void {
    const stored = this.#executions.get(execution.record.executionArn);
    if (stored !== undefined && this.#file !== undefined) {
      this.#append(stored);
      this.#endedInFile += 1;
      if (this.#endedInFile >= this.#limit) this.#rotate();
    }
    this.#evict();
  }

  get(executionArn: string): StoredExecution | undefined {
    return this.#executions.get(executionArn);
  }

  /** The newest first. */
  newestFirst(): StoredExecution[] {
    return [...this.#executions.values()].sort((a, b) => b.sequence - a.sequence);
  }

  running(): Execution[] {
    return [...this.#executions.values()].flatMap((stored) => stored.running ?? []);
  }

  close(): void {
    this.#file?.close();
  }

  #append(stored: StoredExecution, events = stored.events()): void {
    const { sequence, mapRuns } = stored;
    this.#file?.append(executionLine({ sequence, record: stored.record(), events, mapRuns }));
  }

  #appendStart(stored: StoredExecution): void {
    this.#append(stored, stored.record().type === 'STANDARD' ? stored.events() : []);
  }

  #evict(): void {
    if (this.#executions.size <= this.#limit) return;
    for (const [arn, stored] of this.#executions) {
      if (this.#executions.size <= this.#limit) return;
      if (stored.running !== undefined) continue;
      this.#executions.delete(arn);
      for (const { data } of stored.mapRuns) this.#mapRuns.delete(data.mapRunArn);
    }
  }

  #open(): JsonLines | undefined {
    return this.#folder === undefined ? undefined : new JsonLines(path.join(this.#folder, 'current.jsonl'));
  }

  #rotate(): void {
    if (this.#folder === undefined) return;
    this.#file?.close();
    renameSync(path.join(this.#folder, 'current.jsonl'), path.join(this.#folder, 'previous.jsonl'));
    this.#file = this.#open();
    this.#endedInFile = 0;
    // Those still running started in the file that the next rotation deletes.
    for (const stored of this.#executions.values()) if (stored.running) this.#appendStart(stored);
  }
}
