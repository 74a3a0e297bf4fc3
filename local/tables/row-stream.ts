import { Stream } from 'node:stream';
import type { LevelRange } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';
import type { PastView } from './recent-writes';
import type { KeyedRow, Rows } from './rows';

/** Rows looked up at once. */
const CHUNK = 128;

/** As much of a stream as dynalite's reader asks for: `data` for each value, `end`, and a reader that has enough. */
class RowStream extends Stream {
  #enough = false;

  /** @param pages read as far as the reader wants them */
  constructor(pages: Iterable<readonly KeyedRow[]>, passed: (value: JsonObject) => void) {
    super();
    // Its reader listens after it was made.
    process.nextTick(() => {
      for (const page of pages) {
        for (const [, row] of page) {
          if (this.#enough) return;
          passed(row);
          this.emit('data', row);
        }
      }
      if (!this.#enough) this.emit('end');
    });
  }

  /** Called by a reader that wants no more. */
  destroy(): void {
    this.#enough = true;
  }
}

/**
 * The values of a range in key order, as far as the reader wants them.
 * @param past rows to show as they were, for a stale read
 * @param passed is given each value as it is handed on, in order
 */
export function rowStream(
  rows: Rows,
  range: LevelRange,
  past: PastView | undefined,
  passed: (value: JsonObject) => void,
): Stream {
  const changed = past?.within(range);
  return changed === undefined || changed.size === 0
    ? new RowStream(pagesOf(rows, range), passed)
    : new RowStream([asItWas(rows, range, changed)], passed);
}

/** The range in pages. Between two of them the rows may change; what is behind the last one read is seen as it is then. */
export function* pagesOf(rows: Rows, range: LevelRange): Generator<KeyedRow[], void, void> {
  const { limit = -1 } = range;
  let rest = range;
  let read = 0;
  for (;;) {
    const page = rows.page(rest, CHUNK);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    read += page.length;
    if (page.length < CHUNK || read === limit) return;
    rest = { ...range, ...(range.reverse === true ? { lt: last[0] } : { gt: last[0] }) };
    if (limit >= 0) rest.limit = limit - read;
  }
}

/** The limit can only be applied after the old rows are put in place, so the whole range is read. */
function asItWas(
  rows: Rows,
  range: LevelRange,
  changed: ReadonlyMap<string, JsonObject | undefined>,
): KeyedRow[] {
  const { limit = -1, ...unlimited } = range;
  const now = [...pagesOf(rows, unlimited)].flat().filter(([key]) => !changed.has(key));
  const before = [...changed].flatMap(([key, row]): KeyedRow[] => (row === undefined ? [] : [[key, row]]));
  const sorted = [...now, ...before].sort(([a], [b]) => (a < b ? -1 : 1));
  if (range.reverse === true) sorted.reverse();
  return limit < 0 ? sorted : sorted.slice(0, limit);
}
