import { isDeepStrictEqual } from 'node:util';
import type { Store } from 'dynalite/db/index.js';
import type { Json, JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';
import { list, objects, requiredText } from '../json/members';
import { runOperation } from './operations';

/** What a table is made of; CreateTable's members. */
export interface TableShape {
  readonly name: string;
  readonly keySchema: Json;
  readonly attributeDefinitions: Json;
  readonly globalSecondaryIndexes: JsonObject[];
}

/**
 * Creates the table, or finds it as an earlier run left it.
 * @throws Error when the folder holds a table of this name with other keys or indexes: nothing here migrates
 */
export async function createOrFind(store: Store, shape: TableShape): Promise<void> {
  const existing = await find(store, shape.name);
  if (existing !== undefined && !isDeepStrictEqual(structure(existing), structure(wanted(shape)))) {
    throw new Error(
      `Table ${shape.name} exists in the data folder with other keys or indexes; start with --reset to delete the data.`,
    );
  }
  const description = existing ?? (await create(store, shape));
  // dynalite makes a table active a little later; a run that was killed in between left it inactive for good.
  await put(store, activated(description));
}

function find(store: Store, name: string): Promise<JsonObject | undefined> {
  return new Promise((resolve, reject) => {
    store.tableDb.get(name, (error, table) => {
      if (error && error.name !== 'NotFoundError') reject(error);
      else resolve(table);
    });
  });
}

async function create(store: Store, shape: TableShape): Promise<JsonObject> {
  const { TableDescription: description } = await runOperation('CreateTable', wanted(shape), store);
  if (typeof description !== 'object' || description === null || Array.isArray(description)) {
    throw new Error(`Creating table ${shape.name} answered no description`);
  }
  return description;
}

function wanted(shape: TableShape): JsonObject {
  return {
    TableName: shape.name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: shape.keySchema,
    AttributeDefinitions: shape.attributeDefinitions,
    ...(shape.globalSecondaryIndexes.length === 0
      ? {}
      : { GlobalSecondaryIndexes: shape.globalSecondaryIndexes }),
  };
}

/** What must not change under stored rows, in an order that does not depend on how it was written. */
function structure(table: JsonObject): Json {
  const byName = (name: string) => (a: JsonObject, b: JsonObject) =>
    requiredText(a, name) < requiredText(b, name) ? -1 : 1;
  const indexes = objects(table, 'GlobalSecondaryIndexes').toSorted(byName('IndexName'));
  return plain({
    keys: list(table, 'KeySchema'),
    attributes: objects(table, 'AttributeDefinitions').toSorted(byName('AttributeName')),
    indexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })),
  });
}

/** Without the null prototypes that dynalite's objects have. */
function plain(value: unknown): Json {
  return parseJson(JSON.stringify(value));
}

function activated(table: JsonObject): JsonObject {
  const indexes = objects(table, 'GlobalSecondaryIndexes');
  if (indexes.length === 0) return { ...table, TableStatus: 'ACTIVE' };
  return {
    ...table,
    TableStatus: 'ACTIVE',
    GlobalSecondaryIndexes: indexes.map((index) => ({ ...index, IndexStatus: 'ACTIVE' })),
  };
}

function put(store: Store, table: JsonObject): Promise<void> {
  return new Promise((resolve, reject) => {
    store.tableDb.put(requiredText(table, 'TableName'), table, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
