import { createServer, type Server } from 'node:http';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { createClock, type Clock } from '../../local/clock';
import { createCredentials, type Credentials } from '../../local/credentials';
import { createFaults, type FaultRegistry } from '../../local/faults/registry';
import { Gateway } from '../../local/gateway/gateway';
import type { GatewayLimits } from '../../local/gateway/limits';
import { gatewayModels } from '../../local/gateway/models';
import type { Json, JsonObject } from '../../local/json/json';
import { Services } from '../../local/service';
import type { DeclaredResource } from '../../local/template/resource-model';

export interface FunctionEvent {
  requestContext: { connectionId: string; routeKey: string; requestId: string; [variable: string]: unknown };
  headers: Record<string, string>;
  body: string;
  [property: string]: unknown;
}

export type FakeFunction = (event: FunctionEvent) => unknown;

/** What a function of a test answers when it is not to answer as an integration would. */
export class FunctionFailure {
  constructor(readonly errorMessage: string) {}
}

export interface Fixture {
  gateway: Gateway;
  server: Server;
  clock: Clock;
  faults: FaultRegistry;
  credentials: Credentials;
  port: number;
  endpoint: string;
  websocket: string;
  /** Lines of the access log: group, stream, line. */
  log: [string, string, string][];
  /** What a developer is shown at once. */
  reported: string[];
  /** Each call of a function: its name and event, in order. */
  calls: { name: string; event: FunctionEvent }[];
  declare: (type: string, logicalId: string, properties: JsonObject) => string;
  connect: (options?: ConnectOptions) => Promise<Client>;
  close: () => Promise<void>;
}

interface ConnectOptions {
  path?: string;
  protocols?: string[];
  headers?: Record<string, string>;
}

export interface Client {
  socket: WebSocket;
  /** The next text frame; waits for it. */
  next(): Promise<string>;
  nextJson(): Promise<Record<string, unknown>>;
  send(message: unknown): void;
  closed: Promise<{ code: number; reason: string }>;
}

/** A handshake that was answered with something else than 101. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`refused with ${status}`);
  }
}

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';

export interface FixtureOptions {
  /** By name. */
  functions?: Record<string, FakeFunction>;
  /** Route key to function name; `replies` makes a route response. */
  routes?: Record<
    string,
    string | { name: string; replies?: boolean; timeout?: number; authorizer?: string; signed?: boolean }
  >;
  identitySource?: string[];
  stage?: JsonObject;
  limits?: Partial<GatewayLimits>;
  speed?: number;
  /** In place of one that runs. */
  clock?: Clock;
  faults?: string;
}

