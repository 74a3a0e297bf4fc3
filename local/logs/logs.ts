import { join } from 'node:path';
import type { Clock } from '../clock';
import type { Service } from '../service';
import { ServiceError } from '../service';
import { logActions } from './log-actions';
import { LogGroup, type LogEvent } from './log-group';

export interface LogsOptions {
  readonly clock: Clock;
  /** Where the events are kept across restarts; in memory only without it. */
  readonly dataDir?: string;
  /** The newest events that a group keeps; 20,000 unless told. */
  readonly eventsPerGroup?: number;
}

/** CloudWatch Logs: groups of streams of events, written by what runs here and read by people and the API. */
export class Logs {
  readonly #clock: Clock;
  readonly #folder: string | undefined;
  readonly #limit: number;
  readonly #groups = new Map<string, LogGroup>();

  constructor(options: LogsOptions) {
    this.#clock = options.clock;
    this.#folder = options.dataDir === undefined ? undefined : join(options.dataDir, 'logs');
    this.#limit = options.eventsPerGroup ?? 20_000;
  }

  /** Makes sure that a group exists, with what it held before a restart. */
  declare(group: string): LogGroup {
    const existing = this.#groups.get(group);
    if (existing !== undefined) return existing;
    const created = new LogGroup(group, {
      now: this.#clock.now(),
      limit: this.#limit,
      folder: this.#folder,
    });
    this.#groups.set(group, created);
    return created;
  }

  /**
   * Writes one event. A group that no template declares comes into being, as Lambda's do.
   * @param timestamp milliseconds since the epoch; now unless told
   */
  append(group: string, stream: string, message: string, timestamp?: number): void {
    const now = this.#clock.now();
    this.declare(group).append(stream, message, timestamp ?? now, now);
  }

  /** What a group holds, oldest first; nothing when there is no such group. */
  events(group: string): readonly LogEvent[] {
    return this.#groups.get(group)?.events ?? [];
  }

  /** @throws ResourceNotFoundException */
  group(name: string): LogGroup {
    const group = this.#groups.get(name);
    if (group === undefined) {
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    return group;
  }

  /** In the order of their names. */
  groups(): LogGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  service(): Service {
    return { name: 'logs', actions: logActions(this) };
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }
}
