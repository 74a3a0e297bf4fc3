import { isObject, type Json, type JsonObject } from '../json/json';
import { defined, requiredText } from '../json/members';
import type { Access, Write } from './table-view';

/**
 * ConsumedCapacity of one API call, in the shape that the call answers: one object, or a list with one per
 * table for the batch operations. Units by the developer guide, "DynamoDB read and write operations": a read
 * unit is 4 KB strongly consistent (half when eventually consistent), a write unit 1 KB of the larger of the
 * old and the new item; an operation that finds nothing still costs the least. A query or a scan sums up what
 * it evaluated, before its filter, and rounds once. Index entries that change are written too; one that moves
 * is deleted and put.
 */
export function consumedCapacity(
  operation: string,
  input: JsonObject,
  units: ReadonlyMap<string, TableUnits>,
): Json {
  const consumed = [...units].map(([name, table]) => description(name, table, input.ReturnConsumedCapacity));
  return operation.startsWith('Batch') ? consumed : (consumed[0] ?? null);
}

/** What an operation that succeeded consumed of each table and its indexes. */
export function capacityUnits(
  operation: string,
  input: JsonObject,
  result: JsonObject,
  access: Access,
): Map<string, TableUnits> {
  const units = new Map<string, TableUnits>();
  const of = (table: string): TableUnits => {
    const known = units.get(table) ?? { table: 0, indexes: new Map<string, number>() };
    units.set(table, known);
    return known;
  };
  switch (operation) {
    case 'Query':
    case 'Scan': {
      const evaluated = typeof result.ScannedCount === 'number' ? result.ScannedCount : 0;
      const bytes = access.rows.slice(0, evaluated).reduce((sum, row) => sum + itemSize(row), 0);
      const cost = readUnits(bytes, input.ConsistentRead === true);
      const table = of(requiredText(input, 'TableName'));
      if (typeof input.IndexName === 'string') table.indexes.set(input.IndexName, cost);
      else table.table = cost;
      break;
    }
    case 'GetItem':
    case 'BatchGetItem':
      for (const { table, item } of access.gets) {
        of(table).table += readUnits(item === undefined ? 0 : itemSize(item), isConsistent(input, table));
      }
      break;
    default:
      for (const write of access.writes) addWrite(of(write.table), write);
  }
  return units;
}

/**
 * A write whose condition failed costs what it would have written, at least the item that is there: "DynamoDB still
 * consumes write capacity" (developer guide, "Conditional writes"). Its indexes cost nothing. What an UpdateItem would
 * have made of the item is not known.
 */
export function refusedWriteUnits(input: JsonObject, access: Access): Map<string, TableUnits> {
  const there = access.gets[0]?.item;
  const table = writeUnits(there, isObject(input.Item) ? input.Item : undefined);
  return new Map([[requiredText(input, 'TableName'), { table, indexes: new Map<string, number>() }]]);
}

/**
 * The size of an item in bytes: attribute names and values in UTF-8, by the developer guide, "DynamoDB item
 * sizes and formats".
 */
export function itemSize(item: JsonObject): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

export interface TableUnits {
  table: number;
  readonly indexes: Map<string, number>;
}

function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

function writeUnits(...items: readonly (JsonObject | undefined)[]): number {
  return Math.max(1, ...items.map((item) => (item === undefined ? 0 : Math.ceil(itemSize(item) / 1024))));
}

function addWrite(units: TableUnits, write: Write): void {
  units.table += writeUnits(write.before, write.after);
  for (const { index, before, after } of write.indexes)
    units.indexes.set(index, (units.indexes.get(index) ?? 0) + writeUnits(before, after));
}

function isConsistent(input: JsonObject, table: string): boolean {
  if (input.ConsistentRead === true) return true;
  const request = isObject(input.RequestItems) ? input.RequestItems[table] : undefined;
  return isObject(request) && request.ConsistentRead === true;
}

function description(name: string, units: TableUnits, detail: Json | undefined): JsonObject {
  const perIndex = [...units.indexes].map(([index, cost]) => [index, { CapacityUnits: cost }] as const);
  const total = [...units.indexes.values()].reduce((sum, cost) => sum + cost, units.table);
  const indexes = perIndex.length === 0 ? undefined : Object.fromEntries(perIndex);
  return defined({
    TableName: name,
    CapacityUnits: total,
    Table: detail === 'INDEXES' ? { CapacityUnits: units.table } : undefined,
    GlobalSecondaryIndexes: detail === 'INDEXES' ? indexes : undefined,
  });
}

function valueSize(value: Json): number {
  if (!isObject(value)) return 0;
  const [type, content] = Object.entries(value)[0] ?? [];
  switch (type) {
    case 'S':
    case 'N':
    case 'B':
      return scalarSize(type, content);
    case 'SS':
      return sum(content, (one) => scalarSize('S', one));
    case 'NS':
      return sum(content, (one) => scalarSize('N', one));
    case 'BS':
      return sum(content, (one) => scalarSize('B', one));
    case 'L':
      return 3 + sum(content, (one) => 1 + valueSize(one));
    case 'M':
      return isObject(content) ? 3 + Object.keys(content).length + itemSize(content) : 3;
    default:
      return 1;
  }
}

function scalarSize(type: 'S' | 'N' | 'B', content: Json | undefined): number {
  if (typeof content !== 'string') return 0;
  if (type === 'N') return numberSize(content);
  return Buffer.byteLength(content, type === 'S' ? 'utf8' : 'base64');
}

function sum(list: Json | undefined, size: (one: Json) => number): number {
  return Array.isArray(list) ? list.reduce((total: number, one) => total + size(one), 0) : 0;
}

/** About one byte per two significant digits, plus one, and one more for a negative number. */
function numberSize(number: string): number {
  const digits = number
    .replace(/[eE].*$/, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (number.startsWith('-') ? 1 : 0);
}
