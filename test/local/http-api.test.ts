import { request as httpRequest } from 'node:http';
import { createClock } from '../../local/clock';
import { HttpApis } from '../../local/http-api/http-api';
import { httpApiModels } from '../../local/http-api/models';
import type { Json, JsonObject } from '../../local/json/json';
import { LocalServer } from '../../local/server';
import { ServiceError, Services } from '../../local/service';

const ORIGIN = 'http://localhost:5173';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:tickets';

let server: LocalServer;
let url: string;
let events: JsonObject[];
let log: [string, string, string][];
/** What the function answers; an Error fails it. */
let answer: Json | Error;

beforeEach(async () => {
  events = [];
  log = [];
  answer = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"ticket":"t"}' };
  server = new LocalServer((error) => console.error(error));
  url = `http://127.0.0.1:${await server.listen(0)}/http`;
});
afterEach(() => server.close());

/** Declares what CDK makes of an HttpApi. */
function serve(
  stage: JsonObject = {},
  { cors = true, timeout = 10_000 }: { cors?: boolean; timeout?: number } = {},
): void {
  const services = new Services();
  services.add({
    name: 'lambda',
    actions: {
      Invoke: (input, caller) => {
        expect(caller).toMatchObject({
          principal: 'apigateway.amazonaws.com',
          sourceArn: expect.stringMatching(
            /^arn:aws:execute-api:us-east-1:000000000000:\w{10}\/\$default\/POST\/tickets$/,
          ) as string,
        });
        events.push(input['Payload'] as JsonObject);
        if (answer === 'never') return new Promise(() => {});
        if (!(answer instanceof Error)) return Promise.resolve({ Payload: answer });
        if (answer instanceof ServiceError) return Promise.reject(answer);
        const Payload = { errorMessage: answer.message };
        return Promise.resolve({ FunctionError: 'Unhandled', Payload });
      },
    },
  });
  const apis = new HttpApis({
    services,
    clock: createClock(),
    log: (group, stream, line) => log.push([group, stream, line]),
  });
  const models = httpApiModels(apis.definitions);
  const declare = (type: string, logicalId: string, properties: JsonObject) => {
    const model = models.find((one) => one.type === `AWS::ApiGatewayV2::${type}`)!;
    expect(Object.keys(properties).filter((name) => !model.properties.includes(name))).toEqual([]);
    const resource = {
      logicalId,
      stackName: 'test',
      type: model.type,
      constructId: logicalId,
      physicalName: logicalId,
    };
    void model.create(properties, resource);
    return model.ref(resource);
  };
  const ApiId = declare('Api', 'Http', {
    ProtocolType: 'HTTP',
    ...(cors
      ? {
          CorsConfiguration: {
            AllowOrigins: [ORIGIN],
            AllowMethods: ['POST'],
            AllowHeaders: ['Authorization'],
            MaxAge: 3600,
          },
        }
      : {}),
  });
  const integration = declare('Integration', 'Tickets', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION,
    PayloadFormatVersion: '2.0',
    TimeoutInMillis: timeout,
  });
  const Target = `integrations/${integration}`;
  declare('Route', 'Post', { ApiId, RouteKey: 'POST /tickets', Target, AuthorizationType: 'NONE' });
  declare('Stage', '$default', { ApiId, StageName: '$default', AutoDeploy: true, ...stage });
  server.serve([(request, response) => apis.serve(request, response)]);
}

