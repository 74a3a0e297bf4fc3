import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { createCredentials, OPERATOR_KEY, type AccessKey } from '../../local/credentials';
import { OPERATOR, ServiceError } from '../../local/service';
import type { SignedRequest } from '../../local/signature';

const ROLE = 'arn:aws:iam::000000000000:role/poster';

interface Unsigned {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
}

/** Signs with the AWS SDK's own signer and gives the request as it arrives at a server. */
async function signed(
  key: AccessKey,
  {
    method = 'POST',
    path = '/prod/@connections/L0SM9cOFvHcCIhw%3D',
    query,
    headers = {},
    body = '',
  }: Unsigned = {},
  { service = 'execute-api', region = 'us-east-1', signingDate = new Date() } = {},
): Promise<SignedRequest & { headers: Record<string, string> }> {
  const signer = new SignatureV4({ credentials: key, region, service, sha256: Sha256 });
  const request = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      ...(query ? { query } : {}),
      headers: { host: '127.0.0.1:8080', 'content-type': 'application/octet-stream', ...headers },
      body,
    },
    { signingDate },
  );
  const search = Object.entries(query ?? {})
    .flatMap(([name, value]) =>
      [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
    )
    .join('&');
  return { method, url: search ? `${path}?${search}` : path, headers: request.headers };
}

