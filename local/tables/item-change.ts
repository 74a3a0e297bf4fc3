import type { LevelChange, TableDescription } from 'dynalite/db/index.js';
import * as database from 'dynalite/db/index.js';
import lookedUp from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';
import { objects } from '../json/members';
import type { OldImage } from './recent-writes';
import { indexPrefix } from './table-files';

/** What a write makes of an index's entry of the item; one that moves is one that goes and one that comes. */
export interface IndexChange {
  readonly index: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** A write to an item, with everything that follows from it in the indexes of its table. */
export interface ItemChange {
  readonly operations: readonly LevelChange[];
  readonly images: readonly OldImage[];
  /** The index entries that come out different. */
  readonly indexes: readonly IndexChange[];
}

/**
 * Index entries are written with their item. dynalite would work out the same ones in each write and put them one by
 * one, which is a tenth of the write's time.
 */
export function leaveIndexesToItemChange(): void {
  lookedUp.updateIndexes = (_store, _table, _before, _after, callback) => callback(null);
}

/** @param key the item's, in the database */
export function itemChange(
  table: TableDescription,
  key: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): ItemChange {
  const operations: LevelChange[] = [change(key, after)];
  const images: OldImage[] = [{ key, before }];
  const indexes: IndexChange[] = [];
  const changed = (index: string, entryKey: string, old?: JsonObject, entry?: JsonObject) => {
    operations.push(change(entryKey, entry));
    images.push({ key: entryKey, before: old });
    indexes.push({ index, ...(old && { before: old }), ...(entry && { after: entry }) });
  };
  const old = indexEntries(table, before);
  for (const [entryKey, { index, entry }] of indexEntries(table, after)) {
    const same = old.get(entryKey)?.entry;
    old.delete(entryKey);
    if (same === undefined || canonical(same) !== canonical(entry)) changed(index, entryKey, same, entry);
  }
  for (const [entryKey, { index, entry }] of old) changed(index, entryKey, entry);
  return { operations, images, indexes };
}

const INDEX_KINDS = ['Global', 'Local'] as const;

/** A table's index entries of an item, with the projected attributes, by their keys in the database. */
function indexEntries(
  table: TableDescription,
  item: JsonObject | undefined,
): Map<string, { readonly index: string; readonly entry: JsonObject }> {
  const entries = new Map<string, { readonly index: string; readonly entry: JsonObject }>();
  if (item === undefined) return entries;
  for (const kind of INDEX_KINDS) {
    const indexes = objects(table, `${kind}SecondaryIndexes`);
    if (indexes.length === 0) continue;
    for (const { index, key, item: entry } of database.getIndexActions(indexes, null, item, table).puts) {
      entries.set(indexPrefix(kind, table.TableName, index) + key, { index, entry: present(entry) });
    }
  }
  return entries;
}

/** dynalite projects attributes too that the item does not have. */
function present(entry: JsonObject): JsonObject {
  const attributes: JsonObject = {};
  for (const [name, value] of Object.entries(entry)) if (value !== undefined) attributes[name] = value;
  return attributes;
}

function canonical(item: JsonObject): string {
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function change(key: string, value: JsonObject | undefined): LevelChange {
  return value === undefined ? { type: 'del', key } : { type: 'put', key, value };
}
