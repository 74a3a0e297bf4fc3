import { itemSize } from '../../local/tables/capacity';
import type { JsonObject } from '../../local/json/json';
import { call, due, ifNew, inRoom, key, openOutbox, OUTBOX } from '../support/tables';

const open = { openShard: { N: '1' }, dueAt: { N: '5' } };
const kilobytes = (count: number) => ({ text: { S: 'x'.repeat(count * 1024 - 100) } });

describe('the size of an item', () => {
  it.each([
    ['names and strings count their UTF-8 bytes', { é: { S: 'ü€' } }, 2 + 2 + 3],
    ['a number takes a byte per two digits and one more', { n: { N: '1234567' } }, 1 + 4 + 1],
    ['leading and trailing zeros of a number are free', { n: { N: '0012000' } }, 1 + 1 + 1],
    ['the sign of a negative number is a byte', { n: { N: '-1.5' } }, 1 + 1 + 1 + 1],
    ['a binary counts its raw length', { b: { B: 'AAECAw==' } }, 1 + 4],
    ['true and null are a byte', { t: { BOOL: true }, n: { NULL: true } }, 2 + 2],
    ['sets sum up their members', { s: { SS: ['ab', 'c'] } }, 1 + 3],
    [
      'a list has 3 bytes of its own and 1 per element',
      { l: { L: [{ S: 'ab' }, { S: 'c' }] } },
      1 + 3 + 2 + 3,
    ],
    ['a map has 3 bytes of its own and 1 per entry', { m: { M: { k: { S: 'ab' } } } }, 1 + 3 + 1 + 3],
  ] as [string, JsonObject, number][])('%s', (_title, item, size) => {
    expect(itemSize(item)).toBe(size);
  });
});

/** Read: 4 KB units, half when eventually consistent. Write: 1 KB units. */
const CASES: [string, string, JsonObject, number][] = [
  ['an eventually consistent read of a small item', 'GetItem', { Key: key('lobby', 1) }, 0.5],
  ['a consistent read of a small item', 'GetItem', { Key: key('lobby', 1), ConsistentRead: true }, 1],
  ['a consistent read of a 5 KB item', 'GetItem', { Key: key('lobby', 2), ConsistentRead: true }, 2],
  ['a read of an absent item', 'GetItem', { Key: key('lobby', 99) }, 0.5],
  ['a query that finds nothing', 'Query', inRoom('empty'), 0.5],
  ['a consistent query that finds nothing', 'Query', { ...inRoom('empty'), ConsistentRead: true }, 1],
  ['a query, which rounds its sum once', 'Query', { ...inRoom('lobby'), ConsistentRead: true }, 2],
  [
    'a query that filters everything out',
    'Query',
    { ...inRoom('lobby'), FilterExpression: 'attribute_exists(absent)' },
    1,
  ],
  ['a query whose limit leaves the large item out', 'Query', { ...inRoom('lobby'), Limit: 1 }, 0.5],
  ['a query of an index', 'Query', due(1, 10), 0.5],
  ['a put of a new small item', 'PutItem', { Item: key('lobby', 3) }, 1],
  ['a put with an index entry', 'PutItem', { Item: { ...key('lobby', 3), ...open } }, 2],
  ['a put over a 5 KB item', 'PutItem', { Item: key('lobby', 2) }, 5],
  [
    'an update that leaves the index entry alone',
    'UpdateItem',
    { Key: key('lobby', 1), UpdateExpression: 'REMOVE body' },
    1,
  ],
  [
    'an update that moves the index entry',
    'UpdateItem',
    {
      Key: key('lobby', 1),
      UpdateExpression: 'SET dueAt = :d',
      ExpressionAttributeValues: { ':d': { N: '6' } },
    },
    3,
  ],
  ['a delete with an index entry', 'DeleteItem', { Key: key('lobby', 1) }, 2],
  ['a delete of an absent item', 'DeleteItem', { Key: key('lobby', 99) }, 1],
];

describe('consumed capacity', () => {
  it.each(CASES)('of %s (%s)', async (_title, action, input, units) => {
    const tables = await openOutbox();
    await call(tables, 'PutItem', { Item: { ...key('lobby', 1), ...open, body: { S: 'hi' } }, ...ifNew });
    await call(tables, 'PutItem', { Item: { ...key('lobby', 2), ...kilobytes(5) } });
    expect(
      (await call(tables, action, { ...input, ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity,
    ).toEqual({
      TableName: OUTBOX.name,
      CapacityUnits: units,
    });
  });

  it('tells table and indexes apart when asked for', async () => {
    const tables = await openOutbox();
    const answer = await call(tables, 'PutItem', {
      Item: { ...key('lobby', 1), ...open, ...kilobytes(3) },
      ReturnConsumedCapacity: 'INDEXES',
    });
    expect(answer.ConsumedCapacity).toEqual({
      TableName: OUTBOX.name,
      CapacityUnits: 4,
      Table: { CapacityUnits: 3 },
      GlobalSecondaryIndexes: { due: { CapacityUnits: 1 } },
    });
  });

  it('of a batch is a list by table, each item rounded by itself', async () => {
    const tables = await openOutbox();
    const RequestItems = {
      [OUTBOX.name]: [1, 2].map((seq) => ({ PutRequest: { Item: key('lobby', seq) } })),
    };
    const ask = { ReturnConsumedCapacity: 'TOTAL' };
    expect((await call(tables, 'BatchWriteItem', { RequestItems, ...ask })).ConsumedCapacity).toEqual([
      { TableName: OUTBOX.name, CapacityUnits: 2 },
    ]);
    const Keys = [1, 2, 3].map((seq) => key('lobby', seq));
    const read = await call(tables, 'BatchGetItem', {
      RequestItems: { [OUTBOX.name]: { Keys, ConsistentRead: true } },
      ...ask,
    });
    expect(read.ConsumedCapacity).toEqual([{ TableName: OUTBOX.name, CapacityUnits: 3 }]);
  });

  it('is absent unless asked for', async () => {
    const tables = await openOutbox();
    expect(await call(tables, 'PutItem', { Item: key('lobby', 1) })).toEqual({});
  });
});
