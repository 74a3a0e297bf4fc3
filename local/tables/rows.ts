import type { LevelChange, LevelRange } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';

/** A row as a page of a range gives it: its key in the database and what stands there. */
export type KeyedRow = readonly [key: string, row: JsonObject];

/**
 * The rows of all tables and indexes, in the order of their keys. What is handed out is what is kept: nobody may change
 * it, a write puts another object in its place.
 *
 * A query stays within one partition (a hash key's rows), so the keys are kept in order by partition: what a write has
 * to move is the keys of its own.
 */
export class Rows {
  readonly #rows = new Map<string, JsonObject>();
  /** By what all keys of the partition begin with. */
  readonly #partitions = new Map<string, string[]>();
  /** The names of the partitions, in order. */
  readonly #names: string[] = [];

  get size(): number {
    return this.#rows.size;
  }

  /** In the order of their keys, so that whoever puts them elsewhere one by one always puts them last. */
  *all(): Generator<KeyedRow, void, void> {
    for (const name of this.#names) {
      for (const key of this.#partitions.get(name) ?? []) {
        const row = this.#rows.get(key);
        if (row !== undefined) yield [key, row];
      }
    }
  }

  get(key: string): JsonObject | undefined {
    return this.#rows.get(key);
  }

  /** Makes all changes, one after the other, before anybody else sees any. */
  apply(changes: readonly LevelChange[]): void {
    for (const change of changes) {
      if (change.type === 'del') this.#delete(change.key);
      else {
        if (!this.#rows.has(change.key)) this.#insert(change.key);
        this.#rows.set(change.key, change.value);
      }
    }
  }

  /** The first rows of a range in its direction, at most `most` and at most its limit; none at its end. */
  page(range: LevelRange, most: number): KeyedRow[] {
    const { limit = -1, reverse = false } = range;
    const wanted = limit < 0 ? most : Math.min(most, limit);
    const found: KeyedRow[] = [];
    for (const keys of this.#within(range)) {
      const from = start(keys, range);
      const end = Math.max(from, stop(keys, range));
      const size = Math.min(end - from, wanted - found.length);
      for (let offset = 0; offset < size; offset += 1) {
        const key = keys[reverse ? end - 1 - offset : from + offset];
        const row = key === undefined ? undefined : this.#rows.get(key);
        if (key !== undefined && row !== undefined) found.push([key, row]);
      }
      if (found.length >= wanted) break;
    }
    return found;
  }

  /** In no order. */
  keysWith(prefix: string): string[] {
    return [...this.#rows.keys()].filter((key) => key.startsWith(prefix));
  }

  /** The keys of the partitions in which rows of a range may be, in its direction, one after the other as they are asked for. */
  *#within({ gt = '', gte = '', lt = LAST, lte = LAST, reverse = false }: LevelRange): Generator<string[]> {
    const lower = gt > gte ? gt : gte;
    const upper = lt < lte ? lt : lte;
    const only = partitionOf(lower);
    if (only !== '' && upper.startsWith(only)) {
      yield this.#partitions.get(only) ?? [];
      return;
    }
    // The partition in which the range begins has a name that is before its first key.
    const first = Math.max(0, firstFrom(this.#names, lower) - 1);
    const end = firstAfter(this.#names, upper);
    for (let offset = 0; offset < end - first; offset += 1) {
      const name = this.#names[reverse ? end - 1 - offset : first + offset] ?? '';
      yield this.#partitions.get(name) ?? [];
    }
  }

  #insert(key: string): void {
    const name = partitionOf(key);
    const keys = this.#partitions.get(name);
    if (keys !== undefined) return insert(keys, key);
    this.#partitions.set(name, [key]);
    insert(this.#names, name);
  }

  #delete(key: string): void {
    if (!this.#rows.delete(key)) return;
    const name = partitionOf(key);
    const keys = this.#partitions.get(name) ?? [];
    keys.splice(firstFrom(keys, key), 1);
    if (keys.length > 0) return;
    this.#partitions.delete(name);
    this.#names.splice(firstFrom(this.#names, name), 1);
  }
}

/** Sorts after every key. */
const LAST = '\xff';

/**
 * dynalite's keys are `<table or index>~<hash>/<hash key>/<rest>`, and a slash stands nowhere else. Empty for what is
 * shorter, which no row's key is.
 */
function partitionOf(key: string): string {
  const first = key.indexOf('/');
  const second = first < 0 ? -1 : key.indexOf('/', first + 1);
  return key.slice(0, second + 1);
}

/** dynalite gives both bounds of a side in one case (a page's start key beside the range's); both must hold. */
function start(keys: readonly string[], { gt, gte }: LevelRange): number {
  return Math.max(gte === undefined ? 0 : firstFrom(keys, gte), gt === undefined ? 0 : firstAfter(keys, gt));
}

/** The index of the first key behind the range. */
function stop(keys: readonly string[], { lt, lte }: LevelRange): number {
  return Math.min(
    lt === undefined ? keys.length : firstFrom(keys, lt),
    lte === undefined ? keys.length : firstAfter(keys, lte),
  );
}

function insert(sorted: string[], key: string): void {
  const last = sorted.at(-1);
  if (last === undefined || last < key) sorted.push(key);
  else sorted.splice(firstFrom(sorted, key), 0, key);
}

/** The index of the first that is not before the bound. */
function firstFrom(sorted: readonly string[], bound: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAfter(sorted: readonly string[], bound: string): number {
  const at = firstFrom(sorted, bound);
  return sorted[at] === bound ? at + 1 : at;
}
