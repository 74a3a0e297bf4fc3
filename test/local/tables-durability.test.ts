import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createFaults } from '../../local/faults/registry';
import { call, due, inRoom, key, openOutbox, openTables, OUTBOX } from '../support/tables';
import { temporaryFolder } from '../support/temporary-folder';

describe('tables in a data folder', () => {
  it('are found again after a restart, with their items, indexes and expiry', async () => {
    const dataDir = temporaryFolder();
    const first = await openOutbox({ dataDir });
    const item = { ...key('lobby', 1), openShard: { N: '1' }, dueAt: { N: '5' } };
    await call(first, 'PutItem', { Item: item });
    await first.close();
    const second = await openOutbox({ dataDir });
    expect(await call(second, 'GetItem', { Key: key('lobby', 1) })).toEqual({ Item: item });
    expect(await call(second, 'Query', due(1, 10))).toMatchObject({ Count: 1 });
    expect(await call(second, 'ListTables', {})).toMatchObject({
      TableNames: [OUTBOX.name],
    });
  });

  it.each([
    ['key schema', { keySchema: [{ AttributeName: 'roomId', KeyType: 'HASH' }], globalSecondaryIndexes: [] }],
    ['indexes', { globalSecondaryIndexes: [] }],
  ])('stop the start when their %s changed, naming the table and --reset', async (_what, change) => {
    const dataDir = temporaryFolder();
    await (await openOutbox({ dataDir })).close();
    const again = await openTables({ dataDir });
    await expect(again.declare({ ...OUTBOX, ...change })).rejects.toThrow(
      'Table parley-Outbox1A2B exists in the data folder with other keys or indexes; start with --reset to delete the data.',
    );
  });

  it('are refused to a second process with one clear line', async () => {
    const dataDir = temporaryFolder();
    await openTables({ dataDir });
    await expect(openTables({ dataDir })).rejects.toThrow(
      `The tables in ${join(dataDir, 'tables')} are in use by another process; stop it or give another --data folder.`,
    );
  });

  it('finish what is under way before they close, and refuse what comes later as a service that is gone', async () => {
    const faults = createFaults({ spec: 'table.write[Late]:slow(1200ms)' });
    const tables = await openOutbox({ dataDir: temporaryFolder(), faults });
    await tables.declare({ ...OUTBOX, name: 'late', constructId: 'Late' });
    const put = (seq: number, table = OUTBOX.name) =>
      call(tables, 'PutItem', { TableName: table, Item: { ...key('lobby', seq) } });
    const underWay = Array.from({ length: 100 }, (_, index) => put(index));
    // Held back by its fault, it would reach the database only when that is closed.
    const heldBack = expect(put(1, 'late')).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      status: 503,
    });
    await tables.close();
    await Promise.all(underWay);
    await heldBack;
    for (const action of ['GetItem', 'DescribeTimeToLive'])
      await expect(call(tables, action, { Key: key('lobby', 1) })).rejects.toThrow('being closed');
    expect(await tables.deleteExpired()).toBe(0);
  });

  it('lose no acknowledged write when the process is killed, and keep items and indexes in step', async () => {
    const dataDir = temporaryFolder();
    const acknowledged = await writeUntilKilled(dataDir, 300);
    const tables = await openOutbox({ dataDir });
    const items = await call(tables, 'Query', { ...inRoom('lobby'), Select: 'COUNT' });
    const entries = await call(tables, 'Query', { ...due(1, 1_000_000), Select: 'COUNT' });
    expect(items.Count).toBeGreaterThanOrEqual(acknowledged);
    expect(entries.Count).toBe(items.Count);
  });
});

/** Kills the writer with SIGKILL after so many acknowledged writes; how many it had acknowledged by then. */
async function writeUntilKilled(dataDir: string, writes: number): Promise<number> {
  const root = join(__dirname, '..', '..');
  const script = join(__dirname, 'fixtures', 'write-until-killed.ts');
  // The tsx command would run the script in a child of its own; this way the killed process is the writer.
  const writer = spawn(process.execPath, ['--import', 'tsx', script, dataDir, JSON.stringify(OUTBOX)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(writer, 'exit');
  let acknowledged = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === writes) writer.kill('SIGKILL');
  }
  const [, signal] = await ended;
  expect(signal).toBe('SIGKILL');
  return acknowledged;
}
