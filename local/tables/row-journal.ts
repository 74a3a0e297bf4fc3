import type { LevelChange } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { object, objects, requiredText } from '../json/members';
import type { Rows } from './rows';

/**
 * What was written to the rows, one line for each write: an item and its index entries, all or nothing. One call of
 * the operating system each, where LevelDB takes a thread of the pool. Compacted when it is opened, and when it holds
 * far more lines than rows.
 */
export class RowJournal {
  readonly #file: JsonLines;
  readonly #rows: Rows;
  /** It is not tried to compact a file of fewer lines. */
  #notBefore = 0;

  constructor(path: string, rows: Rows) {
    this.#file = new JsonLines(path);
    this.#rows = rows;
  }

  /** Brings the rows to where they were. */
  open(): void {
    for (const line of this.#file.read()) this.#rows.apply(objects(line, 'changes').map(changeOf));
    if (this.#file.lines > this.#rows.size) this.#compactIfItFits();
  }

  append(changes: readonly LevelChange[]): void {
    this.#file.append({ changes: [...changes] });
  }

  /** To be called when the rows have what was appended. */
  trim(): void {
    if (this.#file.lines > Math.max(20_000 + 4 * this.#rows.size, this.#notBefore)) this.#compactIfItFits();
  }

  /** Writes the rows as they are in the place of how they came to be. */
  compact(): void {
    this.#file.rewrite(linesOf(this.#rows));
  }

  /** A disk may be too full for a second file. The first one holds everything as it is, so that is no fault of a write. */
  #compactIfItFits(): void {
    try {
      this.compact();
    } catch {
      this.#notBefore = this.#file.lines * 1.25;
    }
  }

  close(): void {
    this.#file.close();
  }
}

function* linesOf(rows: Rows): Generator<JsonObject, void, void> {
  for (const [key, value] of rows.all()) yield { changes: [{ type: 'put', key, value }] };
}

function changeOf(change: JsonObject): LevelChange {
  const key = requiredText(change, 'key');
  const value = object(change, 'value');
  return value === undefined ? { type: 'del', key } : { type: 'put', key, value };
}
