import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { JsonObject } from '../../local/json/json';
import { startRuntime, type Runtime, type RuntimeOptions } from '../../local/runtime';
import { StartError } from '../../local/start-error';
import { connect } from '../support/chat-client';
import { eventually } from '../support/eventually';

const ECHO = path.join(__dirname, 'fixtures', 'echo');

const running: Runtime[] = [];
const folders: string[] = [];

async function start(options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const runtime = await startRuntime({ assembly: ECHO, ...options });
  running.push(runtime);
  return runtime;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-start-'));
  folders.push(folder);
  return folder;
}

type Resources = Record<string, { Type: string; Properties: JsonObject }>;

/** The fixture with its template changed. */
function changedAssembly(change: (resources: Resources) => unknown): string {
  const folder = temporaryFolder();
  cpSync(ECHO, folder, { recursive: true });
  const file = path.join(folder, 'Echo.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Resources };
  change(template.Resources);
  writeFileSync(file, JSON.stringify(template));
  return folder;
}

afterEach(async () => {
  for (const runtime of running.splice(0)) await runtime.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('a template becomes a chat on one port: socket, function, environment and outputs', async () => {
  const runtime = await start();
  const { port } = new URL(runtime.endpoint);
  expect(runtime.url).toBe(`ws://127.0.0.1:${port}/dev`);
  expect(runtime.outputs).toEqual({ Echo: { Url: runtime.url } });
  const george = await connect(`${runtime.url}?name=George`);
  george.send('hello');
  const frame = await george.next({ echo: 'hello' });
  expect(frame.callback).toBe(`http://127.0.0.1:${port}/dev`);
  expect(runtime.gateway.connections().map(({ connectionId }) => connectionId)).toEqual([frame.connectionId]);
  await george.close();
});

test('health tells where everything is', async () => {
  const runtime = await start();
  const response = await fetch(`${runtime.endpoint}/health`);
  expect([response.status, await response.json()]).toEqual([
    200,
    {
      ready: true,
      websocket: runtime.url,
      endpoint: runtime.endpoint,
      console: `${runtime.endpoint}/console`,
    },
  ]);
});

test('the AWS SDK reaches the declared resources at the same port', async () => {
  const { endpoint } = await start();
  const lambda = new LambdaClient({ endpoint });
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: 'Echo-EchoFunction',
      Payload: JSON.stringify({ requestContext: { routeKey: '$default' }, body: 'by hand' }),
    }),
  );
  expect(Buffer.from(Payload!).toString()).toContain('by hand');
  lambda.destroy();
});

test('what a function warns of is shown on the terminal, and everything is in its log group', async () => {
  const shown: string[] = [];
  const runtime = await start({ log: (line) => shown.push(line) });
  const client = await connect(runtime.url);
  client.send('complain');
  await client.next();
  await eventually(() => expect(shown).toEqual([expect.stringContaining('somebody complained')]));
  expect(runtime.logs.events('Echo-EchoLogs').length).toBeGreaterThan(1);
});

test('state in a data directory survives a restart, and in memory it does not', async () => {
  const data = temporaryFolder();
  const item = { roomId: { S: 'lobby' }, name: { S: 'Lobby' } };
  const read = async ({ endpoint }: Runtime) => {
    const client = new DynamoDBClient({ endpoint });
    const command = new GetItemCommand({ TableName: 'Echo-Rooms', Key: { roomId: { S: 'lobby' } } });
    const { Item } = await client.send(command);
    client.destroy();
    return Item;
  };
  const first = await start({ data });
  const client = new DynamoDBClient({ endpoint: first.endpoint });
  await client.send(new PutItemCommand({ TableName: 'Echo-Rooms', Item: item }));
  client.destroy();
  await first.close();
  expect(await read(await start({ data }))).toEqual(item);
  expect(await read(await start())).toBeUndefined();
});

test('faults of the options are in force', async () => {
  const runtime = await start({ faults: 'function.invoke[echo]:throw@x1' });
  await expect(connect(runtime.url)).rejects.toThrow('The server answered 502');
  await (await connect(runtime.url)).close();
});

test('closing ends the sockets with 1001 and frees the port', async () => {
  const runtime = await start();
  const client = await connect(runtime.url);
  await runtime.close();
  expect(await client.closed).toMatchObject({ code: 1001 });
  await expect(fetch(`${runtime.endpoint}/health`)).rejects.toThrow('fetch failed');
});

test('a process that closes its runtime while a fault holds a post back ends at once', async () => {
  expect(await run('close-while-posting.ts')).toBe('closed\n');
}, 30_000);

test('functions live in UTC, wherever this machine stands', async () => {
  expect(await run('tell-midnight.ts', { TZ: 'America/New_York' })).toBe('2026-01-01T00:00:00.000Z\n');
}, 30_000);

/** What a script of fixtures/ printed; rejects where it fails or does not end by itself. */
function run(script: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = path.join(__dirname, 'fixtures', script);
  const options = { env: { ...process.env, ...environment }, timeout: 25_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', 'tsx', file], options, (error, out, err) => {
      if (error) reject(new Error(`${out}${err}`, { cause: error }));
      else resolve(out);
    });
  });
}

test.each<[string, (resources: Resources) => unknown, string]>([
  [
    'an unknown resource type',
    (resources) => (resources.Cache = { Type: 'AWS::ElastiCache::CacheCluster', Properties: {} }),
    'Echo/Cache: the resource type AWS::ElastiCache::CacheCluster is not modelled by the local runtime',
  ],
  [
    'an unknown property',
    (resources) => (resources.EchoFunction!.Properties.SnapStart = { ApplyOn: 'PublishedVersions' }),
    'Echo/EchoFunction: the property SnapStart of AWS::Lambda::Function is not modelled by the local runtime',
  ],
  [
    'an unknown attribute',
    (resources) => (resources.EchoFunction!.Properties.Handler = { 'Fn::GetAtt': ['Rooms', 'StreamArn'] }),
    'Echo/EchoFunction: Fn::GetAtt Rooms.StreamArn (AWS::DynamoDB::Table) is not modelled by the local runtime',
  ],
])('%s stops the start with one line, and leaves nothing open', async (_, change, line) => {
  const started = start({ assembly: changedAssembly(change) });
  await expect(started).rejects.toThrow(StartError);
  await expect(started).rejects.toThrow(line);
});

test('a second process on the same data directory is told so in one line', async () => {
  const data = temporaryFolder();
  await start({ data });
  const second = start({ data });
  await expect(second).rejects.toThrow(StartError);
  await expect(second).rejects.toThrow(data);
  await expect(second).rejects.not.toThrow(/\n/);
});

test('a page that points its own name at this machine gets neither the console nor the AWS APIs', async () => {
  const { endpoint } = await start();
  const status = (method: string, path: string) =>
    new Promise((resolve, reject) => {
      const headers = { host: 'rebound.example.com', 'x-amz-target': 'DynamoDB_20120810.ListTables' };
      request(`${endpoint}${path}`, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end(method === 'GET' ? undefined : '{}');
    });
  expect(await status('GET', '/console')).toBe(403);
  expect(await status('POST', '/')).toBe(403);
  expect(await status('PUT', '/faults')).toBe(403);
});
