import type { EventEmitter } from 'node:events';
import type { Callback, LevelRange, RowStore, Store, TableDescription } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';
import { itemChange, type IndexChange } from './item-change';
import type { PastView, RecentWrites } from './recent-writes';
import { rowStream } from './row-stream';
import { indexPrefix, itemPrefix, type TableFiles } from './table-files';

/** What one API call read and wrote, in terms of items: what it costs follows from this. */
export interface Access {
  readonly gets: { readonly table: string; readonly item: JsonObject | undefined }[];
  /** Rows handed to a query or scan, in order; it may have evaluated fewer. */
  readonly rows: JsonObject[];
  readonly writes: Write[];
}

export interface Write {
  readonly table: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** The index entries that changed with it. */
  readonly indexes: readonly IndexChange[];
}

/**
 * The store as one API call sees it. An item is written together with all its index entries, or not at all: a process
 * that is killed between them would leave an entry that no later write removes.
 * @param past answers reads from the past (a stale read); never set for a call that writes
 */
export function tableView(
  files: TableFiles,
  recent: RecentWrites,
  past?: PastView,
): { readonly store: Store; readonly access: Access } {
  const tables = new Map<string, TableDescription>();
  const view: View = { files, recent, past, tables, access: { gets: [], rows: [], writes: [] } };
  const { store, descriptions } = files;
  return {
    access: view.access,
    store: {
      ...store,
      getTable: (
        name: string,
        ...rest: [Callback<TableDescription>] | [boolean, Callback<TableDescription>]
      ) => {
        if (rest.length === 2) return store.getTable(name, ...rest);
        // The actions on rows, which alone leave out the other argument, change nothing in a description.
        const [callback] = rest;
        const known = descriptions.get(name);
        if (known !== undefined) {
          tables.set(name, known);
          return callback(null, known);
        }
        store.getTable(name, true, (error, table) => {
          if (table !== undefined) {
            descriptions.set(name, table);
            tables.set(name, table);
          }
          callback(error, table);
        });
      },
      getItemDb: (table) => new ItemRows(view, table),
      getIndexDb: (kind, table, index) => new IndexRows(view, indexPrefix(kind, table, index), table),
    },
  };
}

/** What the rows of one API call have in common. */
interface View {
  readonly files: TableFiles;
  readonly recent: RecentWrites;
  readonly past: PastView | undefined;
  /** The descriptions that the call was given. */
  readonly tables: Map<string, TableDescription>;
  readonly access: Access;
}

class StoredRows {
  constructor(
    protected readonly view: View,
    protected readonly prefix: string,
    protected readonly table: string,
  ) {}

  get(key: string, callback: Callback<JsonObject>): void {
    const { files, past, access } = this.view;
    const stored = this.prefix + key;
    const item = past?.images.has(stored) === true ? past.images.get(stored) : files.rows.get(stored);
    access.gets.push({ table: this.table, item });
    callback(null, item);
  }

  createValueStream(range: LevelRange): EventEmitter {
    const { files, past, access } = this.view;
    return rowStream(files.rows, withPrefix(this.prefix, range), past, (row) => access.rows.push(row));
  }
}

class IndexRows extends StoredRows implements RowStore {
  /** The write of the item has the entries. */
  put(_key: string, _item: JsonObject, callback: Callback): void {
    callback(null);
  }

  del(_key: string, callback: Callback): void {
    callback(null);
  }

  get lock(): RowStore['lock'] {
    throw new Error('Index entries are written under the lock of their item');
  }
}

class ItemRows extends StoredRows implements RowStore {
  constructor(view: View, table: string) {
    super(view, itemPrefix(table), table);
  }

  get lock(): RowStore['lock'] {
    return this.view.files.store.getItemDb(this.table).lock;
  }

  put(key: string, item: JsonObject, callback: Callback): void {
    this.#change(key, item, callback);
  }

  del(key: string, callback: Callback): void {
    this.#change(key, undefined, callback);
  }

  #change(key: string, after: JsonObject | undefined, callback: Callback): void {
    const { files, recent, tables, access } = this.view;
    const { table } = this;
    // dynalite holds the item's lock until it is called back, so nothing may be thrown past that.
    try {
      const description = tables.get(table);
      if (description === undefined) throw new Error(`Table ${table} was not looked up before its rows were`);
      const before = files.rows.get(this.prefix + key);
      const { operations, images, indexes } = itemChange(description, this.prefix + key, before, after);
      files.write(operations);
      access.writes.push({ table, before, after, indexes });
      recent.record(table, images);
    } catch (error) {
      return callback(error instanceof Error ? error : new Error(String(error)));
    }
    callback(null);
  }
}

/** The stored items of a table in chunks, past all API calls; for the expiry of old ones. */
export function itemRange(table: string): LevelRange {
  return withPrefix(itemPrefix(table), {});
}

function withPrefix(prefix: string, range: LevelRange): LevelRange {
  const bounds: LevelRange = {};
  if (range.gt === undefined && range.gte === undefined) bounds.gte = prefix;
  if (range.gt !== undefined) bounds.gt = prefix + range.gt;
  if (range.gte !== undefined) bounds.gte = prefix + range.gte;
  // Every key below is ASCII, so this is above them all.
  if (range.lt === undefined && range.lte === undefined) bounds.lt = `${prefix}\xff`;
  if (range.lt !== undefined) bounds.lt = prefix + range.lt;
  if (range.lte !== undefined) bounds.lte = prefix + range.lte;
  return { ...bounds, reverse: range.reverse ?? false, limit: range.limit ?? -1 };
}
