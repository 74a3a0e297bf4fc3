import { createClock } from '../../local/clock';
import type { JsonObject } from '../../local/json/json';
import { OPERATOR, ServiceError, Services } from '../../local/service';
import { eventually } from '../support/eventually';
import { call, due, ifNew, inRoom, key, openOutbox, OUTBOX } from '../support/tables';

const now = () => Math.floor(Date.now() / 1000);

describe('a table', () => {
  it('gives back the item that was put, and nothing for a key that was not', async () => {
    const tables = await openOutbox();
    const item = {
      ...key('lobby', 1),
      body: { M: { text: { S: 'hi' }, tags: { SS: ['a', 'b'] } } },
      raw: { B: 'AAE=' },
    };
    await call(tables, 'PutItem', { Item: item });
    expect(await call(tables, 'GetItem', { Key: key('lobby', 1) })).toEqual({ Item: item });
    expect(await call(tables, 'GetItem', { Key: key('lobby', 2) })).toEqual({});
  });

  it('is addressed by its ARN as well as by its name', async () => {
    const tables = await openOutbox();
    await call(tables, 'PutItem', { Item: key('lobby', 1) });
    const TableName = `arn:aws:dynamodb:us-east-1:000000000000:table/${OUTBOX.name}`;
    expect(await call(tables, 'GetItem', { TableName, Key: key('lobby', 1) })).toEqual({
      Item: key('lobby', 1),
    });
  });

  it('orders a query by the numeric sort key, not by its digits, and pages through it', async () => {
    const tables = await openOutbox();
    for (const seq of [10, 9, 100, 1, 2]) await call(tables, 'PutItem', { Item: key('lobby', seq) });
    await call(tables, 'PutItem', { Item: key('other', 5) });
    const first = await call(tables, 'Query', { ...inRoom('lobby'), Limit: 3 });
    expect(first).toMatchObject({
      Items: [1, 2, 9].map((seq) => key('lobby', seq)),
      LastEvaluatedKey: key('lobby', 9),
    });
    const second = await call(tables, 'Query', {
      ...inRoom('lobby'),
      Limit: 3,
      ExclusiveStartKey: first.LastEvaluatedKey ?? null,
    });
    expect(second).toMatchObject({ Items: [10, 100].map((seq) => key('lobby', seq)), Count: 2 });
    expect(second).not.toHaveProperty('LastEvaluatedKey');
    const last = await call(tables, 'Query', { ...inRoom('lobby'), ScanIndexForward: false, Limit: 1 });
    expect(last.Items).toEqual([key('lobby', 100)]);
  });

  it('stops a page of a query at 1 MB', async () => {
    const tables = await openOutbox();
    for (let seq = 1; seq <= 5; seq++) {
      await call(tables, 'PutItem', { Item: { ...key('lobby', seq), text: { S: 'x'.repeat(300_000) } } });
    }
    const page = await call(tables, 'Query', inRoom('lobby'));
    expect(page).toMatchObject({ Count: 4, LastEvaluatedKey: key('lobby', 4) });
  });

  it('keeps an item in a sparse index exactly while it has both of its keys', async () => {
    const tables = await openOutbox();
    const open = (dueAt: number) => ({ openShard: { N: '3' }, dueAt: { N: String(dueAt) } });
    const inIndex = async () => (await call(tables, 'Query', due(3, 1000))).Items;
    await call(tables, 'PutItem', { Item: { ...key('lobby', 1), ...open(500), text: { S: 'hi' } } });
    expect(await inIndex()).toEqual([{ ...key('lobby', 1), ...open(500) }]);
    const at = {
      Key: key('lobby', 1),
      UpdateExpression: 'SET dueAt = :d',
      ExpressionAttributeValues: { ':d': { N: '700' } },
    };
    await call(tables, 'UpdateItem', at);
    expect(await inIndex()).toEqual([{ ...key('lobby', 1), ...open(700) }]);
    await call(tables, 'UpdateItem', { Key: key('lobby', 1), UpdateExpression: 'REMOVE openShard, dueAt' });
    expect(await inIndex()).toEqual([]);
    await call(tables, 'PutItem', { Item: { ...key('lobby', 2), ...open(500) } });
    await call(tables, 'DeleteItem', { Key: key('lobby', 2) });
    expect(await inIndex()).toEqual([]);
  });

  it('lets exactly one of fifty concurrent conditional puts on one key win', async () => {
    const tables = await openOutbox();
    const attempts = Array.from({ length: 50 }, (_, index) =>
      call(tables, 'PutItem', { Item: { ...key('lobby', 1), by: { N: String(index) } }, ...ifNew }).then(
        () => index,
      ),
    );
    const settled = await Promise.allSettled(attempts);
    const winners = settled.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    const codes = settled.flatMap((attempt) =>
      attempt.status === 'rejected' && attempt.reason instanceof ServiceError ? [attempt.reason.code] : [],
    );
    expect(winners).toHaveLength(1);
    expect(codes).toEqual(Array.from({ length: 49 }, () => 'ConditionalCheckFailedException'));
    const { Item: item } = await call(tables, 'GetItem', { Key: key('lobby', 1), ConsistentRead: true });
    expect(item).toMatchObject({ by: { N: String(winners[0]) } });
  });

  it('loses no increment of fifty concurrent ones', async () => {
    const tables = await openOutbox();
    const increment = {
      Key: key('lobby', 1),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    };
    await Promise.all(Array.from({ length: 50 }, () => call(tables, 'UpdateItem', increment)));
    expect(await call(tables, 'GetItem', { Key: key('lobby', 1) })).toMatchObject({
      Item: { n: { N: '50' } },
    });
  });

  it('writes and reads in batches', async () => {
    const tables = await openOutbox();
    const open = { openShard: { N: '1' }, dueAt: { N: '5' } };
    await call(tables, 'PutItem', { Item: { ...key('lobby', 9), ...open } });
    const puts = [1, 2, 3].map((seq) => ({ PutRequest: { Item: { ...key('lobby', seq), ...open } } }));
    const written = await call(tables, 'BatchWriteItem', {
      RequestItems: { [OUTBOX.name]: [...puts, { DeleteRequest: { Key: key('lobby', 9) } }] },
    });
    expect(written).toEqual({ UnprocessedItems: {} });
    expect((await call(tables, 'Query', due(1, 10))).Count).toBe(3);
    const read = await call(tables, 'BatchGetItem', {
      RequestItems: { [OUTBOX.name]: { Keys: [1, 2, 9].map((seq) => key('lobby', seq)) } },
    });
    const { [OUTBOX.name]: found } = read.Responses as JsonObject;
    expect(found).toHaveLength(2);
  });
});