/** A gateway with one API, stage `prod`, on a real server, and functions that are plain functions of the test. */
export async function startGateway(options: FixtureOptions = {}): Promise<Fixture> {
  const clock = options.clock ?? createClock(options.speed);
  const faults = createFaults({ spec: options.faults ?? '' });
  const credentials = createCredentials({ now: () => clock.now() });
  const services = new Services();
  const log: Fixture['log'] = [];
  const reported: string[] = [];
  const calls: Fixture['calls'] = [];
  services.add(fakeLambda(options.functions ?? {}, calls));
  const gateway = new Gateway({
    services,
    clock,
    faults,
    credentials,
    log: (group, stream, line) => log.push([group, stream, line]),
    report: ({ message }) => reported.push(message),
    ...(options.limits ? { limits: options.limits } : {}),
  });

  const declare = declarer(gateway);
  declareApi(declare, options);

  const server = createServer((request, response) => {
    if (!gateway.serve(request, response)) response.writeHead(404).end();
  });
  gateway.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const websocket = `ws://127.0.0.1:${port}/prod`;
  const clients: WebSocket[] = [];

  return {
    gateway,
    server,
    clock,
    faults,
    credentials,
    port,
    endpoint: `http://127.0.0.1:${port}/prod`,
    websocket,
    log,
    reported,
    calls,
    declare,
    connect: async (connectOptions) => {
      const client = await connect(`ws://127.0.0.1:${port}`, connectOptions);
      clients.push(client.socket);
      return client;
    },
    close: async () => {
      for (const client of clients) client.terminate();
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fakeLambda(functions: Record<string, FakeFunction>, calls: Fixture['calls']) {
  return {
    name: 'lambda',
    actions: {
      Invoke: async (input: JsonObject, caller: { principal: string }): Promise<JsonObject> => {
        expect(caller).toEqual({
          principal: 'apigateway.amazonaws.com',
          sourceArn: expect.stringMatching(/^arn:aws:execute-api:us-east-1:000000000000:\w{10}\//) as string,
          trace: expect.stringMatching(/^Root=1-/) as string,
          party: expect.any(String) as unknown,
        });
        const name = (input['FunctionName'] as string).replace(FUNCTION_ARN, '');
        // As over the wire: whatever JSON cannot carry does not arrive.
        const event = JSON.parse(JSON.stringify(input['Payload'])) as FunctionEvent;
        calls.push({ name, event });
        const handler = functions[name];
        if (handler === undefined) throw new Error(`no function ${name}`);
        const answer = await handler(event);
        if (answer instanceof FunctionFailure) {
          return {
            StatusCode: 200,
            FunctionError: 'Unhandled',
            Payload: { errorType: 'Error', errorMessage: answer.errorMessage },
          };
        }
        return { StatusCode: 200, Payload: (answer ?? null) as Json };
      },
    },
  };
}

export function declarer(gateway: Gateway) {
  const models = new Map(gatewayModels(gateway.definitions).map((model) => [model.type, model]));
  return (type: string, logicalId: string, properties: JsonObject): string => {
    const model = models.get(`AWS::ApiGatewayV2::${type}`);
    if (model === undefined) throw new Error(`no model of ${type}`);
    const unknown = Object.keys(properties).filter(
      (name) => !model.properties.includes(name) && !(name in (model.ignoredProperties ?? {})),
    );
    expect(unknown).toEqual([]);
    const resource: DeclaredResource = {
      logicalId,
      stackName: 'test',
      type: model.type,
      constructId: logicalId,
      physicalName:
        typeof properties['StageName'] === 'string' ? properties['StageName'] : `test-${logicalId}`,
    };
    void model.create(properties, resource);
    return model.ref(resource);
  };
}

export function lambdaUri(name: string): string {
  return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION_ARN}${name}/invocations`;
}

/** Declares what CDK's WebSocketApi makes of routes. */
function declareApi(
  declare: Fixture['declare'],
  { routes = {}, stage = {}, identitySource = [] }: FixtureOptions,
) {
  const ApiId = declare('Api', 'Chat', {
    Name: 'chat',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  for (const [RouteKey, route] of Object.entries(routes)) {
    const { name, replies, timeout, authorizer, signed } =
      typeof route === 'string' ? { name: route } : route;
    const integration = declare('Integration', `${RouteKey}Integration`, {
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: lambdaUri(name),
      ...(timeout === undefined ? {} : { TimeoutInMillis: timeout }),
    });
    const AuthorizerId =
      authorizer &&
      declare('Authorizer', 'Authorizer', {
        ApiId,
        Name: 'authorizer',
        AuthorizerType: 'REQUEST',
        AuthorizerUri: lambdaUri(authorizer),
        IdentitySource: identitySource,
      });
    const RouteId = declare('Route', `${RouteKey}Route`, {
      ApiId,
      RouteKey,
      Target: `integrations/${integration}`,
      AuthorizationType: AuthorizerId ? 'CUSTOM' : signed ? 'AWS_IAM' : 'NONE',
      ...(AuthorizerId ? { AuthorizerId } : {}),
      ...(replies ? { RouteResponseSelectionExpression: '$default' } : {}),
    });
    if (replies)
      declare('RouteResponse', `${RouteKey}Response`, { ApiId, RouteId, RouteResponseKey: '$default' });
  }
  declare('Stage', 'Stage', { ApiId, StageName: 'prod', AutoDeploy: true, ...stage });
}

async function connect(
  base: string,
  { path = '/prod', protocols = [], headers = {} }: ConnectOptions = {},
): Promise<Client> {
  const socket = new WebSocket(base + path, protocols, { headers });
  const received: string[] = [];
  const waiting: ((message: string) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const resolve = waiting.shift();
    if (resolve) resolve(data.toString());
    else received.push(data.toString());
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        reject(new Refused(response.statusCode ?? 0, Buffer.concat(chunks).toString())),
      );
    });
  });
  const next = () =>
    new Promise<string>((resolve) => {
      const message = received.shift();
      if (message === undefined) waiting.push(resolve);
      else resolve(message);
    });
  return {
    socket,
    closed,
    next,
    nextJson: async () => JSON.parse(await next()) as Record<string, unknown>,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
  };
}

/** A bare socket that has sent a handshake, for what a WebSocket client does not do. */
export function sendHandshake(port: number, headers: Record<string, string> = {}): Socket {
  const lines = Object.entries({
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  const socket = connectSocket(port, '127.0.0.1');
  socket.write(`GET /prod HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, timeout = 20_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
