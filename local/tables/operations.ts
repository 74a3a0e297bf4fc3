import batchGetItem from 'dynalite/actions/batchGetItem.js';
import batchWriteItem from 'dynalite/actions/batchWriteItem.js';
import createTable from 'dynalite/actions/createTable.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import deleteTable from 'dynalite/actions/deleteTable.js';
import describeTable from 'dynalite/actions/describeTable.js';
import getItem from 'dynalite/actions/getItem.js';
import listTables from 'dynalite/actions/listTables.js';
import listTagsOfResource from 'dynalite/actions/listTagsOfResource.js';
import putItem from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import tagResource from 'dynalite/actions/tagResource.js';
import untagResource from 'dynalite/actions/untagResource.js';
import updateItem from 'dynalite/actions/updateItem.js';
import updateTable from 'dynalite/actions/updateTable.js';
import type { Store } from 'dynalite/db/index.js';
import batchGetItemInput from 'dynalite/validations/batchGetItem.js';
import batchWriteItemInput from 'dynalite/validations/batchWriteItem.js';
import createTableInput from 'dynalite/validations/createTable.js';
import deleteItemInput from 'dynalite/validations/deleteItem.js';
import deleteTableInput from 'dynalite/validations/deleteTable.js';
import describeTableInput from 'dynalite/validations/describeTable.js';
import getItemInput from 'dynalite/validations/getItem.js';
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';
import listTablesInput from 'dynalite/validations/listTables.js';
import listTagsOfResourceInput from 'dynalite/validations/listTagsOfResource.js';
import putItemInput from 'dynalite/validations/putItem.js';
import queryInput from 'dynalite/validations/query.js';
import scanInput from 'dynalite/validations/scan.js';
import tagResourceInput from 'dynalite/validations/tagResource.js';
import untagResourceInput from 'dynalite/validations/untagResource.js';
import updateItemInput from 'dynalite/validations/updateItem.js';
import updateTableInput from 'dynalite/validations/updateTable.js';
import { isObject, type JsonObject } from '../json/json';
import { text } from '../json/members';
import { ServiceError } from '../service';
import { leaveIndexesToItemChange } from './item-change';
import { rememberExpressions } from './remembered-expressions';

interface Operation {
  readonly run: typeof getItem;
  readonly input: typeof getItemInput;
}

rememberExpressions();
leaveIndexesToItemChange();

/** The API operations that dynalite implements, by their names. */
export const OPERATIONS = {
  BatchGetItem: { run: batchGetItem, input: batchGetItemInput },
  BatchWriteItem: { run: batchWriteItem, input: batchWriteItemInput },
  CreateTable: { run: createTable, input: createTableInput },
  DeleteItem: { run: deleteItem, input: deleteItemInput },
  DeleteTable: { run: deleteTable, input: deleteTableInput },
  DescribeTable: { run: describeTable, input: describeTableInput },
  GetItem: { run: getItem, input: getItemInput },
  ListTables: { run: listTables, input: listTablesInput },
  ListTagsOfResource: { run: listTagsOfResource, input: listTagsOfResourceInput },
  PutItem: { run: putItem, input: putItemInput },
  Query: { run: query, input: queryInput },
  Scan: { run: scan, input: scanInput },
  TagResource: { run: tagResource, input: tagResourceInput },
  UntagResource: { run: untagResource, input: untagResourceInput },
  UpdateItem: { run: updateItem, input: updateItemInput },
  UpdateTable: { run: updateTable, input: updateTableInput },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof OPERATIONS;

/** Validates the input as DynamoDB does and runs the operation. Throws ServiceError as the API answers. */
export async function runOperation(
  name: OperationName,
  input: JsonObject,
  store: Store,
): Promise<JsonObject> {
  const operation: Operation = OPERATIONS[name];
  try {
    // A copy, because checkTypes deletes members it does not know from what it is given.
    const checked = checkTypes({ ...input }, operation.input.types);
    checkValidations(checked, operation.input.types, operation.input.custom, store);
    return await new Promise((resolve, reject) => {
      operation.run(store, checked, (error, result) => {
        if (error) reject(error);
        else resolve(result ?? {});
      });
    });
  } catch (error) {
    throw serviceError(error);
  }
}

/** dynalite's errors carry the answer's status and body; anything else is a defect and stays what it is. */
function serviceError(error: unknown): unknown {
  if (!(error instanceof Error) || !('statusCode' in error) || !('body' in error)) return error;
  const { statusCode, body } = error;
  if (typeof statusCode !== 'number' || !isObject(body)) return error;
  const code = (text(body, '__type') ?? 'InternalServerError').replace(/^.*#/, '');
  return new ServiceError(code, text(body, 'message') ?? text(body, 'Message') ?? code, statusCode);
}
