import { mkdirSync } from 'node:fs';
import type { Json, Level, Store } from 'dynalite/db/index.js';
import * as database from 'dynalite/db/index.js';
import { ACCOUNT, REGION } from '../template/resource-model';

/**
 * Opens the tables' database: on disk below `path`, else in memory. A write is with the operating system before
 * it is acknowledged, so it survives the death of this process, but not a power cut (LevelDB without fsync).
 * @throws Error with one clear sentence when another process has the folder open or it cannot be used
 */
export async function openStore(path: string | undefined): Promise<Store> {
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
  return store;
}

/**
 * Single rows are read on this thread. dynalite's way, a thread of the pool for each, costs some 0.2 ms of waking on
 * a small machine, twice a call (the table's description and the row), where the read itself takes microseconds.
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
