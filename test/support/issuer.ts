import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** A user pool's issuer on this machine: signs tokens as Cognito does and serves its key set. */
export interface Issuer {
  readonly issuer: string;
  readonly clientId: string;
  /** The key that its key set names. */
  readonly publicPem: string;
  /** An access token of `sub`, valid for an hour, with these claims instead of or beside the usual ones. */
  token(
    claims?: JWTPayload,
    header?: { alg?: string; kid?: string | undefined; key?: SigningKey },
  ): Promise<string>;
  /** How often the key set was fetched. */
  fetches(): number;
  /** What the key set is answered with from now on. */
  answer(status: number): void;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'known', alg: 'RS256', use: 'sig' }] };
  const publicPem = await exportSPKI(publicKey);
  let fetches = 0;
  let status = 200;
  const server = createServer((request, response) => {
    if (request.url === '/pool/.well-known/jwks.json') fetches += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
  const clientId = 'the-app';
  return {
    issuer,
    clientId,
    publicPem,
    fetches: () => fetches,
    answer: (next) => (status = next),
    token: (claims = {}, { alg = 'RS256', kid = 'known', key = privateKey } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const usual = {
        ...{ sub: 'sub-of-ann', iss: issuer, client_id: clientId, token_use: 'access', username: 'ann' },
        ...{ auth_time: now - 60, iat: now, exp: now + 3600, scope: 'openid', jti: 'a-jti' },
      };
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid }).sign(key);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