/** The error that `verify` answers with. */
function refusal(verify: () => unknown): ServiceError {
  try {
    verify();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

const body = (text: string) => Buffer.from(text);

describe('issued access keys', () => {
  it('are the same for the same principal, also in another process, and differ between principals', () => {
    expect(createCredentials().issue(ROLE)).toEqual(createCredentials().issue(ROLE));
    expect(createCredentials().issue(ROLE)).not.toEqual(createCredentials().issue(`${ROLE}2`));
    expect(createCredentials().issue(ROLE).accessKeyId).toMatch(/^AKIA[0-9A-F]{16}$/);
  });
});

describe('verifying a signature', () => {
  it.each<[string, Unsigned]>([
    ['a connection id whose "=" is percent-encoded in the path', {}],
    ['no body', { method: 'GET' }],
    ['a body', { body: '{"text":"grüße 👋"}' }],
    ['a path with characters that are encoded once more', { path: "/prod/@connections/a%2Bb%2F-_~!'()*%3D" }],
    ['a path with an empty and a dot segment', { path: '/prod//./x' }],
    ['the root path', { path: '/' }],
    ['a query', { query: { b: '2', a: 'x y', empty: '', 'k/e': "v'(1)*" } }],
    ['a query with a repeated name', { query: { a: ['2', '1'] } }],
    ['a header with runs of spaces', { headers: { 'x-amz-note': '  two   words ' } }],
  ])("accepts what the AWS SDK's signer signs: %s", async (_what, request) => {
    const credentials = createCredentials();
    const arrived = await signed(credentials.issue(ROLE), request);
    expect(credentials.verify(arrived, body(request.body ?? ''), 'execute-api')).toEqual({ principal: ROLE });
  });

  it("accepts the operator's pair local/local", async () => {
    const arrived = await signed(OPERATOR_KEY);
    expect(createCredentials().verify(arrived, body(''), 'execute-api')).toEqual(OPERATOR);
  });

  it("knows the holder of an issued key in any region, since an SDK signs with its own setting's", async () => {
    const credentials = createCredentials();
    const arrived = await signed(credentials.issue(ROLE), {}, { region: 'eu-central-1' });
    expect(credentials.verify(arrived, body(''), 'execute-api')).toEqual({ principal: ROLE });
  });

  it('refuses a request without a signature', () => {
    expect(
      refusal(() =>
        createCredentials().verify({ method: 'POST', url: '/', headers: {} }, body(''), 'execute-api'),
      ),
    ).toMatchObject({
      code: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
      status: 403,
    });
  });

  it('refuses a key that nobody was given', async () => {
    const arrived = await signed({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' });
    expect(refusal(() => createCredentials().verify(arrived, body(''), 'execute-api'))).toMatchObject({
      code: 'UnrecognizedClientException',
      status: 403,
    });
  });

  it.each<[string, (request: SignedRequest & { headers: Record<string, string> }) => SignedRequest]>([
    ['another method', (request) => ({ ...request, method: 'DELETE' })],
    ['another connection', (request) => ({ ...request, url: '/prod/@connections/other%3D' })],
    ['a query that was not there', (request) => ({ ...request, url: `${request.url}?x=1` })],
    ['another host', (request) => ({ ...request, headers: { ...request.headers, host: 'example.org' } })],
    [
      'another signature',
      (request) => ({
        ...request,
        headers: {
          ...request.headers,
          authorization: `${request.headers['authorization']?.slice(0, -64)}${'0'.repeat(64)}`,
        },
      }),
    ],
  ])('refuses a request that was signed for %s', async (_what, change) => {
    const credentials = createCredentials();
    const arrived = change(await signed(credentials.issue(ROLE)));
    expect(() => credentials.verify(arrived, body(''), 'execute-api')).toThrow(
      /signature we calculated does not match/,
    );
  });

  it('refuses another body than the signed one', async () => {
    const credentials = createCredentials();
    const arrived = await signed(credentials.issue(ROLE), { body: 'hello' });
    expect(() => credentials.verify(arrived, body('HELLO'), 'execute-api')).toThrow(/does not match/);
  });

  it('refuses a wrong secret', async () => {
    const credentials = createCredentials();
    const key = { ...credentials.issue(ROLE), secretAccessKey: 'guessed' };
    expect(() => credentials.verify({ method: 'GET', url: '/', headers: {} }, body(''), 'x')).toThrow(
      /Missing/,
    );
    const arrived = await signed(key);
    expect(() => credentials.verify(arrived, body(''), 'execute-api')).toThrow(/does not match/);
  });

  it('refuses a signature for another service', async () => {
    const credentials = createCredentials();
    const arrived = await signed(credentials.issue(ROLE), {}, { service: 'dynamodb' });
    expect(() => credentials.verify(arrived, body(''), 'execute-api')).toThrow(
      /should be scoped to .*execute-api/,
    );
  });

  it('refuses a signature older than five minutes, so a recorded request cannot be used again later', async () => {
    const credentials = createCredentials();
    const signingDate = new Date(Date.now() - 6 * 60_000);
    const arrived = await signed(credentials.issue(ROLE), {}, { signingDate });
    expect(() => credentials.verify(arrived, body(''), 'execute-api')).toThrow(/Signature expired/);
  });

  it("accepts the runtime's own time, because functions sign with it when the clock is sped up", async () => {
    const later = Date.now() + 3 * 3_600_000;
    const credentials = createCredentials({ now: () => later });
    const arrived = await signed(credentials.issue(ROLE), {}, { signingDate: new Date(later) });
    expect(credentials.verify(arrived, body(''), 'execute-api')).toEqual({ principal: ROLE });
  });

  it.each(['Bearer x', 'AWS4-HMAC-SHA256 Credential=local/20201121/us-east-1/execute-api', ''])(
    'refuses the Authorization header "%s" as incomplete',
    (authorization) => {
      const request = {
        method: 'GET',
        url: '/',
        headers: { authorization, 'x-amz-date': '20201121T203908Z' },
      };
      expect(refusal(() => createCredentials().verify(request, body(''), 'execute-api'))).toMatchObject({
        code: 'IncompleteSignatureException',
        status: 403,
      });
    },
  );
});

describe('telling callers apart by their access key', () => {
  it('names the principal of an issued key', async () => {
    const credentials = createCredentials();
    const arrived = await signed(credentials.issue(ROLE), {}, { service: 'dynamodb' });
    expect(credentials.callerOf(arrived)).toEqual({ principal: ROLE });
  });

  it('goes by the access key alone, whatever else of the signature is missing', () => {
    const credentials = createCredentials();
    const { accessKeyId } = credentials.issue(ROLE);
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20201121`;
    expect(credentials.callerOf({ headers: { authorization } })).toEqual({ principal: ROLE });
  });

  it.each([
    ['no key', {}],
    [
      'a key from elsewhere',
      {
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAELSE/20201121/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=' +
          'a'.repeat(64),
      },
    ],
    ['something else', { authorization: 'Bearer token' }],
  ])("takes whoever has %s for the machine's own user", (_what, headers) => {
    expect(createCredentials().callerOf({ headers })).toEqual(OPERATOR);
  });
});
