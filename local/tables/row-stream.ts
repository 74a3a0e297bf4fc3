import { Readable } from 'node:stream';
import type { Level, LevelRange } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';
import type { PastView } from './recent-writes';

/** Rows fetched per call of the database: a page of a query is one or two calls, not one per row. */
const CHUNK = 128;

/**
 * The values of a range in key order, read in chunks as far as the reader wants them.
 * @param past rows to show as they were, for a stale read
 * @param passed is given each value as it is handed on, in order
 */
export function rowStream(
  level: Level,
  range: LevelRange,
  past: PastView | undefined,
  passed: (value: JsonObject) => void,
): Readable {
  const changed = past?.within(range);
  const chunks =
    changed === undefined || changed.size === 0 ? current(level, range) : asItWas(level, range, changed);
  return new Readable({
    objectMode: true,
    highWaterMark: CHUNK,
    read() {
      chunks.next().then(
        ({ done, value }) => {
          if (done) this.push(null);
          else {
            for (const row of value) {
              passed(row);
              this.push(row);
            }
          }
        },
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, callback) {
      chunks.return().then(
        () => callback(error),
        () => callback(error),
      );
    },
  });
}

type Chunks = AsyncGenerator<JsonObject[], void, void>;

async function* current(level: Level, range: LevelRange): Chunks {
  for await (const entries of entryChunks(level, range)) yield entries.map(([, value]) => value);
}

/** The limit can only be applied after the old rows are put in place, so the whole range is read. */
async function* asItWas(
  level: Level,
  range: LevelRange,
  changed: ReadonlyMap<string, JsonObject | undefined>,
): Chunks {
  const { limit = -1, ...unlimited } = range;
  const rows = new Map<string, JsonObject>();
  for await (const entries of entryChunks(level, unlimited)) {
    for (const [key, value] of entries) if (!changed.has(key)) rows.set(key, value);
  }
  for (const [key, before] of changed) if (before !== undefined) rows.set(key, before);
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  if (range.reverse === true) sorted.reverse();
  const wanted = limit < 0 ? sorted : sorted.slice(0, limit);
  // A stream that is given nothing does not ask again.
  if (wanted.length > 0) yield wanted;
}

async function* entryChunks(
  level: Level,
  range: LevelRange,
): AsyncGenerator<[string, JsonObject][], void, void> {
  const iterator = level.iterator(range);
  try {
    for (;;) {
      const entries = await iterator.nextv(CHUNK);
      if (entries.length === 0) return;
      yield entries;
    }
  } finally {
    await iterator.close();
  }
}
