import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json/json';
import { defined } from '../json/members';
import type { ExecutionStatus } from './execution';
import type { MapRunRequest } from './run-context';

export const MAP_RUN_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED'] as const;
export type MapRunStatus = (typeof MAP_RUN_STATUSES)[number];

/** A Map Run as it is written down. Times are milliseconds since the epoch. */
export interface MapRunData {
  readonly mapRunArn: string;
  /** The parent's, as the next one. */
  readonly executionArn: string;
  readonly machineArn: string;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly status: MapRunStatus;
  readonly itemCount: number;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  /** How its child executions ended so far. */
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}

/** What a Map Run is when it starts, in an execution of this machine. */
export function newMapRun(
  machineArn: string,
  executionArn: string,
  { distributed, itemCount, maxConcurrency, ...tolerated }: MapRunRequest,
  now: number,
): MapRunRecord {
  const { toleratedFailureCount, toleratedFailurePercentage } = tolerated;
  const prefix = machineArn.replace(':stateMachine:', ':mapRun:');
  return new MapRunRecord({
    mapRunArn: `${prefix}/${distributed.label}:${randomUUID()}`,
    executionArn,
    machineArn,
    startDate: now,
    status: 'RUNNING',
    ...{ itemCount, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage },
    ...{ succeeded: 0, failed: 0, timedOut: 0, aborted: 0 },
  });
}

/** One Map Run, as ListMapRuns and DescribeMapRun answer it. */
export class MapRunRecord {
  #data: MapRunData;
  #running = 0;

  constructor(data: MapRunData) {
    this.#data = data;
  }

  get data(): MapRunData {
    return this.#data;
  }

  get isRunning(): boolean {
    return this.#data.status === 'RUNNING';
  }

  childStarted(): void {
    this.#running += 1;
  }

  childEnded(status: ExecutionStatus): void {
    this.#running -= 1;
    this.count(status);
  }

  /** Counts a child that ended so. */
  count(status: ExecutionStatus): void {
    const { succeeded, failed, timedOut, aborted } = this.#data;
    if (status === 'SUCCEEDED') this.#data = { ...this.#data, succeeded: succeeded + 1 };
    else if (status === 'TIMED_OUT') this.#data = { ...this.#data, timedOut: timedOut + 1 };
    else if (status === 'ABORTED') this.#data = { ...this.#data, aborted: aborted + 1 };
    else this.#data = { ...this.#data, failed: failed + 1 };
  }

  end(status: Exclude<MapRunStatus, 'RUNNING'>, now: number): void {
    this.#data = { ...this.#data, status, stopDate: now };
  }

  listItem(): JsonObject {
    const { executionArn, mapRunArn, machineArn } = this.#data;
    return { executionArn, mapRunArn, stateMachineArn: machineArn, ...this.#dates() };
  }

  /** Items and executions count alike, because items are not batched. */
  description(): JsonObject {
    const { itemCount: total, succeeded, failed, timedOut, aborted, ...data } = this.#data;
    const ended = succeeded + failed + timedOut + aborted;
    const counts = {
      pending: this.isRunning ? total - ended - this.#running : 0,
      running: this.#running,
      succeeded,
      failed,
      timedOut,
      // What a Map Run that ended early never started counts as aborted.
      aborted: this.isRunning ? aborted : total - succeeded - failed - timedOut,
      total,
      resultsWritten: 0,
    };
    return {
      mapRunArn: data.mapRunArn,
      executionArn: data.executionArn,
      status: data.status,
      ...this.#dates(),
      maxConcurrency: data.maxConcurrency,
      toleratedFailurePercentage: data.toleratedFailurePercentage,
      toleratedFailureCount: data.toleratedFailureCount,
      itemCounts: { ...counts },
      executionCounts: { ...counts },
      redriveCount: 0,
    };
  }

  #dates(): JsonObject {
    const { startDate, stopDate } = this.#data;
    return defined({
      startDate: startDate / 1000,
      stopDate: stopDate === undefined ? undefined : stopDate / 1000,
    });
  }
}