describe('errors', () => {
  it.each([
    ['ConditionalCheckFailedException', 'PutItem', { Item: key('lobby', 1), ...ifNew }],
    ['ValidationException', 'PutItem', { Item: { roomId: { S: 'lobby' } } }],
    ['ValidationException', 'UpdateItem', { Key: key('lobby', 1), UpdateExpression: 'SET nonsense' }],
    ['ValidationException', 'Query', { ...due(1, 5), ConsistentRead: true }],
    ['ResourceNotFoundException', 'GetItem', { TableName: 'absent', Key: key('lobby', 1) }],
    ['SerializationException', 'GetItem', { Key: 'text' }],
  ] as [string, string, JsonObject][])(
    'are %s with status 400 for %s where AWS says so',
    async (code, action, input) => {
      const tables = await openOutbox();
      await call(tables, 'PutItem', { Item: key('lobby', 1) });
      await expect(call(tables, action, input)).rejects.toMatchObject({ code, status: 400 });
    },
  );

  it('carry the item that failed the condition when the caller asks for it', async () => {
    const tables = await openOutbox();
    const item = { ...key('lobby', 1), text: { S: 'first' } };
    await call(tables, 'PutItem', { Item: item });
    const ask = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    const again = { Item: key('lobby', 1), ...ifNew };
    await expect(call(tables, 'PutItem', { ...again, ...ask })).rejects.toMatchObject({
      members: { Item: item },
    });
    await expect(call(tables, 'PutItem', again)).rejects.toMatchObject({ members: {} });
    const absent = { Key: key('lobby', 2), ConditionExpression: 'attribute_exists(seq)', ...ask };
    await expect(call(tables, 'DeleteItem', absent)).rejects.toMatchObject({ members: {} });
  });

  it.each([
    'TransactWriteItems',
    'TransactGetItems',
    'ExecuteStatement',
    'DescribeStream',
    'UpdateTimeToLive',
  ])('name %s, which is not modelled', async (action) => {
    const tables = await openOutbox();
    const services = new Services();
    services.add(tables.service());
    await expect(services.call('dynamodb', action, {}, OPERATOR)).rejects.toMatchObject({
      code: 'UnknownOperationException',
      message: expect.stringContaining(`dynamodb:${action}`),
    });
  });
});

describe('time to live', () => {
  it('is described as the template says', async () => {
    const tables = await openOutbox();
    expect(await call(tables, 'DescribeTimeToLive', {})).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
    const { timeToLive, ...without } = OUTBOX;
    expect(timeToLive).toBe('expiresAt');
    await tables.declare(without);
    expect(await call(tables, 'DescribeTimeToLive', {})).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
    });
  });

  it.each([
    ['deletes an item that expired a second ago', { N: String(now() - 1) }, 1],
    ['keeps an item that expires in an hour', { N: String(now() + 3600) }, 0],
    ['keeps an item whose expiry is text', { S: String(now() - 1) }, 0],
    ['keeps an item that expired more than five years ago', { N: '1000000000' }, 0],
    ['keeps an item without expiry', undefined, 0],
  ])('%s', async (_title, expiresAt, deleted) => {
    const tables = await openOutbox();
    const open = { openShard: { N: '1' }, dueAt: { N: '5' } };
    await call(tables, 'PutItem', { Item: { ...key('lobby', 1), ...open, ...(expiresAt && { expiresAt }) } });
    expect(await tables.deleteExpired()).toBe(deleted);
    expect((await call(tables, 'Query', inRoom('lobby'))).Count).toBe(1 - deleted);
    expect((await call(tables, 'Query', due(1, 10))).Count).toBe(1 - deleted);
  });

  it('sweeps every minute of the clock by itself', async () => {
    const tables = await openOutbox({ clock: createClock(1200) });
    await call(tables, 'PutItem', { Item: { ...key('lobby', 1), expiresAt: { N: String(now() + 120) } } });
    await eventually(async () =>
      expect(await call(tables, 'Query', inRoom('lobby'))).toMatchObject({ Count: 0 }),
    );
  });
});
