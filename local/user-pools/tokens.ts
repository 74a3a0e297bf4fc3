import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { JsonObject } from '../json/json';
import type { PoolUser } from './directory';
import type { Session } from './sessions';
import type { ClientSettings, PoolSettings } from './settings';
import type { SigningKey } from './signing-key';

export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly expiresInSeconds: number;
}

/** What tokens are made of. `nonce` is what a client gave to `/oauth2/authorize`. */
export interface Grant {
  readonly user: PoolUser;
  readonly client: ClientSettings;
  readonly session: Session;
  readonly nonce?: string | undefined;
}

/**
 * The access token and the ID token, with Cognito's claims.
 * Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 * @param now ms since the epoch
 */
export async function issueTokens(
  { issuer }: PoolSettings,
  key: SigningKey,
  { user, client, session, nonce }: Grant,
  now: number,
): Promise<Tokens> {
  const { kid, privateKey } = await key.get();
  const issuedAt = Math.floor(now / 1000);
  const common = {
    sub: user.sub,
    ...(user.groups.length === 0 ? {} : { 'cognito:groups': [...user.groups] }),
    iss: issuer,
    origin_jti: session.originJti,
    event_id: randomUUID(),
    auth_time: Math.floor(session.signedInAt / 1000),
    iat: issuedAt,
  };
  const sign = (claims: JsonObject, lifetimeMs: number) =>
    new SignJWT({ ...common, ...claims, exp: issuedAt + Math.floor(lifetimeMs / 1000), jti: randomUUID() })
      .setProtectedHeader({ kid, alg: 'RS256' })
      .sign(privateKey);
  const access = { client_id: client.id, token_use: 'access', scope: session.scope, username: user.username };
  const id = {
    ...user.attributes,
    aud: client.id,
    token_use: 'id',
    'cognito:username': user.username,
    ...(nonce === undefined ? {} : { nonce }),
  };
  const [accessToken, idToken] = await Promise.all([
    sign(access, client.accessTokenMs),
    sign(id, client.idTokenMs),
  ]);
  return { accessToken, idToken, expiresInSeconds: Math.floor(client.accessTokenMs / 1000) };
}

/** The claims of an access token that this pool issued and that has not ended; undefined for any other text. */
export async function readAccessToken(
  { issuer }: PoolSettings,
  key: SigningKey,
  token: string,
  now: number,
): Promise<{ sub: string; originJti: string } | undefined> {
  const { publicKey } = await key.get();
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      issuer,
      algorithms: ['RS256'],
      currentDate: new Date(now),
    });
    const { sub, token_use: use, origin_jti: originJti } = payload;
    return sub !== undefined && use === 'access' && typeof originJti === 'string'
      ? { sub, originJti }
      : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The issuer that an access token names, without a look at its signature; undefined where there is none. */
export function claimedIssuer(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const issuer = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}
