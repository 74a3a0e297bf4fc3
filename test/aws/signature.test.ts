import { Sha256 } from '@aws-crypto/sha256-js';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { ConnectionPaths } from '../../handlers/aws/connections-api';
import { RequestSigner, signedBody } from '../../handlers/aws/signature';

interface Case {
  method: string;
  host: string;
  stage: string;
  connectionId: string;
  body: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  now: number;
}

const signerFor = ({ credentials, region, host, stage }: Case) => ({
  signer: new RequestSigner(credentials, { service: 'execute-api', region, host }),
  paths: new ConnectionPaths(`https://${host}/${stage}`),
});

function ours({ signer, paths }: ReturnType<typeof signerFor>, { method, connectionId, body, now }: Case) {
  const { path, canonicalPath } = paths.of(connectionId);
  const headers = signer.sign({ method, canonicalPath, body: signedBody(body) }, now);
  const named = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1]] as const] : [],
  );
  return { path, headers: Object.fromEntries(named) };
}

async function theirs({ credentials, region, method, host, body, now }: Case, path: string) {
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials,
    sha256: Sha256,
    // The body's hash is part of the signature either way; this is about an extra header that only S3 needs.
    applyChecksum: false,
  });
  const unsigned = { method, protocol: 'https:', hostname: host, path, headers: { host }, body };
  const { headers } = await signer.sign(unsigned, { signingDate: new Date(now) });
  return headers;
}

async function expectEqual(signer: ReturnType<typeof signerFor>, request: Case) {
  const { path, headers } = ours(signer, request);
  expect(headers).toEqual(await theirs(request, path));
}

/** The path to which the AWS SDK's client would post. */
async function sdkPath({ host, stage, connectionId }: Case): Promise<string> {
  let path = '';
  const client = new ApiGatewayManagementApiClient({
    endpoint: `https://${host}/${stage}`,
    requestHandler: {
      handle: (request: { path: string }) => {
        path = request.path;
        return Promise.reject(new Error('as far as this goes'));
      },
    },
    maxAttempts: 1,
  });
  const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'x' });
  await expect(client.send(command)).rejects.toThrow('as far as this goes');
  return path;
}

const A_CASE: Case = {
  method: 'POST',
  host: 'abcdef1234.execute-api.eu-central-1.amazonaws.com',
  stage: 'prod',
  connectionId: 'L0SM9cOFvHcCIhw=',
  body: '{"type":"message"}',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  now: Date.UTC(2026, 10, 20, 12, 0, 0),
};

describe('signing a request to @connections', () => {
  it.each(['L0SM9cOFvHcCIhw=', 'a/b+c=', 'a b', '@%40%', "!'()*", 'a..b', '~-_.', 'ü€😀', '$&?#;:,'])(
    'equals the AWS signer for the connection id %s, whose path is encoded twice',
    async (connectionId) => {
      const request = { ...A_CASE, connectionId };
      await expectEqual(signerFor(request), request);
      expect(ours(signerFor(request), request).path).toBe(await sdkPath(request));
    },
  );

  it('S3, POST, GET and DELETE: equals the AWS signer for any id, body, time, stage and credentials, with a session token and without', async () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
    const cases: fc.Arbitrary<Case> = fc.record({
      method: fc.constantFrom('POST', 'GET', 'DELETE'),
      host: fc.constantFrom(A_CASE.host, '127.0.0.1:3001'),
      stage: word,
      // `.` and `..` would be steps in the path; API Gateway makes no such id.
      connectionId: fc.string({ unit: 'binary', minLength: 1 }).filter((id) => id !== '.' && id !== '..'),
      body: fc.string({ unit: 'binary' }),
      region: fc.constantFrom('us-east-1', 'ap-southeast-4'),
      credentials: fc.record(
        {
          accessKeyId: word,
          secretAccessKey: fc.base64String({ minLength: 1 }),
          sessionToken: fc.base64String({ minLength: 4 }),
        },
        { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
      ),
      now: fc.integer({ min: 0, max: Date.UTC(2099, 11, 31) }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async (request) => {
        await expectEqual(signerFor(request), request);
      }),
      { numRuns: 500 },
    );
  });

  it('goes on being right when a second and a day pass, because a warm process lives for hours', async () => {
    const signer = signerFor(A_CASE);
    for (const now of ['2026-12-31T23:59:58.001Z', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z']) {
      const request = { ...A_CASE, now: Date.parse(now) };
      await expectEqual(signer, request);
    }
  });
});
