import type { Fault, Faults } from '../../local/faults/faults';
import { eventually } from '../support/eventually';
import { call, due, ifNew, inRoom, key, openOutbox, OUTBOX } from '../support/tables';

/** The same fault at each call of a point for the table, until it is switched off. */
function faultAt(point: string, effect: string, milliseconds: () => number = () => 0) {
  const fault: Fault = { effect, argument: '', milliseconds };
  const asked: string[] = [];
  let on = true;
  const faults: Faults = {
    at: (where, subject) => {
      asked.push(`${where}[${subject}]`);
      return on && where === point && subject === 'Outbox' ? fault : undefined;
    },
  };
  return { faults, asked, off: () => (on = false) };
}

const open = (dueAt: number) => ({ openShard: { N: '1' }, dueAt: { N: String(dueAt) } });

describe('a stale read', () => {
  it('sees items, queries and indexes as they were, while a consistent read sees them as they are', async () => {
    const { faults } = faultAt('table.read', 'stale', () => 5_000);
    const tables = await openOutbox({ faults });
    for (const seq of [1, 2]) await call(tables, 'PutItem', { Item: { ...key('lobby', seq), ...open(seq) } });

    expect(await call(tables, 'GetItem', { Key: key('lobby', 1) })).toEqual({});
    expect(await call(tables, 'Query', inRoom('lobby'))).toMatchObject({ Count: 0 });
    expect(await call(tables, 'Query', due(1, 10))).toMatchObject({ Count: 0 });
    expect(await call(tables, 'Scan', {})).toMatchObject({ Count: 0 });
    const batch = { [OUTBOX.name]: { Keys: [key('lobby', 1)] } };
    expect(await call(tables, 'BatchGetItem', { RequestItems: batch })).toMatchObject({
      Responses: { [OUTBOX.name]: [] },
    });

    const consistent = { ConsistentRead: true };
    expect(await call(tables, 'GetItem', { Key: key('lobby', 1), ...consistent })).toHaveProperty('Item');
    expect(await call(tables, 'Query', { ...inRoom('lobby'), ...consistent })).toMatchObject({ Count: 2 });
  });

  it('shows deleted and changed items in their old place, in order and within the limit', async () => {
    let moment = 0;
    const { faults, off } = faultAt('table.read', 'stale', () => performance.now() - moment);
    const tables = await openOutbox({ faults });
    for (const seq of [1, 2, 3])
      await call(tables, 'PutItem', { Item: { ...key('lobby', seq), v: { S: 'old' } } });
    // Between the writes, with room on both sides for what a busy machine takes to look at the time.
    moment = performance.now() + 100;
    await new Promise((resolve) => setTimeout(resolve, 200));

    await call(tables, 'DeleteItem', { Key: key('lobby', 2) });
    await call(tables, 'PutItem', { Item: { ...key('lobby', 1), v: { S: 'new' } } });
    const old = (seq: number) => ({ ...key('lobby', seq), v: { S: 'old' } });
    const query = { ...inRoom('lobby'), Limit: 2 };
    expect((await call(tables, 'Query', query)).Items).toEqual([old(1), old(2)]);
    expect((await call(tables, 'Query', { ...query, ScanIndexForward: false })).Items).toEqual([
      old(3),
      old(2),
    ]);
    off();
    expect((await call(tables, 'Query', query)).Items).toEqual([
      { ...key('lobby', 1), v: { S: 'new' } },
      old(3),
    ]);
  });

  it('catches up after the given time', async () => {
    const { faults } = faultAt('table.read', 'stale', () => 50);
    const tables = await openOutbox({ faults });
    const before = performance.now();
    await call(tables, 'PutItem', { Item: key('lobby', 1) });
    await eventually(async () =>
      expect(await call(tables, 'GetItem', { Key: key('lobby', 1) })).toHaveProperty('Item'),
    );
    expect(performance.now() - before).toBeGreaterThanOrEqual(50);
  });

  it('never decides a condition', async () => {
    const { faults } = faultAt('table.read', 'stale', () => 5_000);
    const tables = await openOutbox({ faults });
    await call(tables, 'PutItem', { Item: key('lobby', 1) });
    await expect(call(tables, 'PutItem', { Item: key('lobby', 1), ...ifNew })).rejects.toMatchObject({
      code: 'ConditionalCheckFailedException',
    });
  });

  it('is not asked for by a consistent read, so a counted fault is not used up', async () => {
    const { faults, asked } = faultAt('table.read', 'stale', () => 10);
    const tables = await openOutbox({ faults });
    await call(tables, 'GetItem', { Key: key('lobby', 1), ConsistentRead: true });
    expect(asked).toEqual([]);
    await call(tables, 'GetItem', { Key: key('lobby', 1) });
    expect(asked).toEqual(['table.read[Outbox]']);
  });
});

describe('a write fault', () => {
  it('fails the write with InternalServerError and without effect', async () => {
    const { faults, off } = faultAt('table.write', 'fail');
    const tables = await openOutbox({ faults });
    const write = { code: 'InternalServerError', status: 500 };
    await expect(call(tables, 'PutItem', { Item: key('lobby', 1) })).rejects.toMatchObject(write);
    const RequestItems = { [OUTBOX.name]: [{ PutRequest: { Item: key('lobby', 1) } }] };
    await expect(call(tables, 'BatchWriteItem', { RequestItems })).rejects.toMatchObject(write);
    off();
    expect(await call(tables, 'GetItem', { Key: key('lobby', 1), ConsistentRead: true })).toEqual({});
  });

  it.each([
    ['table.write', {}, true],
    ['table.conditional', ifNew, true],
    ['table.conditional', {}, false],
  ])('%s:slow delays a put with %j: %s', async (point, condition, delayed) => {
    const waits: number[] = [];
    const { faults } = faultAt(point, 'slow', () => (waits.push(300), 300));
    const tables = await openOutbox({ faults });
    const before = performance.now();
    await call(tables, 'PutItem', { Item: key('lobby', 1), ...condition });
    expect(waits).toEqual(delayed ? [300] : []);
    expect(performance.now() - before).toBeGreaterThanOrEqual(delayed ? 299 : 0);
  });
});
