/**
 * The parts of dynalite 4.0.0 (pinned exactly) that are called in process. Its HTTP server is not used: each
 * operation is a validation and an action on a store, and the store is handed in per call (table-view.ts).
 */
declare module 'dynalite/db/index.js' {
  import type { EventEmitter } from 'node:events';

  // As in ../json, which a declaration of a foreign module cannot import.
  export type Json = string | number | boolean | null | Json[] | JsonObject;
  export interface JsonObject {
    [key: string]: Json;
  }

  export type Callback<T = void> = (error: Error | null | undefined, result?: T) => void;

  /** abstract-level's database, as dynalite wraps it. */
  export interface Level {
    open(): Promise<void>;
    get(key: string, callback: Callback<Json>): void;
    /** Undefined where there is no such key. */
    getSync(key: string): Json | undefined;
    batch(operations: readonly LevelChange[]): Promise<void>;
    iterator(range: LevelRange): LevelIterator;
  }
  export type LevelChange = { type: 'put'; key: string; value: JsonObject } | { type: 'del'; key: string };
  export interface LevelRange {
    gt?: string;
    gte?: string;
    lt?: string;
    lte?: string;
    reverse?: boolean;
    limit?: number;
  }
  export interface LevelIterator {
    /** The next entries, at most `size`; none at the end. */
    nextv(size: number): Promise<[string, JsonObject][]>;
    close(): Promise<void>;
  }

  /** What dynalite's actions call on the rows of one table or index. */
  export interface RowStore {
    readonly lock: (
      key: string,
      work: (release: (callback: Callback<JsonObject>) => Callback<JsonObject>) => void,
    ) => void;
    get(key: string, callback: Callback<JsonObject>): void;
    put(key: string, item: JsonObject, callback: Callback): void;
    del(key: string, callback: Callback): void;
    createValueStream(range: LevelRange): EventEmitter;
  }

  export interface Store {
    readonly options: Readonly<Record<string, unknown>>;
    readonly db: Level;
    /** Table descriptions. The account and region go into their ARNs. */
    readonly tableDb: RowStore & { awsAccountId: string; awsRegion: string };
    getTable(name: string, callback: Callback<TableDescription>): void;
    getTable(name: string, checkStatus: boolean, callback: Callback<TableDescription>): void;
    getItemDb(table: string): RowStore;
    getIndexDb(kind: string, table: string, index: string): RowStore;
    deleteItemDb(table: string, callback: Callback): void;
    deleteIndexDb(kind: string, table: string, index: string, callback: Callback): void;
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  }

  export interface TableDescription extends JsonObject {
    TableName: string;
    TableStatus: string;
    KeySchema: KeyElement[];
    AttributeDefinitions: JsonObject[];
  }
  export interface KeyElement extends JsonObject {
    AttributeName: string;
    KeyType: string;
  }

  export function create(options: {
    path?: string;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Store;

  /** Whether one attribute value stands in that relation to the other. */
  export function compare(how: 'GT', one: JsonObject | undefined, other: JsonObject | undefined): boolean;

  /** The entries that changing `before` into `after` puts into and deletes from the given indexes. */
  export function getIndexActions(
    indexes: JsonObject[],
    before: JsonObject | null,
    after: JsonObject | null,
    table: TableDescription,
  ): { puts: { index: string; key: string; item: JsonObject }[]; deletes: { index: string; key: string }[] };

  /** What the actions look up at each call. */
  const lookedUp: {
    /** Puts and deletes an item's index entries, before the item itself. */
    updateIndexes: (
      store: Store,
      table: TableDescription,
      before: JsonObject | undefined,
      after: JsonObject | undefined,
      callback: Callback,
    ) => void;
  };
  export default lookedUp;
}

declare module 'dynalite/db/*Parser.js' {
  import type { JsonObject } from 'dynalite/db/index.js';

  export interface ExpressionContext {
    readonly attrNames?: Readonly<Record<string, string>> | null;
    /** Attribute values by their names. */
    readonly attrVals?: Readonly<Record<string, JsonObject>> | null;
    readonly isKeyCondition?: boolean;
    readonly compare: (how: 'GT', one: JsonObject | undefined, other: JsonObject | undefined) => boolean;
    /** What is used is deleted from these two. */
    readonly unusedAttrNames: Record<string, true>;
    readonly unusedAttrVals: Record<string, true>;
  }
  export interface ExpressionParser {
    /** Gives what the expression means, in which values are those of the context, or in a text what is wrong with it. */
    parse: (text: string, options: { readonly context: ExpressionContext }) => unknown;
  }
  const parser: ExpressionParser;
  export default parser;
}

declare module 'dynalite/validations/index.js' {
  import type { JsonObject, Store } from 'dynalite/db/index.js';

  /** Throws an error with `statusCode` and `body`. */
  export function checkTypes(input: JsonObject, types: unknown): JsonObject;
  export function checkValidations(input: JsonObject, types: unknown, custom: unknown, store: Store): void;
}

declare module 'dynalite/validations/*.js' {
  const parameters: { readonly types: unknown; readonly custom?: unknown };
  export = parameters;
}

declare module 'dynalite/actions/*.js' {
  import type { Callback, JsonObject, Store } from 'dynalite/db/index.js';

  function action(store: Store, input: JsonObject, callback: Callback<JsonObject>): void;
  export = action;
}
