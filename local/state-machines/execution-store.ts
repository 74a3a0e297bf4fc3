import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { isObject, type Json, type JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { defined } from '../json/members';
import type { Execution, ExecutionRecord, ExecutionStatus } from './execution';
import type { HistoryEvent } from './history';

/** An execution that can be listed, described and read: one of this process, or one read back from disk. */
export interface StoredExecution {
  /** Grows with every start, also across restarts: the order of listings. */
  readonly sequence: number;
  record(): ExecutionRecord;
  events(): readonly HistoryEvent[];
  /** Present while it runs in this process. */
  readonly running?: Execution;
}

/**
 * The newest executions, in memory and, with a folder, on disk: a line at each start, a line with the outcome and
 * the history at each end. Two files take turns, so that the disk holds at most twice what memory holds and
 * nothing is ever rewritten. A line that a kill tore is dropped.
 */
export class ExecutionStore {
  readonly #executions = new Map<string, StoredExecution>();
  readonly #limit: number;
  readonly #folder: string | undefined;
  #file: JsonLines | undefined;
  #endedInFile = 0;
  #sequence = 0;

  /** `now` gives the stop time of executions that a restart finds running: they read ABORTED. */
  constructor(limit: number, now: () => number, folder?: string) {
    this.#limit = limit;
    this.#folder = folder;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    for (const file of ['previous.jsonl', 'current.jsonl']) this.#read(path.join(folder, file));
    this.#file = this.#open();
    for (const stored of this.#executions.values()) {
      const record = stored.record();
      if (record.status === 'RUNNING') this.#abandoned(stored, record, now());
    }
    this.#evict();
  }

  add(execution: Execution): StoredExecution {
    const stored: StoredExecution = {
      sequence: ++this.#sequence,
      record: () => execution.record,
      events: () => execution.history.events,
      get running() {
        return execution.record.status === 'RUNNING' ? execution : undefined;
      },
    };
    this.#executions.set(execution.record.executionArn, stored);
    this.#file?.append({ sequence: stored.sequence, record: recordToJson(execution.record) });
    return stored;
  }

  /** Writes down how an execution ended, and drops the oldest ended ones beyond the limit. */
  ended(execution: Execution): void {
    const stored = this.#executions.get(execution.record.executionArn);
    if (stored !== undefined && this.#file !== undefined) {
      this.#file.append(endLine(stored.sequence, execution.record, execution.history.events));
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

  #evict(): void {
    if (this.#executions.size <= this.#limit) return;
    for (const [arn, stored] of this.#executions) {
      if (this.#executions.size <= this.#limit) return;
      if (stored.running === undefined) this.#executions.delete(arn);
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
    for (const stored of this.#executions.values()) {
      // Those still running started in the file that the next rotation deletes.
      if (stored.running)
        this.#file?.append({ sequence: stored.sequence, record: recordToJson(stored.record()) });
    }
  }

  #read(file: string): void {
    if (!existsSync(file)) return;
    for (const line of new JsonLines(file).read()) {
      const { sequence, record, events } = line;
      if (typeof sequence !== 'number' || !isObject(record))
        throw new Error(`${file} holds a line that is no execution`);
      const restored = recordFromJson(record, file);
      const history = Array.isArray(events) ? events.map((event) => eventFromJson(event, file)) : [];
      this.#sequence = Math.max(this.#sequence, sequence);
      this.#endedInFile += restored.status === 'RUNNING' ? 0 : 1;
      // A later line of the same execution replaces the earlier one.
      this.#executions.delete(restored.executionArn);
      this.#executions.set(restored.executionArn, {
        sequence,
        record: () => restored,
        events: () => history,
      });
    }
  }

  #abandoned(stored: StoredExecution, record: ExecutionRecord, now: number): void {
    const aborted: ExecutionRecord = { ...record, status: 'ABORTED', stopDate: now };
    const events: HistoryEvent[] = [
      {
        id: 1,
        previousEventId: 0,
        type: 'ExecutionStarted',
        timestamp: record.startDate,
        details: { input: record.input },
      },
      { id: 2, previousEventId: 0, type: 'ExecutionAborted', timestamp: now },
    ];
    this.#executions.set(record.executionArn, {
      sequence: stored.sequence,
      record: () => aborted,
      events: () => events,
    });
    this.#file?.append(endLine(stored.sequence, aborted, events));
  }
}

function endLine(sequence: number, record: ExecutionRecord, events: readonly HistoryEvent[]): JsonObject {
  return { sequence, record: recordToJson(record), events: events.map((event) => defined({ ...event })) };
}

function recordToJson(record: ExecutionRecord): JsonObject {
  return defined({ ...record });
}

function recordFromJson(json: JsonObject, file: string): ExecutionRecord {
  const text = (name: string): string => {
    const value = json[name];
    if (typeof value !== 'string') throw new Error(`${file} holds an execution without ${name}`);
    return value;
  };
  const optional = (name: string) => (json[name] === undefined ? {} : { [name]: text(name) });
  const time = (name: string): number => {
    const value = json[name];
    if (typeof value !== 'number') throw new Error(`${file} holds an execution without ${name}`);
    return value;
  };
  const status = STATUSES.find((known) => known === json['status']);
  if (status === undefined) throw new Error(`${file} holds an execution without a status`);
  return {
    executionArn: text('executionArn'),
    stateMachineArn: text('stateMachineArn'),
    name: text('name'),
    type: text('type') === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    startDate: time('startDate'),
    input: text('input'),
    status,
    ...optional('mapRunArn'),
    ...optional('traceHeader'),
    ...(json['stopDate'] === undefined ? {} : { stopDate: time('stopDate') }),
    ...optional('output'),
    ...optional('error'),
    ...optional('cause'),
  };
}

export const STATUSES: readonly ExecutionStatus[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'ABORTED',
  'TIMED_OUT',
];

function eventFromJson(json: Json, file: string): HistoryEvent {
  if (isObject(json)) {
    const { id, previousEventId, type, timestamp, details } = json;
    const isEvent =
      typeof id === 'number' && typeof previousEventId === 'number' && typeof timestamp === 'number';
    if (isEvent && typeof type === 'string') {
      return { id, previousEventId, type, timestamp, ...(isObject(details) ? { details } : {}) };
    }
  }
  throw new Error(`${file} holds an event that is none`);
}
