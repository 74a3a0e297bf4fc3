import { randomBytes } from 'node:crypto';
import { DynamoDBClient, QueryCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { createLedger } from '../../handlers/aws/ledger';
import { isObject } from '../../local/json/json';
import { parseJson } from '../../local/json/parse-json';
import { itemSize } from '../../local/tables/capacity';
import { aPlan, aRoomId } from '../support/memory/examples';
import { startLocalAws, type LocalAws } from './local-aws';

let aws: LocalAws;

beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.close());

describe('what the ledger costs', () => {
  it('is 10 write units for a page of 1,000 however many came before, because an update is billed by its whole row', async () => {
    const ledger = createLedger();
    const messageId = `${aRoomId()}.1`;
    await ledger.begin(messageId, 0, 1, aPlan());
    const pages = 10;
    for (let page = 1; page <= pages; page += 1) {
      const posted = Array.from({ length: 1000 }, () => randomBytes(16).toString('hex'));
      await ledger.add(messageId, 0, 1, { posted, gone: [], failed: [], finished: page === pages });
    }

    const { Items: rows = [] } = await new DynamoDBClient({}).send(
      new QueryCommand({
        TableName: process.env.DELIVERIES_TABLE,
        KeyConditionExpression: 'messageId = :messageId',
        ExpressionAttributeValues: { ':messageId': { S: messageId } },
      }),
    );
    // Each row is written with its outcomes once, so what it costs is what it has.
    expect(rows.map(writeUnits)).toEqual(Array.from({ length: pages }, () => 10));
  });
});

/** Of a row by its size; bytes are text on the wire. */
function writeUnits(row: Record<string, AttributeValue>): number {
  const sent = JSON.stringify(row, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  const item = parseJson(sent);
  if (!isObject(item)) throw new Error('A row is an object');
  return Math.ceil(itemSize(item) / 1024);
}
