import type { Clock } from '../clock';
import { isObject, type JsonObject } from '../json/json';
import { objects, requiredText } from '../json/members';
import { ServiceError } from '../service';
import { runOperation } from './operations';
import type { RecentWrites } from './recent-writes';
import { pagesOf } from './row-stream';
import type { TableFiles } from './table-files';
import { itemRange, tableView } from './table-view';

/** Items older than this are left alone: DynamoDB takes such a value for a mistake. */
const FIVE_YEARS = 5 * 365 * 24 * 60 * 60;

/**
 * Deletes a table's expired items: those whose attribute is a number of seconds since 1970 that has passed and
 * is not older than five years (developer guide, "Using time to live"). Each delete is on the condition that
 * the attribute is still the same, so an item that is renewed meanwhile stays.
 * @returns how many were deleted
 */
export async function deleteExpired(
  files: TableFiles,
  recent: RecentWrites,
  table: string,
  attribute: string,
  clock: Clock,
): Promise<number> {
  const now = clock.now() / 1000;
  const keys = await keyAttributes(files, table);
  let deleted = 0;
  for (const rows of pagesOf(files.rows, itemRange(table))) {
    // A large table takes a while, in which others have their turns.
    await new Promise((resolve) => setImmediate(resolve));
    for (const [, item] of rows) {
      const expiry = numberOf(item[attribute]);
      if (expiry === undefined || expiry > now || expiry < now - FIVE_YEARS) continue;
      if (await deleteIfUnchanged(files, recent, table, item, attribute, keys)) deleted += 1;
    }
  }
  return deleted;
}

async function deleteIfUnchanged(
  files: TableFiles,
  recent: RecentWrites,
  table: string,
  item: JsonObject,
  attribute: string,
  keys: readonly string[],
): Promise<boolean> {
  try {
    await runOperation(
      'DeleteItem',
      {
        TableName: table,
        Key: Object.fromEntries(keys.map((key) => [key, item[key] ?? null])),
        ConditionExpression: '#expiry = :expiry',
        ExpressionAttributeNames: { '#expiry': attribute },
        ExpressionAttributeValues: { ':expiry': item[attribute] ?? null },
      },
      tableView(files, recent).store,
    );
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

async function keyAttributes({ store }: TableFiles, table: string): Promise<string[]> {
  const { Table: description } = await runOperation('DescribeTable', { TableName: table }, store);
  return isObject(description)
    ? objects(description, 'KeySchema').map((key) => requiredText(key, 'AttributeName'))
    : [];
}

function numberOf(value: unknown): number | undefined {
  return isObject(value) && typeof value.N === 'string' ? Number(value.N) : undefined;
}
