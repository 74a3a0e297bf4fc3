import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as database from 'dynalite/db/index.js';
import type { LevelChange, LevelRange } from 'dynalite/db/index.js';
import { pagesOf } from '../../local/tables/row-stream';
import { RowJournal } from '../../local/tables/row-journal';
import { Rows } from '../../local/tables/rows';
import { eventually } from '../support/eventually';
import { call, inRoom, key, openOutbox, openTables, OUTBOX } from '../support/tables';
import { temporaryFolder } from '../support/temporary-folder';

const put = (...keys: string[]): LevelChange[] =>
  keys.map((each) => ({ type: 'put', key: each, value: { key: { S: each } } }));

/** Some in partitions of many rows, some in partitions of one; two tables, an index. */
const KEYS = ['item-one~', 'item-two~', 'index-global~one~due~'].flatMap((table) =>
  ['0a', '7c', 'ff'].flatMap((partition, size) =>
    Array.from({ length: 1 + size * 150 }, (_, index) => `${table}${partition}/61${size}/${index + 1000}/`),
  ),
);

function rowsOf(keys: readonly string[]): Rows {
  const rows = new Rows();
  rows.apply(put(...keys));
  return rows;
}

function keysIn(rows: Rows, range: LevelRange): string[] {
  return [...pagesOf(rows, range)].flat().map(([each]) => each);
}

describe('rows', () => {
  it.each<[string, LevelRange]>([
    ['a whole table', { gte: 'item-one~', lt: 'item-one~\xff' }],
    ['a partition', { gte: 'item-two~ff/612/', lt: 'item-two~ff/612/~' }],
    ['a part of a partition', { gt: 'item-two~ff/612/1003/', lte: 'item-two~ff/612/1200/' }],
    [
      'a partition behind a key',
      { gte: 'item-two~ff/612/', gt: 'item-two~ff/612/1250/', lt: 'item-two~ff/612/~' },
    ],
    ['a table behind a key', { gt: 'item-one~7c/611/1100/', lt: 'item-one~\xff' }],
    ['an index', { gte: 'index-global~one~due~', lt: 'index-global~one~due~\xff' }],
    ['a partition that is not there', { gte: 'item-one~7d/61/', lt: 'item-one~7d/61/~' }],
    ['nothing', { gt: 'item-one~ff/612/1200/', lt: 'item-one~ff/612/1100/' }],
  ])('are given in the order of their keys, either way and up to a limit: %s', (_what, range) => {
    // Backwards, so that none is simply put behind the others.
    const rows = rowsOf([...KEYS].reverse());
    const { gt = '', gte = '', lt = '\xff', lte = '\xff' } = range;
    const expected = KEYS.filter((each) => each > gt && each >= gte && each < lt && each <= lte).sort();
    expect(keysIn(rows, range)).toEqual(expected);
    expect(keysIn(rows, { ...range, reverse: true })).toEqual([...expected].reverse());
    for (const limit of [1, 128, 200]) {
      expect(keysIn(rows, { ...range, limit })).toEqual(expected.slice(0, limit));
      expect(keysIn(rows, { ...range, limit, reverse: true })).toEqual(
        [...expected].reverse().slice(0, limit),
      );
    }
  });

  it('are read page by page in a time that grows as they do, however many partitions they are in', () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `item-one~${index + 1_000_000}/61/1/`);
    const rows = rowsOf(keys);
    const began = performance.now();
    expect(keysIn(rows, { gte: 'item-one~', lt: 'item-one~\xff' })).toHaveLength(keys.length);
    expect(keysIn(rows, { gte: 'item-one~', lt: 'item-one~\xff', reverse: true })).toHaveLength(keys.length);
    // Were each page to begin at the beginning, this would be tens of seconds.
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('that are deleted are no longer there, whatever else is in their partition', () => {
    const rows = rowsOf(KEYS);
    const gone = KEYS.filter((_each, index) => index % 3 > 0);
    rows.apply(gone.map((each) => ({ type: 'del', key: each })));
    const left = KEYS.filter((each) => !gone.includes(each)).sort();
    expect(keysIn(rows, {})).toEqual(left);
    expect(gone.filter((each) => rows.get(each) !== undefined)).toEqual([]);
    rows.apply(put(...gone));
    expect(keysIn(rows, {})).toEqual([...KEYS].sort());
  });
});

