import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json/json';
import { defined } from '../json/members';
import type { ExecutionStatus } from './execution';
import type { MapRunRequest } from './run-context';

/** One Map Run as ListMapRuns and DescribeMapRun answer it. Kept in memory only: a restart forgets Map Runs. */
export class MapRunRecord {
  readonly mapRunArn: string;
  readonly startDate: number;
  #status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  #stopDate: number | undefined;
  readonly #counts = { running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0 };

  /** `machineArn` is the parent's. */
  constructor(
    readonly machineArn: string,
    readonly executionArn: string,
    readonly request: MapRunRequest,
    readonly now: () => number,
  ) {
    const prefix = machineArn.replace(':stateMachine:', ':mapRun:');
    this.mapRunArn = `${prefix}/${request.distributed.label}:${randomUUID()}`;
    this.startDate = now();
  }

  childStarted(): void {
    this.#counts.running += 1;
  }

  childEnded(status: ExecutionStatus): void {
    this.#counts.running -= 1;
    if (status === 'SUCCEEDED') this.#counts.succeeded += 1;
    else if (status === 'TIMED_OUT') this.#counts.timedOut += 1;
    else if (status === 'ABORTED') this.#counts.aborted += 1;
    else this.#counts.failed += 1;
  }

  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void {
    this.#status = status;
    this.#stopDate = this.now();
  }

  get isRunning(): boolean {
    return this.#status === 'RUNNING';
  }

  listItem(): JsonObject {
    return {
      executionArn: this.executionArn,
      mapRunArn: this.mapRunArn,
      stateMachineArn: this.machineArn,
      ...this.#dates(),
    };
  }

  /** Items and executions count alike, because items are not batched. */
  description(): JsonObject {
    const { running, succeeded, failed, timedOut, aborted } = this.#counts;
    const total = this.request.itemCount;
    const ended = succeeded + failed + timedOut + aborted;
    const counts = {
      pending: this.isRunning ? total - ended - running : 0,
      running,
      succeeded,
      failed,
      timedOut,
      // What a Map Run that ended early never started counts as aborted.
      aborted: this.isRunning ? aborted : total - succeeded - failed - timedOut,
      total,
      resultsWritten: 0,
    };
    return {
      mapRunArn: this.mapRunArn,
      executionArn: this.executionArn,
      status: this.#status,
      ...this.#dates(),
      maxConcurrency: this.request.maxConcurrency,
      toleratedFailurePercentage: this.request.toleratedFailurePercentage,
      toleratedFailureCount: this.request.toleratedFailureCount,
      itemCounts: { ...counts },
      executionCounts: { ...counts },
      redriveCount: 0,
    };
  }

  #dates(): JsonObject {
    const stopDate = this.#stopDate === undefined ? undefined : this.#stopDate / 1000;
    return defined({ startDate: this.startDate / 1000, stopDate });
  }
}
