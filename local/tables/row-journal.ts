import type { LevelChange } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { object, objects, requiredText } from '../json/members';
import type { Rows } from './rows';

/**
 * What was written to the rows, one line for each write: an item and its index entries, all or nothing. One call of
 * the operating system each, where LevelDB takes a thread of the pool and ten times as long. Compacted when it is
 * opened, and when it holds far more lines than rows.
 */
export class RowJournal {
  readonly #file: JsonLines;
  readonly #rows: Rows;

  constructor(path: string, rows: Rows) {
    this.#file = new JsonLines(path);
    this.#rows = rows;
  }

  /** Brings the rows to where they were. */
  open(): void {
    for (const line of this.#file.read()) this.#rows.apply(objects(line, 'changes').map(changeOf));
    if (this.#file.lines > this.#rows.size) this.compact();
  }

  append(changes: readonly LevelChange[]): void {
    this.#file.append({ changes: changes.map((change) => ({ ...change })) });
  }

  /** To be called when the rows have what was appended. */
  trim(): void {
    if (this.#file.lines > 20_000 + 4 * this.#rows.size) this.compact();
  }

  /** Writes the rows as they are in the place of how they came to be. */
  compact(): void {
    this.#file.rewrite(
      Array.from(this.#rows.all(), ([key, value]) => ({ changes: [{ type: 'put', key, value }] })),
    );
  }

  close(): void {
    this.#file.close();
  }
}

function changeOf(change: JsonObject): LevelChange {
  const key = requiredText(change, 'key');
  const value = object(change, 'value');
  return value === undefined ? { type: 'del', key } : { type: 'put', key, value };
}
