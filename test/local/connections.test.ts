import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { request as httpRequest } from 'node:http';
import { OPERATOR_KEY } from '../../local/credentials';
import { sendHandshake, startGateway, until, type Fixture, type FixtureOptions } from './gateway-fixture';

let fixture: Fixture | undefined;
const clients: ApiGatewayManagementApiClient[] = [];

async function start(
  options: FixtureOptions = {},
): Promise<Fixture & { api: ApiGatewayManagementApiClient }> {
  fixture = await startGateway(options);
  return { ...fixture, api: sdk(fixture.endpoint) };
}

function sdk(endpoint: string, credentials = OPERATOR_KEY): ApiGatewayManagementApiClient {
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await fixture?.close();
  fixture = undefined;
});

function post(api: ApiGatewayManagementApiClient, ConnectionId: string | undefined, Data: string | Buffer) {
  return api.send(new PostToConnectionCommand({ ConnectionId, Data }));
}

function onlyId({ gateway }: Pick<Fixture, 'gateway'>): string {
  const [connection] = gateway.connections();
  if (connection === undefined) throw new Error('there is no connection');
  return connection.connectionId;
}

describe('posting to a connection with the unmodified AWS SDK', () => {
  it('sends the data as one text frame', async () => {
    const { api, gateway, connect } = await start();
    const client = await connect();
    await post(api, onlyId({ gateway }), '{"text":"grüße 👋"}');
    expect(await client.next()).toBe('{"text":"grüße 👋"}');
  });

  it('keeps the order of one connection', async () => {
    const { api, gateway, connect } = await start();
    const client = await connect();
    for (let number = 0; number < 50; number++) await post(api, onlyId({ gateway }), String(number));
    for (let number = 0; number < 50; number++) expect(await client.next()).toBe(String(number));
  });

  it('works with the access key of a role', async () => {
    const { endpoint, credentials, gateway, connect } = await start();
    const client = await connect();
    await post(
      sdk(endpoint, credentials.issue('arn:aws:iam::000000000000:role/poster')),
      onlyId({ gateway }),
      'hi',
    );
    expect(await client.next()).toBe('hi');
  });

  it('answers 410 GoneException for an id that is not there', async () => {
    const { api } = await start();
    await expect(post(api, 'L0SM9cOFvHcCIhw=', 'hi')).rejects.toMatchObject({
      name: 'GoneException',
      $metadata: { httpStatusCode: 410 },
    });
  });

  it('answers 410 while $connect has not answered yet, because the connection is not open', async () => {
    const outcomes: unknown[] = [];
    const { connect } = await start({
      functions: {
        connect: async ({ requestContext }) => {
          const api = sdk(fixture?.endpoint ?? '');
          await post(api, requestContext.connectionId, 'too early').catch((error: Error) =>
            outcomes.push(error.name),
          );
          return { statusCode: 200 };
        },
      },
      routes: { $connect: 'connect' },
    });
    await connect();
    expect(outcomes).toEqual(['GoneException']);
  });

  it('answers 410 for the connection of another stage', async () => {
    const { gateway, connect, port, declare } = await start();
    await connect();
    const ApiId = gateway.definitions.stage('prod')?.api.id ?? '';
    declare('Stage', 'Other', { ApiId, StageName: 'other', AutoDeploy: true });
    const other = sdk(`http://127.0.0.1:${port}/other`);
    await expect(post(other, onlyId({ gateway }), 'hi')).rejects.toMatchObject({ name: 'GoneException' });
  });

  it('takes 128 KB and answers 413 to more', async () => {
    const { api, gateway, connect } = await start();
    const client = await connect();
    await post(api, onlyId({ gateway }), 'x'.repeat(131_072));
    expect(await client.next()).toHaveLength(131_072);
    await expect(post(api, onlyId({ gateway }), 'x'.repeat(131_073))).rejects.toMatchObject({
      name: 'PayloadTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
  });

  it("answers 429 LimitExceededException over the account's rate", async () => {
    // Two tokens: the connect takes one, a post the other.
    const { api, gateway, connect } = await start({
      limits: { accountRatePerSecond: 0.001, accountBurst: 2 },
    });
    await connect();
    await post(api, onlyId({ gateway }), 'one');
    await expect(post(api, onlyId({ gateway }), 'two')).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 429 },
    });
  });

  it('answers 429 to posts for a client that does not read, and serves the others', async () => {
    const { api, gateway, connect, port } = await start({ limits: { unreadBytes: 300_000 } });
    const deaf = sendHandshake(port);
    await until(() => gateway.connections().length === 1);
    const deafId = onlyId({ gateway });
    const client = await connect();
    const clientId = gateway.connections().find(({ connectionId }) => connectionId !== deafId)?.connectionId;
    deaf.pause();

    let refused: unknown;
    for (let posts = 0; refused === undefined && posts < 1_000; posts++) {
      await post(api, deafId, 'x'.repeat(131_072)).catch((error: unknown) => (refused = error));
    }
    expect(refused).toMatchObject({ name: 'LimitExceededException' });
    await post(api, clientId, 'still here');
    expect(await client.next()).toBe('still here');
    deaf.destroy();
  });

  it('counts as activity of the connection', async () => {
    const { api, gateway, connect } = await start({ speed: 1_000 });
    await connect();
    const [before] = gateway.connections();
    await until(() => (fixture?.clock.now() ?? 0) > (before?.lastActiveAt ?? 0));
    await post(api, before?.connectionId, 'hi');
    expect(gateway.connections()[0]?.lastActiveAt).toBeGreaterThan(before?.lastActiveAt ?? Infinity);
  });
});

