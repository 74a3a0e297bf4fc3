import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';

export interface LogEvent {
  /** Increases by one per event of a group; the API's `eventId`. */
  readonly id: number;
  readonly stream: string;
  /** Milliseconds since the epoch, as the writer gave it. */
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

/**
 * The newest events of one log group, in the order of their arrival; on disk too when it has a file.
 * The file holds at most twice `limit` lines before it is rewritten with what is still kept.
 */
export class LogGroup {
  readonly name: string;
  readonly creationTime: number;
  readonly #limit: number;
  readonly #file: JsonLines | undefined;
  #events: LogEvent[] = [];
  #nextId = 1;

  constructor(name: string, options: { now: number; limit: number; folder: string | undefined }) {
    this.name = name;
    this.#limit = options.limit;
    if (options.folder !== undefined) {
      this.#file = new JsonLines(join(options.folder, fileName(name)));
      this.#events = Array.from(this.#file.read(), parseEvent);
      this.#trim();
      this.#nextId = (this.#events.at(-1)?.id ?? 0) + 1;
    }
    this.creationTime = Math.min(options.now, this.#events[0]?.ingestionTime ?? options.now);
  }

  /** Oldest first. */
  get events(): readonly LogEvent[] {
    return this.#events;
  }

  append(stream: string, message: string, timestamp: number, ingestionTime: number): void {
    const event: LogEvent = { id: this.#nextId, stream, timestamp, ingestionTime, message };
    this.#nextId += 1;
    this.#events.push(event);
    this.#file?.appendSoon({ ...event });
    this.#trim();
  }

  close(): void {
    this.#file?.close();
  }

  /** In chunks, so that a full group does not move 20,000 elements for each new one. */
  #trim(): void {
    if (this.#events.length > this.#limit * 1.1) this.#events = this.#events.slice(-this.#limit);
    if (this.#file !== undefined && this.#file.lines > this.#limit * 2) {
      this.#file.rewrite(this.#events.map((event) => ({ ...event })));
    }
  }
}

/** Group names hold slashes and may be longer than a file name may be. */
function fileName(group: string): string {
  const encoded = encodeURIComponent(group);
  if (encoded.length <= 200) return `${encoded}.jsonl`;
  return `${encoded.slice(0, 150)}-${createHash('sha256').update(group).digest('hex').slice(0, 16)}.jsonl`;
}

function parseEvent(entry: JsonObject): LogEvent {
  const { id, stream, timestamp, ingestionTime, message } = entry;
  if (
    typeof id !== 'number' ||
    typeof stream !== 'string' ||
    typeof timestamp !== 'number' ||
    typeof ingestionTime !== 'number' ||
    typeof message !== 'string'
  ) {
    throw new Error(`A stored log event is incomplete: ${JSON.stringify(entry)}`);
  }
  return { id, stream, timestamp, ingestionTime, message };
}
