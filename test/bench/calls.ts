import '../support/environment';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { decodeRow, encodeRow } from '../../handlers/aws/attribute-values';
import { JsonApi } from '../../handlers/aws/json-api';
import type { Figure } from './figures';
import { inPairs, spread } from './pairs';

const PAIRS = 8;
const CALLS = 2000;
const KEY = { connectionId: 'L0SM9cOFvHcCIhw=' };

/** Milliseconds of processor time of one GetItem, user and system: the SDK's client and the functions' own. */
export async function calls(): Promise<Figure[]> {
  const server = fork(path.join(__dirname, 'calls-server.ts'), { execArgv: ['--import', 'tsx'] });
  const [port] = (await once(server, 'message')) as [number];
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ cacheMiddleware: true });
  const api = new JsonApi({
    ...{ service: 'dynamodb', target: 'DynamoDB_20120810', version: '1.0' },
    ...{ timeout: 1500, patience: 5000 },
  });
  const sdk = async () => {
    const command = new GetItemCommand({
      TableName: 'Connections',
      Key: { connectionId: { S: KEY.connectionId } },
    });
    unmarshall((await client.send(command)).Item ?? {});
  };
  const ours = async () => {
    const { Item } = await api.call('GetItem', { TableName: 'Connections', Key: encodeRow(KEY) });
    decodeRow(Item);
  };
  const cost = (call: () => Promise<void>) => async () => {
    const before = process.cpuUsage();
    for (let done = 0; done < CALLS; done += 1) await call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / CALLS;
  };
  try {
    for (const call of [sdk, ours]) await cost(call)();
    const pairs = await inPairs(PAIRS, cost(sdk), cost(ours));
    return [
      spread(
        'CPU of a GetItem, AWS SDK',
        'ms',
        pairs.map(({ a }) => a),
      ),
      spread(
        'CPU of a GetItem',
        'ms',
        pairs.map(({ b }) => b),
      ),
      spread(
        'AWS SDK / ours',
        'times',
        pairs.map(({ a, b }) => a / b),
      ),
    ];
  } finally {
    client.destroy();
    delete process.env.AWS_ENDPOINT_URL;
    server.disconnect();
  }
}