describe('the journal of rows', () => {
  it('takes writes also while there is no room to compact it', () => {
    const file = join(temporaryFolder(), 'rows.jsonl');
    const rows = new Rows();
    const journal = new RowJournal(file, rows);
    journal.open();
    // Where the compacted file would be made.
    mkdirSync(`${file}.new`);
    for (let index = 0; index < 20_100; index += 1) {
      const changes: LevelChange[] = [
        { type: 'put', key: KEYS[0] ?? '', value: { count: { N: String(index) } } },
      ];
      journal.append(changes);
      rows.apply(changes);
      journal.trim();
    }
    journal.close();
    const again = new Rows();
    new RowJournal(file, again).open();
    expect(again.get(KEYS[0] ?? '')).toEqual({ count: { N: '20099' } });
  });

  it('holds far fewer lines than there were writes, and still every row', () => {
    const file = join(temporaryFolder(), 'rows.jsonl');
    const rows = new Rows();
    const journal = new RowJournal(file, rows);
    journal.open();
    const writes = 20_300;
    for (let index = 0; index < writes; index += 1) {
      const changes: LevelChange[] = [
        { type: 'put', key: `item-a~0/${index % 50}/`, value: { n: { N: String(index) } } },
      ];
      journal.append(changes);
      rows.apply(changes);
      journal.trim();
    }
    journal.close();
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(writes / 10);
    const again = new Rows();
    new RowJournal(file, again).open();
    expect(new Map(again.all())).toEqual(new Map(rows.all()));
  });
});

describe('tables', () => {
  it('take over the rows of a folder in which the database itself held them', async () => {
    const dataDir = temporaryFolder();
    const path = join(dataDir, 'tables');
    mkdirSync(path);
    const waits = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
    const before = database.create({ ...waits, path });
    await before.db.open();
    const stored = `item-${OUTBOX.name}~0e4b6e/6c6f626279/1821/`;
    await before.db.batch([{ type: 'put', key: stored, value: key('lobby', 1) }]);
    await before.lifecycleManager.gracefulClose();

    for (let start = 0; start < 2; start += 1) {
      const tables = await openOutbox({ dataDir });
      expect(await call(tables, 'Scan', {})).toMatchObject({ Items: [key('lobby', 1)] });
      await call(tables, 'PutItem', { Item: key('hall', 1) });
      await call(tables, 'DeleteItem', { Key: key('hall', 1) });
      await tables.close();
    }
  });

  it('tell of a journal that holds what is none of theirs', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'tables'));
    writeFileSync(join(dataDir, 'tables', 'rows.jsonl'), 'something else\n{}\n');
    const open = () => expect(openTables({ dataDir })).rejects.toThrow('rows.jsonl:1 is not a JSON object');
    await open();
    // And leaves the folder to who comes next.
    await open();
  });

  it('that are made again with other keys are used with those, and are empty', async () => {
    const dataDir = temporaryFolder();
    const tables = await openOutbox({ dataDir });
    await call(tables, 'PutItem', { Item: key('lobby', 1) });
    await call(tables, 'DeleteTable', {});
    // What dynalite still does for a table that was just made comes in between: it goes a little later.
    const gone = { code: 'ResourceNotFoundException' };
    await eventually(() => expect(call(tables, 'DescribeTable', {})).rejects.toMatchObject(gone));
    await expect(call(tables, 'GetItem', { Key: key('lobby', 1) })).rejects.toMatchObject(gone);
    const description = { keySchema: [{ AttributeName: 'roomId', KeyType: 'HASH' }] };
    const attributeDefinitions = [{ AttributeName: 'roomId', AttributeType: 'S' }];
    await tables.declare({ ...OUTBOX, ...description, attributeDefinitions, globalSecondaryIndexes: [] });
    expect(await call(tables, 'Query', inRoom('lobby'))).toMatchObject({ Count: 0 });
    await call(tables, 'PutItem', { Item: { roomId: { S: 'lobby' } } });
    await tables.close();

    const again = await openTables({ dataDir });
    await again.declare({ ...OUTBOX, ...description, attributeDefinitions, globalSecondaryIndexes: [] });
    expect(await call(again, 'Scan', {})).toMatchObject({ Items: [{ roomId: { S: 'lobby' } }] });
  });

  it('keep what was written, whatever becomes of the objects that were given and answered', async () => {
    const tables = await openOutbox();
    const item = { ...key('lobby', 1), entries: { L: [{ S: 'one' }] } };
    await call(tables, 'PutItem', { Item: item });
    item.entries.L.push({ S: 'two' });
    const update = {
      Key: key('lobby', 1),
      UpdateExpression: 'SET #n = entries',
      ExpressionAttributeNames: { '#n': 'n' },
    };
    await call(tables, 'UpdateItem', update);
    await call(tables, 'UpdateItem', {
      Key: key('lobby', 1),
      UpdateExpression: 'SET entries[0] = :v REMOVE n[0]',
      ExpressionAttributeValues: { ':v': { S: 'three' } },
    });
    expect(await call(tables, 'GetItem', { Key: key('lobby', 1) })).toEqual({
      Item: { ...key('lobby', 1), entries: { L: [{ S: 'three' }] }, n: { L: [] } },
    });
  });
});
