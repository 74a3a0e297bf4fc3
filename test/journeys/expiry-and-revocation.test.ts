import { randomUUID } from 'node:crypto';
import { UpdateItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { Runtime } from '../../local/runtime';
import { connect, UpgradeRefused, type ChatClient } from '../support/chat-client';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';

const HOME = 'https://chat.example';
let runtime: Runtime;
let deployed: Deployed;
let pool: UserPool;
const clients: ChatClient[] = [];

beforeAll(async () => {
  runtime = await startTestRuntime({ context: { access: 'cognito', allowedOrigins: HOME } });
  deployed = new Deployed(runtime.endpoint);
  pool = new UserPool(runtime);
}, 120_000);
afterEach(() => clients.splice(0).forEach((client) => client.kill()));
afterAll(async () => {
  pool.close();
  deployed.close();
  await runtime.close();
});

/** Somebody new, with a token. */
async function somebody(...groups: Parameters<UserPool['add']>[1] & object) {
  const name = `ann-${randomUUID().slice(0, 8)}`;
  await pool.add(name, groups);
  return { name, token: await pool.signIn(name) };
}

async function entered(options: Parameters<typeof connect>[1], query = ''): Promise<ChatClient> {
  const client = await connect(`${runtime.url}${query}`, options);
  clients.push(client);
  return client;
}

const byHeader = (token: string) => entered({ headers: { Authorization: `Bearer ${token}` } });

async function post(path: string, token: string, origin = HOME): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, origin };
  return fetch(`${pool.output('HttpUrl').replace(/\/$/, '')}${path}`, { method: 'POST', headers });
}

async function ticketFor(token: string): Promise<string> {
  const response = await post('/tickets', token);
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-origin')).toBe(HOME);
  return ((await response.json()) as { ticket: string }).ticket;
}

/** Moves the end of a connection's token, as time would. */
async function endTokenAt(connectionId: string, at: number): Promise<void> {
  const { TableNames = [] } = await deployed.dynamodb.send(new ListTablesCommand({}));
  await deployed.dynamodb.send(
    new UpdateItemCommand({
      TableName: TableNames.find((name) => name.includes('Connections')),
      Key: { connectionId: { S: connectionId } },
      UpdateExpression: 'SET tokenExpiresAt = :at',
      ConditionExpression: 'attribute_exists(tokenShard)',
      ExpressionAttributeValues: { ':at': { N: String(at) } },
    }),
  );
}

it('S0, email and password; S4, Cognito: one person comes in by header, by subprotocol and by ticket, and is the same each time', async () => {
  const { name, token } = await somebody('agents');
  const ways = [
    await byHeader(token),
    await entered({ protocols: ['parley.v1', `bearer.${token}`], headers: { Origin: HOME } }),
    await entered({ headers: { Origin: HOME } }, `?ticket=${await ticketFor(token)}`),
  ];
  const hellos = await Promise.all(ways.map((client) => client.ask('hello')));
  expect(new Set(hellos.map(({ userId }) => userId)).size).toBe(1);
  expect(hellos.map((hello) => hello.name)).toEqual([name, name, name]);
  expect(ways[1]?.socket.protocol).toBe('parley.v1');
});

it('S0, access control: nobody comes in without, and a ticket only once', async () => {
  const { token } = await somebody();
  const ticket = await ticketFor(token);
  await entered({ headers: { Origin: HOME } }, `?ticket=${ticket}`);
  for (const query of [`?ticket=${ticket}`, '?name=George', '']) {
    const refused = connect(`${runtime.url}${query}`, { headers: { Origin: HOME } });
    await expect(refused).rejects.toEqual(new UpgradeRefused(401));
  }
});

it('a connection whose token has ended can do nothing but bring the next, and is closed within the minute', async () => {
  const { token } = await somebody();
  const [renewed, over] = [await byHeader(token), await byHeader(token)];
  for (const client of [renewed, over]) {
    const { connectionId } = await client.ask('hello');
    await endTokenAt(String(connectionId), Date.now() - 1000);
    expect(await client.ask('sendMessage', { message: 'hi' })).toMatchObject({
      ok: false,
      error: { code: 109, name: 'token_expired' },
    });
  }
  const { ok, expiresInMs } = await renewed.ask('refresh', { token });
  expect(ok).toBe(true);
  expect(expiresInMs).toBeGreaterThan(3_000_000);

  await deployed.invoke('close-expired');
  expect(await over.next({ type: 'bye' })).toMatchObject({
    code: 3005,
    name: 'token_expired',
    reconnect: true,
  });
  await over.closed;
  expect(await renewed.ask('sendMessage', { message: 'hi' })).toMatchObject({ ok: true });
}, 60_000);

it('signing out closes all sockets of a person within seconds, and the token lets nobody in any more', async () => {
  const [ann, bob] = [await somebody(), await somebody()];
  const [one, other, another] = [
    await byHeader(ann.token),
    await byHeader(ann.token),
    await byHeader(bob.token),
  ];
  const before = performance.now();
  expect((await post('/sign-out', ann.token)).status).toBe(204);
  for (const client of [one, other]) {
    expect(await client.next({ type: 'bye' })).toMatchObject({ code: 3501, reconnect: false });
    await client.closed;
  }
  expect(performance.now() - before).toBeLessThan(10_000);
  await expect(byHeader(ann.token)).rejects.toEqual(new UpgradeRefused(401));
  expect((await post('/tickets', ann.token)).status).toBe(401);
  expect(await another.ask('ping')).toMatchObject({ ok: true });
  await eventually(async () => {
    const rows = await deployed.rows('Connections');
    expect(rows.map(({ name }) => name)).not.toContain(ann.name);
  });
});