function post(headers: Record<string, string> = {}, body?: string): Promise<Response> {
  return fetch(`${url}/tickets?a=1&a=2&b=x%20y`, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

test('the function gets the request in payload format 2.0, and its answer goes back', async () => {
  serve();
  const response = await post({ Authorization: 'Bearer x', cookie: 'a=1; b=2' }, 'hi');
  expect([response.status, await response.json()]).toEqual([200, { ticket: 't' }]);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    version: '2.0',
    routeKey: 'POST /tickets',
    rawPath: '/tickets',
    rawQueryString: 'a=1&a=2&b=x%20y',
    queryStringParameters: { a: '1,2', b: 'x y' },
    cookies: ['a=1', 'b=2'],
    headers: { authorization: 'Bearer x', host: new URL(url).host },
    requestContext: {
      accountId: '000000000000',
      http: { method: 'POST', path: '/tickets', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
      routeKey: 'POST /tickets',
      stage: '$default',
    },
    body: 'hi',
    isBase64Encoded: false,
  });
  expect(events[0]?.['headers']).not.toHaveProperty('cookie');
});

test('an answer without a status is the body of a 200; cookies and binary bodies go through', async () => {
  serve();
  answer = { hello: 'world' };
  const plain = await post();
  expect([plain.status, await plain.json()]).toEqual([200, { hello: 'world' }]);
  answer = { statusCode: 201, cookies: ['a=1', 'b=2'], body: 'aGk=', isBase64Encoded: true };
  const binary = await post();
  expect([binary.status, await binary.text(), binary.headers.getSetCookie()]).toEqual([
    201,
    'hi',
    ['a=1', 'b=2'],
  ]);
  answer = { statusCode: 204 };
  expect((await post()).status).toBe(204);
});

test.each<[string, Json | Error, number, string]>([
  ['a function that throws', new Error('the secret'), 500, 'Internal Server Error'],
  [
    'a call that Lambda refuses',
    new ServiceError('AccessDeniedException', 'no'),
    500,
    'Internal Server Error',
  ],
  ['a malformed answer', { statusCode: 'abc' }, 500, 'Internal Server Error'],
  ['a function that takes too long', 'never', 503, 'Service Unavailable'],
])('%s is the platform answer, without its text', async (_what, given, status, message) => {
  serve({}, { timeout: 100 });
  answer = given;
  const response = await post();
  expect([response.status, await response.json()]).toEqual([status, { message }]);
});

test('what no route is for is not found, and what is too large is not passed on', async () => {
  serve();
  expect((await fetch(`${url}/other`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${url}/tickets`)).status).toBe(404);
  expect((await post({}, 'x'.repeat(10 * 1024 * 1024 + 1))).status).toBe(413);
  expect(events).toEqual([]);
});

test('the throttle of the stage is felt by each route', async () => {
  serve({ DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 } });
  const statuses = [];
  for (let count = 0; count < 3; count++) statuses.push((await post()).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test('the access log has a line for each request, refused or not', async () => {
  serve({
    AccessLogSettings: {
      DestinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:access:*',
      Format: '{"route":"$context.routeKey","status":"$context.status","error":"$context.error.message"}',
    },
  });
  await post();
  await fetch(`${url}/other`);
  expect(log).toEqual([
    ['access', '$default', '{"route":"POST /tickets","status":"200","error":"-"}'],
    ['access', '$default', '{"route":"","status":"404","error":"Not Found"}'],
  ]);
});

describe('pages in a browser', () => {
  const preflight = (origin: string) =>
    fetch(`${url}/tickets`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
  const allowOrigin = ({ headers }: Response) => headers.get('access-control-allow-origin');

  test('of an allowed origin may ask, and read the answer', async () => {
    serve();
    const asked = await preflight(ORIGIN);
    expect([asked.status, allowOrigin(asked)]).toEqual([204, ORIGIN]);
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization');
    expect(asked.headers.get('access-control-max-age')).toBe('3600');
    const response = await post({ origin: ORIGIN });
    expect([response.status, allowOrigin(response), response.headers.get('vary')]).toEqual([
      200,
      ORIGIN,
      'Origin',
    ]);
    expect(events).toHaveLength(1);
  });

  test.each(['https://example.com', 'null', `${ORIGIN}.example.com`])(
    'of %s get no leave to read, whatever the function says',
    async (origin) => {
      serve();
      answer = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body: '{}' };
      expect(allowOrigin(await preflight(origin))).toBeNull();
      expect(allowOrigin(await post({ origin }))).toBeNull();
    },
  );

  test('get the headers of the function where the API has no configuration', async () => {
    serve({}, { cors: false });
    answer = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body: '{}' };
    expect(allowOrigin(await post({ origin: ORIGIN }))).toBe('*');
  });

  test('that came by a name of their own for this machine are not served', async () => {
    serve();
    const status = await new Promise((resolve) => {
      const { port } = new URL(url);
      httpRequest(
        { port, path: '/http/tickets', method: 'POST', headers: { host: `rebound.example.com:${port}` } },
        (response) => resolve(response.resume().statusCode),
      ).end();
    });
    expect([status, events]).toEqual([403, []]);
  });
});
