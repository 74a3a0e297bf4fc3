import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { OPERATOR_KEY, type AccessKey } from '../../local/credentials';
import { Refused, startGateway, type Fixture } from './gateway-fixture';

const ROLE = 'arn:aws:iam::000000000000:role/bots';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startGateway({
    functions: { join: () => ({ statusCode: 200 }) },
    routes: { $connect: { name: 'join', signed: true } },
  });
});
afterAll(() => fixture.close());

interface Signing {
  key?: AccessKey;
  service?: string;
  path?: string;
  signingDate?: Date;
  expiresIn?: number;
}

function signer({ key = OPERATOR_KEY, service = 'execute-api' }: Signing): SignatureV4 {
  return new SignatureV4({ credentials: key, region: 'us-east-1', service, sha256: Sha256 });
}

function handshake(path: string) {
  const url = new URL(path, 'http://localhost');
  return {
    method: 'GET',
    protocol: 'ws:',
    hostname: '127.0.0.1',
    port: fixture.port,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: `127.0.0.1:${fixture.port}` },
  };
}

/** The path of a presigned address. */
async function presigned({ path = '/prod?room=a b', signingDate, expiresIn = 60, ...rest }: Signing = {}) {
  const signed = await signer(rest).presign(handshake(path), {
    expiresIn,
    ...(signingDate === undefined ? {} : { signingDate }),
  });
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${signed.path}?${query.join('&')}`;
}

async function signedHeaders({ path = '/prod', ...rest }: Signing = {}) {
  const { headers } = await signer(rest).sign(handshake(path));
  return headers;
}

async function status(options: { path?: string; headers?: Record<string, string> }): Promise<number> {
  try {
    const client = await fixture.connect(options);
    client.socket.close();
    await client.closed;
    return 101;
  } catch (error) {
    if (error instanceof Refused) return error.status;
    throw error;
  }
}

const identity = () => fixture.calls.at(-1)?.event.requestContext['identity'];

describe('a $connect that must be signed', () => {
  test('lets in who signed in headers, and says who it is', async () => {
    expect(await status({ headers: await signedHeaders() })).toBe(101);
    expect(identity()).toMatchObject({
      accountId: '000000000000',
      userArn: 'arn:aws:iam::000000000000:root',
      sourceIp: '127.0.0.1',
    });
    const key = fixture.credentials.issue(ROLE);
    expect(await status({ headers: await signedHeaders({ key }) })).toBe(101);
    expect(identity()).toMatchObject({
      userArn: 'arn:aws:sts::000000000000:assumed-role/bots/local',
      caller: expect.stringMatching(/^AROA\w+:local$/) as string,
    });
  });

  test('lets in who comes with a presigned address, as the signer of the AWS SDK makes it', async () => {
    expect(await status({ path: await presigned() })).toBe(101);
    expect(fixture.calls.at(-1)?.event).toMatchObject({ queryStringParameters: { room: 'a b' } });
    const key = fixture.credentials.issue(ROLE);
    expect(await status({ path: await presigned({ key }) })).toBe(101);
    expect(identity()).toMatchObject({ userArn: 'arn:aws:sts::000000000000:assumed-role/bots/local' });
  });

  test.each<[string, () => Promise<{ path?: string; headers?: Record<string, string> }>]>([
    ['no signature', () => Promise.resolve({})],
    ['a bearer token', () => Promise.resolve({ headers: { authorization: 'Bearer x' } })],
    [
      'an unknown key',
      async () => ({
        path: await presigned({ key: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' } }),
      }),
    ],
    [
      'a wrong secret',
      async () => ({ path: await presigned({ key: { ...OPERATOR_KEY, secretAccessKey: 'wrong' } }) }),
    ],
    [
      'a wrong secret in headers',
      async () => ({
        headers: await signedHeaders({ key: { ...OPERATOR_KEY, secretAccessKey: 'wrong' } }),
      }),
    ],
    ['the signature for another service', async () => ({ path: await presigned({ service: 'sqs' }) })],
    ['a query that was changed', async () => ({ path: (await presigned()).replace('room=', 'room=other') })],
    ['a query that was added to', async () => ({ path: `${await presigned()}&name=Ann` })],
    [
      'a longer life than was signed',
      async () => ({ path: (await presigned()).replace('X-Amz-Expires=60', 'X-Amz-Expires=600') }),
    ],
    ['no end', async () => ({ path: (await presigned()).replace('X-Amz-Expires=60', '') })],
    [
      'an end that is past',
      async () => ({ path: await presigned({ signingDate: new Date(Date.now() - 61_000) }) }),
    ],
    [
      'a time that is yet to come',
      async () => ({ path: await presigned({ signingDate: new Date(Date.now() + 600_000) }) }),
    ],
  ])('answers 403 to %s, and calls no function', async (_what, options) => {
    const calls = fixture.calls.length;
    expect(await status(await options())).toBe(403);
    expect(fixture.calls).toHaveLength(calls);
  });
});