describe('asking about a connection', () => {
  it('tells when it was opened, when it was last active, and who it is', async () => {
    const { api, gateway, connect } = await start();
    await connect({ headers: { 'User-Agent': 'wscat' } });
    const answer = await api.send(new GetConnectionCommand({ ConnectionId: onlyId({ gateway }) }));
    const [view] = gateway.connections();
    expect(answer).toMatchObject({
      ConnectedAt: new Date(view?.connectedAt ?? 0),
      LastActiveAt: new Date(view?.lastActiveAt ?? 0),
      Identity: { SourceIp: '127.0.0.1', UserAgent: 'wscat' },
    });
  });

  it('answers 410 for one that is gone', async () => {
    const { api } = await start();
    const asking = api.send(new GetConnectionCommand({ ConnectionId: 'gone=' }));
    await expect(asking).rejects.toMatchObject({ name: 'GoneException' });
  });
});

describe('deleting a connection', () => {
  it('closes it, answers 410 from then on and invokes $disconnect', async () => {
    const { api, gateway, connect, calls } = await start({
      functions: { disconnect: () => ({ statusCode: 200 }) },
      routes: { $disconnect: 'disconnect' },
    });
    const client = await connect();
    const ConnectionId = onlyId({ gateway });
    const answer = await api.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(answer.$metadata.httpStatusCode).toBe(204);
    await expect(post(api, ConnectionId, 'hi')).rejects.toMatchObject({ name: 'GoneException' });
    expect(await client.closed).toMatchObject({ code: 1000 });
    await until(() => calls.length === 1);
    expect(calls[0]?.event.requestContext).toMatchObject({
      disconnectStatusCode: 1000,
      connectionId: ConnectionId,
    });
  });
});

describe('who may call the management API', () => {
  it('refuses a wrong secret with 403', async () => {
    const { endpoint, gateway, connect } = await start();
    await connect();
    const impostor = sdk(endpoint, { ...OPERATOR_KEY, secretAccessKey: 'guessed' });
    await expect(post(impostor, onlyId({ gateway }), 'hi')).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('refuses an unknown access key with 403', async () => {
    const { endpoint, gateway, connect } = await start();
    await connect();
    const stranger = sdk(endpoint, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' });
    await expect(post(stranger, onlyId({ gateway }), 'hi')).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  it('refuses an unsigned request with 403 Missing Authentication Token', async () => {
    const { endpoint, gateway, connect } = await start();
    await connect();
    const response = await fetch(`${endpoint}/@connections/${encodeURIComponent(onlyId({ gateway }))}`, {
      method: 'POST',
      body: 'hi',
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(await response.json()).toEqual({ message: 'Missing Authentication Token' });
  });

  it('survives a caller that gives up in the middle of its request', async () => {
    const { api, endpoint, gateway, connect } = await start();
    const client = await connect();
    const half = httpRequest(`${endpoint}/@connections/x`, {
      method: 'POST',
      headers: { 'content-length': 1_000 },
    });
    half.on('error', () => undefined);
    half.write('half');
    await until(() => half.socket?.writableLength === 0);
    half.destroy();
    await gateway.idle();
    await post(api, onlyId({ gateway }), 'still here');
    expect(await client.next()).toBe('still here');
  });
});

describe('faults of posting', () => {
  it.each([
    ['410', 'GoneException', 410],
    ['429', 'LimitExceededException', 429],
    ['500', 'InternalServerErrorException', 500],
  ])('status(%s) answers %s and sends nothing', async (argument, name, httpStatusCode) => {
    const { api, gateway, connect } = await start({ faults: `connections.post:status(${argument})@1` });
    const client = await connect();
    await expect(post(api, onlyId({ gateway }), 'lost')).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode },
    });
    await post(api, onlyId({ gateway }), 'sent');
    expect(await client.next()).toBe('sent');
  });

  it('reset cuts the request off without an answer', async () => {
    const { api, gateway, connect } = await start({ faults: 'connections.post:reset@1' });
    const client = await connect();
    await expect(post(api, onlyId({ gateway }), 'lost')).rejects.toThrow(/ECONNRESET/);
    await post(api, onlyId({ gateway }), 'sent');
    expect(await client.next()).toBe('sent');
  });

  it('slow sends later, in real time, however fast the clock runs', async () => {
    const { api, gateway, connect } = await start({ faults: 'connections.post:slow(80ms)@1', speed: 10 });
    const client = await connect();
    const started = performance.now();
    await post(api, onlyId({ gateway }), 'late');
    expect(performance.now() - started).toBeGreaterThan(75);
    expect(await client.next()).toBe('late');
  });

  it('can be aimed at one connection', async () => {
    const { api, gateway, connect, faults } = await start();
    await connect();
    const unlucky = onlyId({ gateway });
    await connect();
    const lucky = gateway.connections().find(({ connectionId }) => connectionId !== unlucky)?.connectionId;
    faults.set(`connections.post[${unlucky}]:status(429)`);
    await expect(post(api, unlucky, 'hi')).rejects.toMatchObject({ name: 'LimitExceededException' });
    await expect(post(api, lucky, 'hi')).resolves.toBeDefined();
  });

  it('concern posts only: asking and deleting go on working', async () => {
    const { api, gateway, connect } = await start({ faults: 'connections.post:status(500)' });
    await connect();
    const ConnectionId = onlyId({ gateway });
    await expect(api.send(new GetConnectionCommand({ ConnectionId }))).resolves.toBeDefined();
    await expect(api.send(new DeleteConnectionCommand({ ConnectionId }))).resolves.toBeDefined();
  });
});
