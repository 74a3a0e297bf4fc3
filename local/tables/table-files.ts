import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Callback, Json, Level, LevelChange, Store, TableDescription } from 'dynalite/db/index.js';
import * as database from 'dynalite/db/index.js';
import { ACCOUNT, REGION } from '../template/resource-model';
import { RowJournal } from './row-journal';
import { Rows } from './rows';

/** The database of all tables. */
export interface TableFiles {
  /** dynalite's store: the descriptions of the tables, and the locks of their items. */
  readonly store: Store;
  /** The items and index entries. */
  readonly rows: Rows;
  /** Descriptions of tables that can be read and written, for those who change nothing in them. */
  readonly descriptions: Map<string, TableDescription>;
  /** Makes all changes, or throws and makes none. */
  write(changes: readonly LevelChange[]): void;
  close(): Promise<void>;
}

/**
 * Opens the tables' database: on disk below `path`, else in memory. A write is with the operating system before
 * it is acknowledged, so it survives the death of this process, but not a power cut.
 *
 * dynalite's own database holds the descriptions of the tables only. The rows are in memory, with a journal on disk:
 * there each read and each write of the disk was a thread of the pool to wake, and a row text to make objects of.
 * @throws Error with one clear sentence when another process has the folder open or it cannot be used
 */
export async function openTableFiles(path: string | undefined): Promise<TableFiles> {
  const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  if (path !== undefined) mkdirSync(path, { recursive: true });
  const store = database.create(path === undefined ? waits : { ...waits, path });
  readAtOnce(store.db);
  store.tableDb.awsAccountId = ACCOUNT;
  store.tableDb.awsRegion = REGION;
  try {
    await store.db.open();
  } catch (error) {
    throw path === undefined ? error : openingError(path, error);
  }
  const rows = new Rows();
  const journal = path === undefined ? undefined : new RowJournal(join(path, 'rows.jsonl'), rows);
  if (journal !== undefined) {
    try {
      await openRows(store.db, rows, journal);
    } catch (error) {
      await store.lifecycleManager.gracefulClose();
      throw error;
    }
  }
  let closed = false;
  const write = (changes: readonly LevelChange[]) => {
    // The folder may be another process's by then.
    if (closed) throw new Error('The tables are closed');
    journal?.append(changes);
    rows.apply(changes);
    journal?.trim();
  };
  return {
    store: forgettingRows(store, rows, write),
    rows,
    descriptions: rememberedDescriptions(store),
    write,
    close: async () => {
      closed = true;
      journal?.close();
      await store.lifecycleManager.gracefulClose();
    },
  };
}

/** Rows moved at once. */
const CHUNK = 1000;

/** Takes over the rows of a folder that was written when the database itself still held them. */
async function openRows(level: Level, rows: Rows, journal: RowJournal): Promise<void> {
  const old: string[] = [];
  // What the keys of all items and of all index entries begin with is followed by a `-`; a `.` is the next character.
  for (const kind of ['index', 'item']) {
    const iterator = level.iterator({ gte: `${kind}-`, lt: `${kind}.` });
    for (;;) {
      const entries = await iterator.nextv(CHUNK);
      if (entries.length === 0) break;
      rows.apply(entries.map(([key, value]) => ({ type: 'put', key, value })));
      for (const [key] of entries) old.push(key);
    }
    await iterator.close();
  }
  journal.open();
  if (old.length === 0) return;
  journal.compact();
  await level.batch(old.map((key) => ({ type: 'del', key })));
}

/** The store, whose tables take their rows along when they are deleted. */
function forgettingRows(store: Store, rows: Rows, write: TableFiles['write']): Store {
  const forget = (prefix: string, callback: Callback) => {
    let failure: unknown = null;
    try {
      write(rows.keysWith(prefix).map((key) => ({ type: 'del', key })));
    } catch (error) {
      failure = error;
    }
    process.nextTick(callback, failure);
  };
  return {
    ...store,
    deleteItemDb: (table, callback) => forget(itemPrefix(table), callback),
    deleteIndexDb: (kind, table, index, callback) => forget(indexPrefix(kind, table, index), callback),
  };
}

/** A memory of descriptions, which loses each that is written anew. */
function rememberedDescriptions({ tableDb }: Store): Map<string, TableDescription> {
  const descriptions = new Map<string, TableDescription>();
  const put = tableDb.put.bind(tableDb);
  const del = tableDb.del.bind(tableDb);
  const forgetting =
    (table: string, callback: Callback): Callback =>
    (error) => {
      descriptions.delete(table);
      callback(error);
    };
  // Before and after, as the old one may be read while the new one is written.
  tableDb.put = (table, description, callback) => {
    descriptions.delete(table);
    put(table, description, forgetting(table, callback));
  };
  tableDb.del = (table, callback) => {
    descriptions.delete(table);
    del(table, forgetting(table, callback));
  };
  return descriptions;
}

// dynalite's own names for its key ranges.
export function itemPrefix(table: string): string {
  return `item-${table}~`;
}

export function indexPrefix(kind: string, table: string, index: string): string {
  return `index-${kind.toLowerCase()}~${table}~${index}~`;
}

/**
 * Descriptions are read on this thread. dynalite's way, a thread of the pool for each, costs some 0.2 ms of waking on
 * a small machine, where the read itself takes microseconds.
 */
function readAtOnce(db: Level): void {
  db.get = (key, callback) => {
    let value: Json | undefined;
    try {
      value = db.getSync(key);
    } catch (error) {
      process.nextTick(callback, error instanceof Error ? error : new Error(String(error)));
      return;
    }
    process.nextTick(callback, null, value);
  };
}

function openingError(path: string, error: unknown): Error {
  // The native binding's error, in which the reason is a code.
  const reason = isRecord(error) ? (error.cause ?? error) : error;
  if (isRecord(reason) && reason.code === 'LEVEL_LOCKED') {
    return new Error(
      `The tables in ${path} are in use by another process; stop it or give another --data folder.`,
    );
  }
  const message = isRecord(reason) && typeof reason.message === 'string' ? reason.message : String(error);
  return new Error(`The tables in ${path} cannot be opened: ${message}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
