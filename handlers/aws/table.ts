import { tableVariable, type TableName } from '../tables';
import { ApiError } from './api-error';
import { decodeRow, encodeRow, type Row } from './attribute-values';
import { environment } from './environment';
import { JsonApi } from './json-api';

export type { Row };

/** Names and values of an expression, as plain values. */
interface Expression {
  readonly names?: Record<string, string>;
  readonly values?: Row;
}

let client: JsonApi | undefined;
/** One client a process. A call that hangs is given up after 1.5 s and tried again, for 6 s of the 10 that functions have for which clients wait. */
function dynamodb(): JsonApi {
  client ??= new JsonApi({
    service: 'dynamodb',
    target: 'DynamoDB_20120810',
    version: '1.0',
    timeout: 1500,
    patience: 5000,
  });
  return client;
}

/** What ReturnValues may be. */
type Returns = 'ALL_NEW' | 'ALL_OLD' | 'UPDATED_NEW' | 'UPDATED_OLD' | 'NONE';

const isRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.name === 'ConditionalCheckFailedException';
const rowOf = (item: unknown): Row | undefined => (item === undefined ? undefined : decodeRow(item));
const listOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);
/** What an answer holds under a name, undefined where it holds nothing. */
const memberOf = (answer: unknown, name: string): unknown =>
  typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
const parts = ({ names, values }: Expression) => ({
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values && encodeRow(values),
});

/** The few operations that Parley needs of DynamoDB, on one table, with plain values. */
export class Table {
  readonly #name: string;

  constructor(table: TableName) {
    this.#name = environment(tableVariable(table));
  }

  /** One row, read consistently unless staleness is allowed, which halves the price. */
  async get(key: Row, { stale = false } = {}): Promise<Row | undefined> {
    const { Item } = await dynamodb().call('GetItem', {
      TableName: this.#name,
      Key: encodeRow(key),
      ConsistentRead: !stale,
    });
    return rowOf(Item);
  }

