import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  ConditionalCheckFailedException,
  type AttributeValue,
  type QueryCommandInput,
  type ReturnValue,
  type UpdateItemCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { tableVariable, type TableName } from '../tables';
import { environment } from './environment';

/** A row as plain values; the adapters parse it before they believe it. */
export type Row = Record<string, unknown>;

/** Names and values of an expression, as plain values. */
interface Expression {
  readonly names?: Record<string, string>;
  readonly values?: Row;
}

let client: DynamoDBClient | undefined;
/** One client a process. A call that hangs is given up after 1.5 s and tried three times more, within the 10 s of the functions that clients wait for. */
function dynamodb(): DynamoDBClient {
  client ??= new DynamoDBClient({
    // Puts the steps of a call together once a kind of command: 0.2 ms less a call in a young process.
    cacheMiddleware: true,
    // Without throwOnRequestTimeout the SDK only logs a warning and goes on waiting.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true },
  });
  return client;
}

const encode = (row: Row) => marshall(row, { removeUndefinedValues: true });
const decode = (item: Record<string, AttributeValue> | undefined): Row | undefined =>
  item && unmarshall(item);
const parts = ({ names, values }: Expression) => ({
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values && encode(values),
});

/** The few operations that Parley needs of DynamoDB, on one table, with plain values. */
export class Table {
  readonly #name: string;

  constructor(table: TableName) {
    this.#name = environment(tableVariable(table));
  }

  /** One row, read consistently unless staleness is allowed, which halves the price. */
  async get(key: Row, { stale = false } = {}): Promise<Row | undefined> {
    const { Item } = await dynamodb().send(
      new GetItemCommand({ TableName: this.#name, Key: encode(key), ConsistentRead: !stale }),
    );
    return decode(Item);
  }

  async put(row: Row): Promise<void> {
    await dynamodb().send(new PutItemCommand({ TableName: this.#name, Item: encode(row) }));
  }

  /** Puts a row where there is none. Gives the row that is in the way, if one is. */
  async putIfAbsent(row: Row, partitionKey: string): Promise<Row | undefined> {
    try {
      await dynamodb().send(
        new PutItemCommand({
          TableName: this.#name,
          Item: encode(row),
          ConditionExpression: 'attribute_not_exists(#key)',
          ExpressionAttributeNames: { '#key': partitionKey },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return decode(error.Item) ?? {};
      throw error;
    }
  }

  /** Updates one row; the row as it is afterwards, or undefined where the condition did not hold. */
  async update(
    key: Row,
    update: Expression & { set: string; condition?: string; returns?: ReturnValue },
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
    returns: Pick<UpdateItemCommandInput, 'ReturnValues' | 'ReturnValuesOnConditionCheckFailure'>,
  ): Promise<{ row: Row } | { inTheWay: Row | undefined }> {
    try {
      const { Attributes } = await dynamodb().send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: encode(key),
          UpdateExpression: update.set,
          ConditionExpression: update.condition,
          ...returns,
          ...parts(update),
        }),
      );
      return { row: decode(Attributes) ?? {} };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { inTheWay: decode(error.Item) };
      throw error;
    }
  }

  /** Deletes one row and gives it back, or undefined where there was none or the condition did not hold. */
  async delete(key: Row, only: Expression & { condition?: string } = {}): Promise<Row | undefined> {
    try {
      const { Attributes } = await dynamodb().send(
        new DeleteItemCommand({
          TableName: this.#name,
          Key: encode(key),
          ConditionExpression: only.condition,
          ReturnValues: 'ALL_OLD',
          ...parts(only),
        }),
      );
      return decode(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
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
    const input: QueryCommandInput = {
      TableName: this.#name,
      IndexName: condition.index,
      KeyConditionExpression: condition.where,
      ConsistentRead: condition.index === undefined && condition.stale !== true,
      Limit: condition.limit,
      ScanIndexForward: condition.descending !== true,
      ExclusiveStartKey: condition.after && encode(condition.after),
      ...parts(condition),
    };
    const { Items = [], LastEvaluatedKey } = await dynamodb().send(new QueryCommand(input));
    return { rows: Items.map((item) => unmarshall(item)), next: decode(LastEvaluatedKey) };
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
    const { Items = [], LastEvaluatedKey } = await dynamodb().send(
      new ScanCommand({
        TableName: this.#name,
        FilterExpression: filter.where,
        ConsistentRead: true,
        Limit: filter.limit,
        ExclusiveStartKey: filter.after && encode(filter.after),
        ...parts(filter),
      }),
    );
    return { rows: Items.map((item) => unmarshall(item)), next: decode(LastEvaluatedKey) };
  }

  /** The rows that exist among these keys, read consistently, in no order. */
  async getMany(keys: readonly Row[]): Promise<Row[]> {
    const rows: Row[] = [];
    // 100 keys a call is DynamoDB's limit; what it leaves unprocessed under load is asked again.
    await inBatches(keys.map(encode), 100, async (batch) => {
      const { Responses, UnprocessedKeys } = await dynamodb().send(
        new BatchGetItemCommand({ RequestItems: { [this.#name]: { Keys: batch, ConsistentRead: true } } }),
      );
      rows.push(...(Responses?.[this.#name] ?? []).map((item) => unmarshall(item)));
      return UnprocessedKeys?.[this.#name]?.Keys ?? [];
    });
    return rows;
  }

  async putMany(rows: readonly Row[]): Promise<void> {
    await this.#writeMany(rows.map((row) => ({ PutRequest: { Item: encode(row) } })));
  }

  /** Deletes rows by key; keys without a row are no error. */
  async deleteMany(keys: readonly Row[]): Promise<void> {
    await this.#writeMany(keys.map((key) => ({ DeleteRequest: { Key: encode(key) } })));
  }

  async #writeMany(requests: readonly WriteRequest[]): Promise<void> {
    await inBatches(requests, 25, async (batch) => {
      const { UnprocessedItems } = await dynamodb().send(
        new BatchWriteItemCommand({ RequestItems: { [this.#name]: batch } }),
      );
      return UnprocessedItems?.[this.#name] ?? [];
    });
  }
}

/**
 * Works through items in batches; `work` gives back what it could not do. After a batch with leftovers it waits
 * (full jitter, up to 50 ms doubling to 1.6 s) and throws once ten rounds in a row moved nothing.
 */
async function inBatches<T>(
  items: readonly T[],
  size: number,
  work: (batch: T[]) => Promise<T[]>,
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
