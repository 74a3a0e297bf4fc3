import { createClock } from '../../local/clock';
import { NO_FAULTS } from '../../local/faults/faults';
import type { JsonObject } from '../../local/json/json';
import { OPERATOR } from '../../local/service';
import { Tables, type TableDeclaration, type TablesOptions } from '../../local/tables/tables';

/** Messages by room and number, with a sparse index of the open ones. */
export const OUTBOX: TableDeclaration = {
  name: 'parley-Outbox1A2B',
  constructId: 'Outbox',
  keySchema: [
    { AttributeName: 'roomId', KeyType: 'HASH' },
    { AttributeName: 'seq', KeyType: 'RANGE' },
  ],
  attributeDefinitions: [
    { AttributeName: 'roomId', AttributeType: 'S' },
    { AttributeName: 'seq', AttributeType: 'N' },
    { AttributeName: 'openShard', AttributeType: 'N' },
    { AttributeName: 'dueAt', AttributeType: 'N' },
  ],
  globalSecondaryIndexes: [
    {
      IndexName: 'due',
      KeySchema: [
        { AttributeName: 'openShard', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  timeToLive: 'expiresAt',
};

const opened: Tables[] = [];

/** Opens tables with OUTBOX declared; those still open after the test file are closed. */
export async function openOutbox(options: Partial<TablesOptions> = {}): Promise<Tables> {
  const tables = await openTables(options);
  await tables.declare(OUTBOX);
  return tables;
}

export async function openTables(options: Partial<TablesOptions> = {}): Promise<Tables> {
  const report = (error: unknown) => {
    throw error;
  };
  const tables = await Tables.open({ clock: createClock(), faults: NO_FAULTS, report, ...options });
  opened.push(tables);
  return tables;
}

afterAll(async () => {
  for (const tables of opened.splice(0)) await tables.close();
});

/** Calls an action on OUTBOX; `input` needs no TableName. */
export function call(tables: Tables, action: string, input: JsonObject): Promise<JsonObject> {
  const run = tables.service().actions[action];
  if (run === undefined) throw new Error(`no action ${action}`);
  return run({ TableName: OUTBOX.name, ...input }, OPERATOR);
}

export function key(roomId: string, seq: number): JsonObject {
  return { roomId: { S: roomId }, seq: { N: String(seq) } };
}

export const ifNew: JsonObject = { ConditionExpression: 'attribute_not_exists(seq)' };

/** All messages of a room. */
export function inRoom(roomId: string): JsonObject {
  return { KeyConditionExpression: 'roomId = :r', ExpressionAttributeValues: { ':r': { S: roomId } } };
}

/** The open messages of a shard that are due before a time. */
export function due(shard: number, before: number): JsonObject {
  return {
    IndexName: 'due',
    KeyConditionExpression: 'openShard = :s AND dueAt < :t',
    ExpressionAttributeValues: { ':s': { N: String(shard) }, ':t': { N: String(before) } },
  };
}
