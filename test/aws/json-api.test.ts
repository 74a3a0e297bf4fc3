import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { JsonApi, type JsonApiOptions } from '../../handlers/aws/json-api';

type Answering = (response: ServerResponse) => void;

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const ITS_OWN = { ...process.env };
let answers: Answering[];
let requests: { headers: IncomingMessage['headers']; body: string }[];

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    requests.push({ headers: request.headers, body });
    (answers.shift() ?? ok({}))(response);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_SESSION_TOKEN: KEYS.sessionToken,
  });
});
beforeEach(() => {
  answers = [];
  requests = [];
});
afterAll(() => {
  process.env = ITS_OWN;
  server.closeAllConnections();
  server.close();
});

const ok = (content: object) => says(200, JSON.stringify(content));
function says(status: number, body: string): Answering {
  return (response) => response.writeHead(status).end(body);
}
const refuses = (status: number, type: string, more: object = {}) =>
  says(status, JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...more }));
const resets: Answering = (response) => response.destroy();
const cutsOff: Answering = (response) => {
  response.writeHead(200, { 'content-length': '100' }).write('{"half":');
  setImmediate(() => response.destroy());
};
const isMute: Answering = () => {};

function api(options: Partial<JsonApiOptions> = {}) {
  const dynamodb = { service: 'dynamodb', target: 'DynamoDB_20120810', version: '1.0' } as const;
  return new JsonApi({ ...dynamodb, timeout: 5000, patience: 5000, ...options });
}

it('signs as the AWS signer does: content type, host, time, session token and what is asked for', async () => {
  await api().call('GetItem', { TableName: 'Räume', Key: { id: { S: '😀' } } });
  const [{ headers, body } = { headers: {}, body: '' }] = requests;
  expect(body).toBe('{"TableName":"Räume","Key":{"id":{"S":"😀"}}}');

  const time = String(headers['x-amz-date']);
  const signer = new SignatureV4({
    service: 'dynamodb',
    region: 'eu-west-1',
    credentials: KEYS,
    sha256: Sha256,
  });
  const host = String(headers.host);
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.GetItem',
      },
      body,
    },
    {
      signingDate: new Date(time.replace(/^(.{4})(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')),
      // Part of the signature either way; this is about an extra header that only S3 needs.
      unsignableHeaders: new Set(['x-amz-content-sha256']),
    },
  );
  expect(headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.GetItem',
    'x-amz-security-token': 'token',
  });
  expect(headers.authorization).toBe(signed.headers.authorization);
});

it.each<[string, Answering]>([
  ['a failure of the service', refuses(500, 'InternalServerError')],
  ['throttling', refuses(400, 'ProvisionedThroughputExceededException')],
  ['too many requests', says(429, '')],
  ['a gateway that speaks no JSON', says(503, '<html>')],
  ['a reset connection', resets],
  ['an answer that is cut off', cutsOff],
])('asks again after %s', async (_, answering) => {
  answers = [answering, answering, ok({ Item: {} })];
  await expect(api().call('GetItem', {})).resolves.toEqual({ Item: {} });
  expect(requests).toHaveLength(3);
});

it('gives up a try that hangs and asks again, and says why when its patience is over', async () => {
  answers = [isMute, ok({ Item: {} })];
  await expect(api({ timeout: 50 }).call('GetItem', {})).resolves.toEqual({ Item: {} });

  answers = Array.from({ length: 20 }, () => isMute);
  await expect(api({ timeout: 50, patience: 200 }).call('PutItem', {})).rejects.toMatchObject({
    name: 'NoAnswer',
    message: 'PutItem was not answered: timeout',
    status: undefined,
  });
  expect(requests.length).toBeGreaterThan(2);
});

it('asks at once on another socket where one that was kept open turns out to be closed, without a second try', async () => {
  const bus = api({ patience: 0 });
  await bus.call('PutEvents', {});
  answers = [resets, ok({ Entries: [] })];
  await expect(bus.call('PutEvents', {})).resolves.toEqual({ Entries: [] });
  expect(requests).toHaveLength(3);

  answers = [refuses(500, 'InternalException'), ok({})];
  await expect(bus.call('PutEvents', {})).rejects.toMatchObject({ name: 'InternalException' });
  expect(requests).toHaveLength(4);
});

it('says what a service refuses, at the first try, with what the answer holds besides', async () => {
  answers = [
    refuses(400, 'ConditionalCheckFailedException', { message: 'failed', Item: { id: { S: 'a' } } }),
  ];
  await expect(api().call('PutItem', {})).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'failed',
    status: 400,
    body: { Item: { id: { S: 'a' } } },
  });
  answers = [says(403, '{"__type":"AccessDeniedException","Message":"no"}')];
  await expect(api().call('PutItem', {})).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'no',
  });
  expect(requests).toHaveLength(2);
});

it('names the trace that a call is part of, unsigned', async () => {
  process.env._X_AMZN_TRACE_ID = 'Root=1-2-3';
  await api().call('GetItem', {});
  delete process.env._X_AMZN_TRACE_ID;
  expect(requests[0]?.headers['x-amzn-trace-id']).toBe('Root=1-2-3');
  expect(requests[0]?.headers.authorization).not.toContain('x-amzn');
});
