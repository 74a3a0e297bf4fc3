import { once } from 'node:events';
import type { Socket } from 'node:net';
import { steppedClock } from '../support/stepped-clock';
import {
  FunctionFailure,
  Refused,
  sendHandshake,
  startGateway,
  until,
  type Client,
  type FakeFunction,
  type Fixture,
  type FixtureOptions,
} from './gateway-fixture';

const MINUTE = 60_000;

let fixture: Fixture | undefined;

async function start(options: FixtureOptions): Promise<Fixture> {
  fixture = await startGateway(options);
  return fixture;
}

afterEach(async () => {
  await fixture?.close();
  fixture = undefined;
});

const ok = () => ({ statusCode: 200 });
const echo: FixtureOptions = {
  functions: { echo: (event) => ({ statusCode: 200, body: `you said ${event.body}` }) },
  routes: { $default: { name: 'echo', replies: true } },
};

/** How a handshake was refused. */
async function refusal(connecting: Promise<unknown>): Promise<Refused> {
  const error: unknown = await connecting.then(
    () => new Error('expected a refusal'),
    (reason: unknown) => reason,
  );
  if (error instanceof Refused) return error;
  throw error;
}

describe('connecting', () => {
  it('opens without a $connect route', async () => {
    const { connect, gateway } = await start({});
    await connect();
    expect(gateway.connections()).toHaveLength(1);
  });

  it('invokes $connect with the event of AWS, and opens only when it has answered', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const { connect, calls, gateway } = await start({
      functions: { connect: () => released.then(ok) },
      routes: { $connect: 'connect' },
    });
    const connecting = connect({ path: '/prod?name=Ann&tag=a&tag=b', headers: { 'X-Custom': 'Yes' } });
    await until(() => calls.length === 1);
    expect(gateway.connections()).toEqual([]);
    release();
    await connecting;
    expect(gateway.connections()).toHaveLength(1);

    const [{ event } = { event: undefined }] = calls;
    const connectionId = gateway.connections()[0]?.connectionId;
    expect(connectionId).toMatch(/^[\w-]{15,19}=$/);
    expect(event).toEqual({
      headers: expect.objectContaining({
        'X-Custom': 'Yes',
        'Sec-WebSocket-Version': '13',
        'X-Forwarded-For': '127.0.0.1',
      }),
      multiValueHeaders: expect.objectContaining({ 'X-Custom': ['Yes'] }),
      queryStringParameters: { name: 'Ann', tag: 'b' },
      multiValueQueryStringParameters: { name: ['Ann'], tag: ['a', 'b'] },
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        extendedRequestId: expect.stringMatching(/=$/),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        messageDirection: 'IN',
        stage: 'prod',
        connectedAt: expect.any(Number),
        requestTimeEpoch: expect.any(Number),
        identity: { sourceIp: '127.0.0.1' },
        requestId: expect.stringMatching(/=$/),
        domainName: expect.stringMatching(/^[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/),
        connectionId,
        apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
      },
      isBase64Encoded: false,
    });
  });

  it.each([401, 403, 429, 500, 302])(
    'S2, a failed $connect: is refused with the status %d that $connect gives',
    async (statusCode) => {
      const { connect, calls, gateway } = await start({
        functions: { connect: () => ({ statusCode }), disconnect: ok },
        routes: { $connect: 'connect', $disconnect: 'disconnect' },
      });
      expect(await refusal(connect())).toMatchObject({ status: statusCode });
      await gateway.idle();
      expect(calls.map(({ name }) => name)).toEqual(['connect']);
    },
  );

  it.each<[string, number, () => unknown]>([
    ['fails', 502, () => new FunctionFailure('broken')],
    ['answers nothing', 502, () => undefined],
    ['answers without a status code', 502, () => ({ body: 'ok' })],
    ['answers a body that is no text', 502, () => ({ statusCode: 200, body: { ok: true } })],
    ['cannot be invoked', 500, () => Promise.reject(new Error('throttled'))],
    ['takes longer than its timeout', 504, () => new Promise((resolve) => setTimeout(resolve, 300))],
  ])('is refused when $connect %s: %d', async (_what, status, connectFunction) => {
    const { connect, gateway } = await start({
      functions: { connect: connectFunction },
      routes: { $connect: { name: 'connect', timeout: 100 } },
    });
    const refused = await refusal(connect());
    expect(refused.status).toBe(status);
    expect(JSON.parse(refused.body)).toEqual({
      message: status === 504 ? 'Endpoint request timed out' : 'Internal server error',
      connectionId: expect.stringMatching(/=$/),
      requestId: expect.stringMatching(/=$/),
    });
    expect(gateway.connections()).toEqual([]);
  });

  it('echoes the subprotocol that $connect returns', async () => {
    const { connect } = await start({
      functions: { connect: () => ({ statusCode: 200, headers: { 'sec-websocket-protocol': 'chat.v2' } }) },
      routes: { $connect: 'connect' },
    });
    const client = await connect({ protocols: ['chat.v1', 'chat.v2'] });
    expect(client.socket.protocol).toBe('chat.v2');
  });

  it('fails at a client that offers a subprotocol which $connect does not return, as on AWS', async () => {
    const { connect } = await start({ functions: { connect: ok }, routes: { $connect: 'connect' } });
    await expect(connect({ protocols: ['chat.v1'] })).rejects.toThrow(/subprotocol/i);
  });

  it('is refused with 403 where there is no such stage', async () => {
    const { connect } = await start({});
    expect(await refusal(connect({ path: '/other' }))).toMatchObject({ status: 403 });
  });

  it.each([
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['another version', { 'Sec-WebSocket-Version': '8' }],
    ['another protocol', { Upgrade: 'h2c' }],
  ])('is refused with 400 without asking $connect when the handshake has %s', async (_what, headers) => {
    const { port, calls } = await start({ functions: { connect: ok }, routes: { $connect: 'connect' } });
    const [answer] = (await once(sendHandshake(port, headers), 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect(calls).toEqual([]);
  });

  it.each<[string, (client: Socket, serverSide: Socket) => void]>([
    ['by a client that hangs up', (client) => client.destroy()],
    ['because its socket breaks', (_client, serverSide) => serverSide.destroy()],
  ])(
    'given up while $connect runs %s is followed by $disconnect, so no row stays behind',
    async (_what, give) => {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const { port, calls, gateway, server } = await start({
        functions: { connect: () => released.then(ok), disconnect: ok },
        routes: { $connect: 'connect', $disconnect: 'disconnect' },
      });
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const client = sendHandshake(port);
      const [serverSide] = await accepted;
      await until(() => calls.length === 1);
      give(client, serverSide);
      release();
      await until(() => calls.length === 2);
      expect(calls[1]?.event.requestContext).toMatchObject({
        routeKey: '$disconnect',
        disconnectStatusCode: 1006,
      });
      expect(gateway.connections()).toEqual([]);
    },
  );
});

describe('the authorizer of $connect', () => {
  const policy = (Effect: string, Resource: string | string[] = '*') => ({
    principalId: 'user-1',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect, Action: 'execute-api:Invoke', Resource }],
    },
    context: { name: 'Ann', age: 7, admin: false, nothing: null },
  });
  const guarded = (authorizer: FakeFunction, identitySource: string[] = []): FixtureOptions => ({
    functions: { authorizer, connect: ok, echo: ok },
    routes: { $connect: { name: 'connect', authorizer: 'authorizer' }, $default: 'echo' },
    identitySource,
  });

  it('is asked with the REQUEST event of AWS before $connect', async () => {
    const { connect, calls } = await start(guarded(() => policy('Allow')));
    await connect({ path: '/prod?token=abc' });
    expect(calls.map(({ name }) => name)).toEqual(['authorizer', 'connect']);
    const event = calls[0]?.event;
    const apiId = String(event?.requestContext['apiId']);
    expect(event).toMatchObject({
      type: 'REQUEST',
      methodArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/prod/$connect`,
      queryStringParameters: { token: 'abc' },
      headers: { 'Sec-WebSocket-Version': '13' },
      stageVariables: {},
      requestContext: { routeKey: '$connect', eventType: 'CONNECT' },
    });
  });

  it('passes its context, as text, to each function of the connection', async () => {
    const { connect, calls } = await start(guarded(() => policy('Allow')));
    const client = await connect();
    client.send('hello');
    await until(() => calls.length === 3);
    for (const { event } of calls.slice(1)) {
      expect(event.requestContext['authorizer']).toEqual({
        principalId: 'user-1',
        name: 'Ann',
        age: '7',
        admin: 'false',
        integrationLatency: expect.any(Number),
      });
    }
  });

  it.each<[string, number, string, () => unknown]>([
    ['denies', 403, 'Forbidden', () => policy('Deny')],
    ['allows another API only', 403, 'Forbidden', () => policy('Allow', 'arn:aws:execute-api:*:*:other/*')],
    ['throws "Unauthorized"', 401, 'Unauthorized', () => new FunctionFailure('Unauthorized')],
    ['throws something else', 500, 'Internal server error', () => new FunctionFailure('broken')],
    ['answers nothing', 500, 'Internal server error', () => undefined],
    [
      'gives an object as context value',
      500,
      'Internal server error',
      () => ({ ...policy('Allow'), context: { a: {} } }),
    ],
  ])('that %s refuses with %d', async (_what, status, message, authorizer) => {
    const { connect, calls } = await start(guarded(authorizer));
    const refused = await refusal(connect());
    expect(refused.status).toBe(status);
    expect(JSON.parse(refused.body)).toMatchObject({ message });
    expect(calls.map(({ name }) => name)).toEqual(['authorizer']);
  });

  it('lets in by a policy that names the connect ARN with wildcards', async () => {
    const { connect } = await start(
      guarded((event) => policy('Allow', ['x', String(event['methodArn']).replace('prod', '*')])),
    );
    await connect();
  });

  it.each([
    ['route.request.querystring.token', '/prod', {}],
    ['route.request.querystring.token', '/prod?token=', {}],
    ['route.request.header.Authorization', '/prod', { 'X-Other': '1' }],
    ['context.identity.userAgent', '/prod', {}],
  ])('is not asked, 401, when the identity source %s is missing', async (source, path, headers) => {
    const { connect, calls } = await start(guarded(() => policy('Allow'), [source]));
    expect(await refusal(connect({ path, headers }))).toMatchObject({ status: 401 });
    expect(calls).toEqual([]);
  });

  it.each([
    ['route.request.querystring.token', '/prod?token=x', {}],
    ['route.request.header.Authorization', '/prod', { authorization: 'Bearer x' }],
    ['context.identity.sourceIp', '/prod', {}],
  ])('is asked when the identity source %s is there', async (source, path, headers) => {
    const { connect, calls } = await start(guarded(() => policy('Allow'), [source]));
    await connect({ path, headers });
    expect(calls[0]?.name).toBe('authorizer');
  });
});

describe('messages', () => {
  it('go to the route that the selection expression names, with the event of AWS', async () => {
    const { connect, calls, gateway } = await start({
      functions: { send: ok, other: ok },
      routes: { sendMessage: 'send', $default: 'other' },
    });
    const client = await connect();
    client.send('{"action":"sendMessage","text":"hi"}');
    await until(() => calls.length === 1);
    expect(calls[0]).toEqual({
      name: 'send',
      event: {
        requestContext: {
          routeKey: 'sendMessage',
          messageId: expect.stringMatching(/=$/),
          eventType: 'MESSAGE',
          extendedRequestId: expect.stringMatching(/=$/),
          requestTime: expect.any(String),
          messageDirection: 'IN',
          stage: 'prod',
          connectedAt: gateway.connections()[0]?.connectedAt,
          requestTimeEpoch: expect.any(Number),
          identity: { sourceIp: '127.0.0.1' },
          requestId: expect.stringMatching(/=$/),
          domainName: expect.any(String),
          connectionId: gateway.connections()[0]?.connectionId,
          apiId: expect.any(String),
        },
        body: '{"action":"sendMessage","text":"hi"}',
        isBase64Encoded: false,
      },
    });
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '"sendMessage"'],
    ['no action', '{"text":"hi"}'],
    ['an unknown action', '{"action":"dance"}'],
    ['an action that is no text', '{"action":["sendMessage"]}'],
    ['an action that objects inherit', '{"action":"toString"}'],
    ["an action that is API Gateway's own", '{"action":"$connect"}'],
    ['the disconnect route as its action', '{"action":"$disconnect"}'],
  ])('with %s go to $default', async (_what, message) => {
    const { connect, calls } = await start({
      functions: { send: ok, other: ok, connect: ok, disconnect: ok },
      routes: { sendMessage: 'send', $default: 'other', $connect: 'connect', $disconnect: 'disconnect' },
    });
    const client = await connect();
    client.send(message);
    await until(() => calls.length === 2);
    expect(calls[1]).toMatchObject({
      name: 'other',
      event: { requestContext: { routeKey: '$default' }, body: message },
    });
  });

  it('without any route are answered Forbidden by the platform', async () => {
    const { connect, gateway } = await start({ functions: { send: ok }, routes: { sendMessage: 'send' } });
    const client = await connect();
    client.send('hello');
    expect(await client.nextJson()).toEqual({
      message: 'Forbidden',
      connectionId: gateway.connections()[0]?.connectionId,
      requestId: expect.stringMatching(/=$/),
    });
  });

  it("get the function's body back over a route response, whatever its status code", async () => {
    const { connect } = await start({
      functions: { echo: (event) => ({ statusCode: 500, body: `no: ${event.body}` }) },
      routes: { $default: { name: 'echo', replies: true } },
    });
    const client = await connect();
    client.send('hello');
    expect(await client.next()).toBe('no: hello');
  });

  it('get nothing back without a route response', async () => {
    const { connect, gateway } = await start({
      functions: {
        quiet: () => ({ statusCode: 200, body: 'lost' }),
        echo: () => ({ statusCode: 200, body: 'heard' }),
      },
      routes: { quiet: 'quiet', $default: { name: 'echo', replies: true } },
    });
    const client = await connect();
    client.send({ action: 'quiet' });
    await gateway.idle();
    client.send({ action: 'loud' });
    expect(await client.next()).toBe('heard');
  });

  it.each<[string, string, () => unknown]>([
    ['fails', 'Internal server error', () => new FunctionFailure('broken')],
    ['answers nothing', 'Internal server error', () => undefined],
    ['cannot be invoked', 'Internal server error', () => Promise.reject(new Error('throttled'))],
    [
      'takes too long',
      'Endpoint request timed out',
      () => new Promise((resolve) => setTimeout(resolve, 300)),
    ],
  ])("get the platform's error frame when the function %s: %s", async (_what, message, echoFunction) => {
    const { connect, gateway } = await start({
      functions: { echo: echoFunction },
      routes: { $default: { name: 'echo', timeout: 100 } },
    });
    const client = await connect();
    client.send('hello');
    expect(await client.nextJson()).toEqual({
      message,
      connectionId: gateway.connections()[0]?.connectionId,
      requestId: expect.stringMatching(/=$/),
    });
    await gateway.idle();
  });

  it('of one connection run concurrently, so that a quick answer overtakes a slow one', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const { connect } = await start({
      functions: {
        echo: async ({ body }) => {
          if (body === 'slow') await released;
          return { statusCode: 200, body };
        },
      },
      routes: { $default: { name: 'echo', replies: true } },
    });
    const client = await connect();
    client.send('slow');
    client.send('quick');
    expect(await client.next()).toBe('quick');
    release();
    expect(await client.next()).toBe('slow');
  });

  it("over a route's throttle are answered Too Many Requests, and the connection stays open", async () => {
    const { connect, calls } = await start({
      ...echo,
      stage: { DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 } },
    });
    const client = await connect();
    for (const text of ['1', '2', '3']) client.send(text);
    const answers = [await client.next(), await client.next(), await client.next()];
    expect(answers.filter((answer) => answer.startsWith('you said'))).toHaveLength(2);
    expect(answers.filter((answer) => answer.includes('"message":"Too Many Requests"'))).toHaveLength(1);
    expect(calls).toHaveLength(2);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it("over the account's rate are answered Too Many Requests", async () => {
    // The connect takes the first token, the message the second.
    const { connect } = await start({ ...echo, limits: { accountRatePerSecond: 0.001, accountBurst: 2 } });
    const client = await connect();
    client.send('1');
    expect(await client.next()).toBe('you said 1');
    client.send('2');
    expect(await client.nextJson()).toMatchObject({ message: 'Too Many Requests' });
  });
});

describe('the limits of a connection', () => {
  it('accept a frame of 32 KB', async () => {
    const { connect, calls } = await start(echo);
    const client = await connect();
    client.send('x'.repeat(32_768));
    await until(() => calls.length === 1);
    expect(calls[0]?.event.body).toHaveLength(32_768);
  });

  it('close with 1009 at a larger frame, while messages before it still count', async () => {
    const { connect, calls, gateway } = await start(echo);
    const client = await connect();
    client.socket.send('before');
    client.socket.send('x'.repeat(32_769));
    client.socket.send('after');
    expect(await client.closed).toMatchObject({ code: 1009 });
    await gateway.idle();
    expect(calls.map(({ event }) => event.body)).toEqual(['before']);
  });

  it('accept a message of 128 KB in frames of 32 KB', async () => {
    const { connect } = await start({
      functions: { size: ({ body }) => ({ statusCode: 200, body: String(body.length) }) },
      routes: { $default: { name: 'size', replies: true } },
    });
    const client = await connect();
    const part = 'x'.repeat(32_768);
    for (const fin of [false, false, false, true]) client.socket.send(part, { fin });
    expect(await client.next()).toBe('131072');
  });

  it('close with 1009 at a larger message, however small its frames', async () => {
    const { connect, calls, gateway } = await start(echo);
    const client = await connect();
    const part = 'x'.repeat(32_768);
    for (const fin of [false, false, false, false, true]) client.socket.send(part, { fin });
    expect(await client.closed).toMatchObject({ code: 1009 });
    await gateway.idle();
    expect(calls).toEqual([]);
  });

  it('close with 1003 at a binary message', async () => {
    const { connect, calls, gateway } = await start(echo);
    const client = await connect();
    client.socket.send(Buffer.from('hello'));
    expect(await client.closed).toMatchObject({ code: 1003 });
    await gateway.idle();
    expect(calls).toEqual([]);
  });

  it('S3, keep-alive: close with 1001 after ten idle minutes, which pings do not prolong', async () => {
    const clock = steppedClock();
    const { connect, gateway } = await start({ ...echo, clock });
    const client = await connect();
    clock.advance(9 * MINUTE);
    client.socket.ping();
    await once(client.socket, 'pong');
    clock.advance(0.9 * MINUTE);
    expect(gateway.connections()).toHaveLength(1);
    clock.advance(0.1 * MINUTE);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  });

  it('count messages as activity, and close with 1001 after two hours all the same', async () => {
    const clock = steppedClock();
    const { connect, gateway } = await start({ ...echo, clock });
    const client = await connect();
    for (let minutes = 9; minutes <= 117; minutes += 9) {
      clock.advance(9 * MINUTE);
      client.send('still here');
      expect(await client.next()).toBe('you said still here');
    }
    clock.advance(2.9 * MINUTE);
    expect(gateway.connections()).toHaveLength(1);
    clock.advance(0.1 * MINUTE);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Maximum duration reached' });
  });
});

describe('disconnecting', () => {
  const hearing: FixtureOptions = { functions: { disconnect: ok }, routes: { $disconnect: 'disconnect' } };

  it.each<[string, number, string, (client: Client) => void]>([
    ['with a code and a reason', 4000, 'done', ({ socket }) => socket.close(4000, 'done')],
    ['without a code', 1005, 'Client-side close frame status not set', ({ socket }) => socket.close()],
    ['without a word', 1006, 'Connection closed abnormally', ({ socket }) => socket.terminate()],
  ])('by the client %s invokes $disconnect once, with %d', async (_what, code, reason, leave) => {
    const { connect, calls, gateway } = await start(hearing);
    const client = await connect();
    const connectionId = gateway.connections()[0]?.connectionId;
    leave(client);
    await until(() => calls.length > 0);
    await gateway.idle();
    expect(gateway.connections()).toEqual([]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.event).toMatchObject({
      headers: { 'x-api-key': '', 'x-restapi': '' },
      multiValueHeaders: { 'x-api-key': [''] },
      requestContext: {
        routeKey: '$disconnect',
        eventType: 'DISCONNECT',
        disconnectStatusCode: code,
        disconnectReason: reason,
        connectionId,
      },
      isBase64Encoded: false,
    });
  });

  it('by the gateway gives $disconnect the code that it closed with', async () => {
    const { connect, calls } = await start(hearing);
    const client = await connect();
    client.socket.send(Buffer.from('binary'));
    await until(() => calls.length > 0);
    expect(calls[0]?.event.requestContext).toMatchObject({ disconnectStatusCode: 1003 });
  });

  it('is not heard of when the fault gateway.disconnect:drop says so', async () => {
    const { connect, calls, gateway } = await start({ ...hearing, faults: 'gateway.disconnect:drop@1' });
    const first = await connect();
    first.socket.close();
    await until(() => gateway.connections().length === 0);
    await gateway.idle();
    expect(calls).toEqual([]);
    const second = await connect();
    second.socket.close();
    await until(() => calls.length === 1);
  });
});

describe('closing the gateway', () => {
  it('closes connections with 1001, awaits their $disconnect and refuses new ones', async () => {
    const finished: string[] = [];
    const { connect, gateway } = await start({
      functions: {
        disconnect: async ({ requestContext }) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          finished.push(requestContext.connectionId);
          return { statusCode: 200 };
        },
      },
      routes: { $disconnect: 'disconnect' },
    });
    const clients = [await connect(), await connect()];
    await gateway.close();
    expect(finished).toHaveLength(2);
    for (const client of clients) expect(await client.closed).toMatchObject({ code: 1001 });
    expect(await refusal(connect())).toMatchObject({ status: 503 });
  });

  it('cuts off a client that does not answer, and still invokes $disconnect', async () => {
    const { port, gateway, calls } = await start({
      functions: { disconnect: ok },
      routes: { $disconnect: 'disconnect' },
    });
    const mute = sendHandshake(port);
    await until(() => gateway.connections().length === 1);
    await gateway.close();
    expect(calls.map(({ event }) => event.requestContext['disconnectStatusCode'])).toEqual([1001]);
    mute.destroy();
  });
});

describe('the access log', () => {
  const format =
    '{"e":"$context.eventType","r":"$context.routeKey","s":"$context.status","c":"$context.connectionId","ua":"$context.identity.userAgent","err":"$context.error.message","integration":"$context.integration.status","who":"$context.authorizer.principalId","no":"$context.noSuch"}';
  const stage = {
    AccessLogSettings: {
      DestinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:chat-access',
      Format: format,
    },
  };

  it('has a line for each connect, message and disconnect, and "-" for what there is not', async () => {
    const { connect, log, gateway } = await start({
      functions: {
        connect: ok,
        echo: (event) => (event.body === 'bad' ? new FunctionFailure('broken') : ok()),
        disconnect: ok,
      },
      routes: { $connect: 'connect', $default: 'echo', $disconnect: 'disconnect' },
      stage,
    });
    const client = await connect({ headers: { 'User-Agent': 'a "quoted" agent' } });
    const connectionId = gateway.connections()[0]?.connectionId;
    client.send('good');
    await until(() => log.length === 2);
    client.send('bad');
    await client.next();
    client.socket.close();
    await until(() => log.length === 4);
    expect(new Set(log.map(([group, stream]) => `${group} ${stream}`))).toEqual(
      new Set(['chat-access prod']),
    );
    const common = { c: connectionId, ua: 'a "quoted" agent', who: '-', no: '-' };
    expect(log.map(([, , line]) => JSON.parse(line) as unknown)).toEqual([
      { ...common, e: 'CONNECT', r: '$connect', s: '200', err: '-', integration: '200' },
      { ...common, e: 'MESSAGE', r: '$default', s: '200', err: '-', integration: '200' },
      { ...common, e: 'MESSAGE', r: '$default', s: '502', err: 'Internal server error', integration: '502' },
      { ...common, e: 'DISCONNECT', r: '$disconnect', s: '200', err: '-', integration: '200' },
    ]);
  });

  it('tells of refused handshakes', async () => {
    const { connect, log } = await start({
      functions: { connect: () => ({ statusCode: 403 }) },
      routes: { $connect: 'connect' },
      stage,
    });
    await refusal(connect());
    expect(JSON.parse(log[0]?.[2] ?? '')).toMatchObject({ e: 'CONNECT', s: '403' });
  });
});
