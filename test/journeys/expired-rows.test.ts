import { ListTablesCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Runtime } from '../../local/runtime';
import { connect, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';

const HOUR = 3600;
const PATIENCE = { timeout: 20_000, interval: 50 };

let runtime: Runtime | undefined;
let deployed: Deployed | undefined;
afterEach(async () => {
  deployed?.close();
  await runtime?.close();
});

/** Starts on the same data, with workers that remember nothing of the runtime before. */
async function start(data: string): Promise<{ runtime: Runtime; deployed: Deployed }> {
  deployed?.close();
  await runtime?.close();
  runtime = await startTestRuntime({ data });
  deployed = new Deployed(runtime.endpoint);
  return { runtime, deployed };
}

/** Says something and gives the number that the reply tells. */
async function say(client: ChatClient, message: string): Promise<unknown> {
  client.send({ action: 'sendMessage', message });
  return (await client.next({ ok: true })).seq;
}

test('a row that expired does not give its number back, because closing raised the head of its room first', async () => {
  const data = temporaryFolder();
  const first = await start(data);
  const george = await connect(`${first.runtime.url}?name=George`);
  for (const seq of [1, 2, 3]) expect(await say(george, `number ${seq}`)).toBe(seq);
  const rows = await eventually(async () => {
    const all = await first.deployed.rows('Outbox');
    expect(all.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    return all;
  }, PATIENCE);

  // The days until then pass here and now.
  const { TableNames = [] } = await first.deployed.dynamodb.send(new ListTablesCommand({}));
  const outbox = TableNames.find((name) => /Outbox[0-9A-F]{8}/.test(name));
  for (const { roomId, seq } of rows) {
    const expireAt = new UpdateItemCommand({
      TableName: outbox,
      Key: marshall({ roomId, seq }),
      UpdateExpression: 'SET expiresAt = :past',
      // Closing gave it an expiry; nothing else does.
      ConditionExpression: 'attribute_exists(expiresAt)',
      ExpressionAttributeValues: marshall({ ':past': Math.floor(Date.now() / 1000) - HOUR }),
    });
    await first.deployed.dynamodb.send(expireAt);
  }
  expect(await first.runtime.tables.deleteExpired()).toBe(3);
  expect(await first.deployed.rows('Outbox')).toEqual([]);

  const second = await start(data);
  const again = await connect(`${second.runtime.url}?name=George`);
  expect(await say(again, 'to workers that remember no number')).toBe(4);
}, 120_000);
