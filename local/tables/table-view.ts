import type {
  Callback,
  LevelChange,
  LevelRange,
  RowStore,
  Store,
  TableDescription,
} from 'dynalite/db/index.js';
import * as database from 'dynalite/db/index.js';
import { isObject, type JsonObject } from '../json/json';
import { objects } from '../json/members';
import type { OldImage, PastView, RecentWrites } from './recent-writes';
import { rowStream } from './row-stream';

/** What one API call read and wrote, in terms of items: what it costs follows from this. */
export interface Access {
  readonly tables: Map<string, TableDescription>;
  readonly gets: { readonly table: string; readonly item: JsonObject | undefined }[];
  /** Rows handed to a query or scan, in order; it may have evaluated fewer. */
  readonly rows: JsonObject[];
  readonly writes: Write[];
}

export interface Write {
  readonly table: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

/**
 * The store as one API call sees it. dynalite writes an item's index entries and then the item, one by one: a
 * process that is killed between them leaves an index entry that no later write removes. Here an item and all
 * its index entries are one atomic batch.
 * @param past answers reads from the past (a stale read); never set for a call that writes
 */
export function tableView(
  store: Store,
  recent: RecentWrites,
  past?: PastView,
): { readonly store: Store; readonly access: Access } {
  const access: Access = { tables: new Map(), gets: [], rows: [], writes: [] };

  const description = (name: string): TableDescription => {
    const table = access.tables.get(name);
    if (table === undefined) throw new Error(`Table ${name} was not looked up before its rows were`);
    return table;
  };

  const rows = (prefix: string, table: string): Omit<RowStore, 'put' | 'del' | 'lock'> => ({
    get: (key, callback) => {
      const answer = (item: JsonObject | undefined) => {
        access.gets.push({ table, item });
        callback(null, item);
      };
      const images = past?.images;
      if (images?.has(prefix + key)) {
        setImmediate(answer, images.get(prefix + key));
        return;
      }
      store.db.get(prefix + key, (error, value) => {
        if (error) callback(error);
        else answer(isObject(value) ? value : undefined);
      });
    },
    createValueStream: (range) =>
      rowStream(store.db, withPrefix(prefix, range), past, (row) => access.rows.push(row)),
  });

  const items = (table: string): RowStore => {
    const prefix = itemPrefix(table);
    const known = new Map<string, JsonObject | undefined>();
    const read = rows(prefix, table);
    const write = (key: string, after: JsonObject | undefined, callback: Callback) => {
      // Every action gets the item under its lock before it writes it.
      const before = known.get(key);
      const change = itemChange(description(table), prefix + key, before, after);
      store.db.batch(change.operations, (error) => {
        if (error) return callback(error);
        access.writes.push({ table, before, after });
        recent.record(table, change.images);
        callback(null);
      });
    };
    return {
      ...read,
      lock: store.getItemDb(table).lock,
      get: (key, callback) => {
        read.get(key, (error, item) => {
          known.set(key, item);
          callback(error, item);
        });
      },
      put: (key, item, callback) => write(key, item, callback),
      del: (key, callback) => write(key, undefined, callback),
    };
  };

  return {
    access,
    store: {
      ...store,
      getTable: (
        name: string,
        ...rest: [Callback<TableDescription>] | [boolean, Callback<TableDescription>]
      ) => {
        const [checkStatus, callback] = rest.length === 1 ? [true, rest[0]] : rest;
        store.getTable(name, checkStatus, (error, table) => {
          if (table !== undefined) access.tables.set(name, table);
          callback(error, table);
        });
      },
      getItemDb: items,
      getIndexDb: (kind, table, index) => ({
        ...rows(indexPrefix(kind, table, index), table),
        // The batch of the item has them.
        put: (_key, _item, callback) => callback(null),
        del: (_key, callback) => callback(null),
        lock: () => {
          throw new Error('Index entries are written under the lock of their item');
        },
      }),
    },
  };
}

/** The stored items of a table in chunks, past all API calls; for the expiry of old ones. */
export function itemRange(table: string): LevelRange {
  return withPrefix(itemPrefix(table), {});
}

const INDEX_KINDS = ['Global', 'Local'] as const;

/** A table's index entries of an item: which index, the key in the database, the projected attributes. */
export function indexEntries(
  table: TableDescription,
  item: JsonObject | undefined,
): { readonly index: string; readonly key: string; readonly entry: JsonObject }[] {
  if (item === undefined) return [];
  return INDEX_KINDS.flatMap((kind) => {
    const { puts } = database.getIndexActions(objects(table, `${kind}SecondaryIndexes`), null, item, table);
    return puts.map(({ index, key, item: entry }) => ({
      index,
      key: indexPrefix(kind, table.TableName, index) + key,
      entry,
    }));
  });
}

function itemChange(
  table: TableDescription,
  key: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): { readonly operations: LevelChange[]; readonly images: OldImage[] } {
  const old = new Map(indexEntries(table, before).map((entry) => [entry.key, entry.entry]));
  const operations: LevelChange[] = [change(key, after)];
  const images: OldImage[] = [{ key, before }];
  for (const { key: entryKey, entry } of indexEntries(table, after)) {
    operations.push(change(entryKey, entry));
    images.push({ key: entryKey, before: old.get(entryKey) });
    old.delete(entryKey);
  }
  for (const [entryKey, entry] of old) {
    operations.push(change(entryKey, undefined));
    images.push({ key: entryKey, before: entry });
  }
  return { operations, images };
}

function change(key: string, value: JsonObject | undefined): LevelChange {
  return value === undefined ? { type: 'del', key } : { type: 'put', key, value };
}

// dynalite's own names for its key ranges.
function itemPrefix(table: string): string {
  return `item-${table}~`;
}

function indexPrefix(kind: string, table: string, index: string): string {
  return `index-${kind.toLowerCase()}~${table}~${index}~`;
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
