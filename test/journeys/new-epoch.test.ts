import { DeleteItemCommand, ListTablesCommand, paginateScan, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { findInstallation, type Installation } from '../../bin/operations/installation';
import { giveNewEpochs } from '../../bin/operations/new-epoch';
import type { TableName } from '../../handlers/tables';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';

const PATIENCE = { timeout: 20_000, interval: 50 };
const data = temporaryFolder();

let runtime: Runtime;
let deployed: Deployed;
let installation: Installation;
async function start(): Promise<void> {
  runtime = await startTestRuntime({ data });
  deployed = new Deployed(runtime.endpoint);
  installation = await findInstallation({ endpoint: runtime.endpoint });
}
async function stop(): Promise<void> {
  installation.close();
  deployed.close();
  await runtime.close();
}
beforeAll(start, 120_000);
afterAll(stop);

async function physicalName(table: TableName): Promise<string> {
  const { TableNames = [] } = await deployed.dynamodb.send(new ListTablesCommand({}));
  return TableNames.find((name) => new RegExp(`-${table}[0-9A-F]{8}`).test(name))!;
}

/** A copy of a table's items, and what puts the table back to it, as a restore from backup does. */
async function backup(table: TableName): Promise<() => Promise<void>> {
  const TableName = await physicalName(table);
  const items = async () => {
    const all = [];
    for await (const { Items = [] } of paginateScan({ client: deployed.dynamodb }, { TableName }))
      all.push(...Items);
    return all;
  };
  const kept = await items();
  return async () => {
    for (const { roomId, seq } of await items()) {
      const Key = { roomId: roomId!, ...(seq === undefined ? {} : { seq }) };
      await deployed.dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    }
    for (const Item of kept) await deployed.dynamodb.send(new PutItemCommand({ TableName, Item }));
  };
}

async function say(client: ChatClient, message: string): Promise<Record<string, unknown>> {
  client.send({ action: 'sendMessage', room: 'lobby', message });
  return client.next({ ok: true, room: 'lobby' });
}

async function run(confirmed: boolean): Promise<string[]> {
  const lines: string[] = [];
  await giveNewEpochs({ confirmed }, installation, (line) => lines.push(line));
  return lines;
}

async function epochs(): Promise<string[]> {
  return (await deployed.rows('Rooms')).map(({ roomId, epoch }) => `${roomId} ${epoch}`);
}

async function allClosed(count: number): Promise<void> {
  await eventually(async () => {
    const states = (await deployed.rows('Outbox')).map(({ state }) => state);
    expect(states).toEqual(Array.from({ length: count }, () => 'closed'));
  }, PATIENCE);
}

test('after a restore every client learns that its position is of another time, and no number is given twice', async () => {
  const george = await connect(`${runtime.url}?name=George`);
  for (let seq = 1; seq <= 3; seq += 1) await say(george, `kept ${seq}`);
  await allClosed(3);
  const restoreRooms = await backup('Rooms');
  const restoreOutbox = await backup('Outbox');
  const restoreHistory = await backup('ChatHistory');
  let last: Record<string, unknown> = {};
  for (let seq = 4; seq <= 6; seq += 1) last = await say(george, `lost ${seq}`);
  await allClosed(6);

  // The ledger stays as it is: it knows numbers 4 to 6.
  await restoreRooms();
  await restoreOutbox();
  await restoreHistory();
  await stop();
  await start();
  const before = await deployed.rows('Rooms');
  expect(await run(false)).toContain('Nothing was changed: add --yes to do it.');
  expect(await deployed.rows('Rooms')).toEqual(before);
  const said = await run(true);
  expect(said[1]).toMatch(/^\d+ rooms have a new epoch; the heads of 1 go up to the highest number found\.$/);

  const elaine = await connect(`${runtime.url}?name=Elaine`);
  elaine.send({ action: 'resume', id: 'r', rooms: { lobby: { epoch: last.epoch, seq: 6 } } });
  const { rooms } = await elaine.next({ id: 'r' });
  expect(rooms).toMatchObject({ lobby: { recovered: false, reason: 'epoch_changed', seq: 6 } });
  const next = await say(elaine, 'and on we go');
  expect(next).toMatchObject({ seq: 7 });
  expect(next.epoch).not.toBe(last.epoch);
  // What survived is there, and what did not is not passed over in silence.
  elaine.send({ action: 'history', id: 'h', room: 'lobby' });
  const page = await elaine.next({ id: 'h' });
  expect((page.messages as { type: string }[]).map(({ type }) => type)).toEqual([
    ...['message', 'message', 'message', 'tombstone', 'tombstone', 'tombstone', 'message'],
  ]);
}, 120_000);

test('it refuses while there are messages of a room without a row, because that room would begin at 1 again', async () => {
  const TableName = await physicalName('ChatHistory');
  const Key = { roomId: 'r_00000000000000', seq: 9 };
  await deployed.dynamodb.send(new PutItemCommand({ TableName, Item: marshall(Key) }));
  const before = await epochs();
  await expect(run(true)).rejects.toThrow(/messages of 1 rooms without a row.*r_00000000000000/);
  expect(await epochs()).toEqual(before);
  await deployed.dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall(Key) }));
});