  async put(row: Row): Promise<void> {
    await dynamodb().call('PutItem', { TableName: this.#name, Item: encodeRow(row) });
  }

  /** Puts a row where there is none. Gives the row that is in the way, if one is. */
  async putIfAbsent(row: Row, partitionKey: string): Promise<Row | undefined> {
    try {
      await dynamodb().call('PutItem', {
        TableName: this.#name,
        Item: encodeRow(row),
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': partitionKey },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      return undefined;
    } catch (error) {
      if (isRefused(error)) return rowOf(error.body.Item) ?? {};
      throw error;
    }
  }

  /** Updates one row; the row as it is afterwards, or undefined where the condition did not hold. */
  async update(
    key: Row,
    update: Expression & { set: string; condition?: string; returns?: Returns },
  ): Promise<Row | undefined> {
    const outcome = await this.#update(key, update, { ReturnValues: update.returns ?? 'ALL_NEW' });
    return 'row' in outcome ? outcome.row : undefined;
  }

  /** Updates one row; as `update`, but where the condition did not hold it shows what stood in the way. */
  updateOrShow(
    key: Row,
    update: Expression & { set: string; condition: string },
  ): Promise<{ row: Row } | { inTheWay: Row | undefined }> {
    return this.#update(key, update, {
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }

  async #update(
    key: Row,
    update: Expression & { set: string; condition?: string },
    returns: { ReturnValues: Returns; ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' },
  ): Promise<{ row: Row } | { inTheWay: Row | undefined }> {
    try {
      const { Attributes } = await dynamodb().call('UpdateItem', {
        TableName: this.#name,
        Key: encodeRow(key),
        UpdateExpression: update.set,
        ConditionExpression: update.condition,
        ...returns,
        ...parts(update),
      });
      return { row: rowOf(Attributes) ?? {} };
    } catch (error) {
      if (isRefused(error)) return { inTheWay: rowOf(error.body.Item) };
      throw error;
    }
  }

  /** Deletes one row and gives it back, or undefined where there was none or the condition did not hold. */
  async delete(key: Row, only: Expression & { condition?: string } = {}): Promise<Row | undefined> {
    try {
      const { Attributes } = await dynamodb().call('DeleteItem', {
        TableName: this.#name,
        Key: encodeRow(key),
        ConditionExpression: only.condition,
        ReturnValues: 'ALL_OLD',
        ...parts(only),
      });
      return rowOf(Attributes);
    } catch (error) {
      if (isRefused(error)) return undefined;
      throw error;
    }
  }

  /** One page of rows and the key to go on after. Consistent unless an index is read or staleness is allowed. */
  async query(
    condition: Expression & {
      where: string;
      index?: string;
      limit?: number;
      descending?: boolean;
      /** Reads what may be a moment old, for half the price. */
      stale?: boolean;
      after?: Row;
    },
  ): Promise<{ rows: Row[]; next: Row | undefined }> {
    const input = {
      TableName: this.#name,
      IndexName: condition.index,
      KeyConditionExpression: condition.where,
      ConsistentRead: condition.index === undefined && condition.stale !== true,
      Limit: condition.limit,
      ScanIndexForward: condition.descending !== true,
      ExclusiveStartKey: condition.after && encodeRow(condition.after),
      ...parts(condition),
    };
    const { Items, LastEvaluatedKey } = await dynamodb().call('Query', input);
    return { rows: listOf(Items).map(decodeRow), next: rowOf(LastEvaluatedKey) };
  }

  /** All rows of a query, page after page. */
  async queryAll(condition: Expression & { where: string; limit?: number }): Promise<Row[]> {
    const rows: Row[] = [];
    let after: Row | undefined;
    do {
      const page = await this.query(after === undefined ? condition : { ...condition, after });
      rows.push(...page.rows);
      after = page.next;
    } while (after !== undefined);
    return rows;
  }

  /** One page of those rows of the whole table that a filter lets through, and the key to go on after. Consistent. */
  async scan(
    filter: Expression & { where: string; limit?: number | undefined; after?: Row | undefined },
  ): Promise<{ rows: Row[]; next: Row | undefined }> {
    const { Items, LastEvaluatedKey } = await dynamodb().call('Scan', {
      TableName: this.#name,
      FilterExpression: filter.where,
      ConsistentRead: true,
      Limit: filter.limit,
      ExclusiveStartKey: filter.after && encodeRow(filter.after),
      ...parts(filter),
    });
    return { rows: listOf(Items).map(decodeRow), next: rowOf(LastEvaluatedKey) };
  }

  /** The rows that exist among these keys, read consistently, in no order. */
  async getMany(keys: readonly Row[]): Promise<Row[]> {
    const rows: Row[] = [];
    // 100 keys a call is DynamoDB's limit; what it leaves unprocessed under load is asked again.
    await inBatches(keys.map(encodeRow), 100, async (batch) => {
      const { Responses, UnprocessedKeys } = await dynamodb().call('BatchGetItem', {
        RequestItems: { [this.#name]: { Keys: batch, ConsistentRead: true } },
      });
      rows.push(...listOf(memberOf(Responses, this.#name)).map(decodeRow));
      return listOf(memberOf(memberOf(UnprocessedKeys, this.#name), 'Keys'));
    });
    return rows;
  }

  async putMany(rows: readonly Row[]): Promise<void> {
    await this.#writeMany(rows.map((row) => ({ PutRequest: { Item: encodeRow(row) } })));
  }

  /** Deletes rows by key; keys without a row are no error. */
  async deleteMany(keys: readonly Row[]): Promise<void> {
    await this.#writeMany(keys.map((key) => ({ DeleteRequest: { Key: encodeRow(key) } })));
  }

  async #writeMany(requests: readonly object[]): Promise<void> {
    await inBatches(requests, 25, async (batch) => {
      const { UnprocessedItems } = await dynamodb().call('BatchWriteItem', {
        RequestItems: { [this.#name]: batch },
      });
      return listOf(memberOf(UnprocessedItems, this.#name));
    });
  }
}

/**
 * Works through items in batches; `work` gives back what it could not do. After a batch with leftovers it waits
 * (full jitter, up to 50 ms doubling to 1.6 s) and throws once ten rounds in a row moved nothing.
 */
async function inBatches(
  items: readonly unknown[],
  size: number,
  work: (batch: readonly unknown[]) => Promise<readonly unknown[]>,
): Promise<void> {
  const queue = [...items];
  let fruitless = 0;
  while (queue.length > 0) {
    const batch = queue.splice(0, size);
    const left = await work(batch);
    queue.push(...left);
    fruitless = left.length === batch.length ? fruitless + 1 : 0;
    if (fruitless === 10) throw new Error(`DynamoDB left ${queue.length} items unprocessed`);
    if (left.length > 0) {
      const ceiling = 50 * 2 ** Math.min(fruitless, 5);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
    }
  }
}
