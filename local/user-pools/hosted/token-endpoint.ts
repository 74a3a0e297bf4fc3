import type { JsonObject } from '../../json/json';
import { ServiceError } from '../../service';
import type { ClientSettings } from '../settings';
import type { Tokens } from '../tokens';
import type { UserPool } from '../user-pool';
import type { Codes } from './codes';

/** An answer of OAuth 2.0: 200, or 400 with `error`. */
export interface OAuthAnswer {
  readonly status: 200 | 400;
  readonly body: JsonObject;
}

/**
 * Gives tokens for a code, or for a refresh token.
 * Source: https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 */
export async function answerTokenRequest(
  pool: UserPool,
  codes: Codes,
  form: URLSearchParams,
): Promise<OAuthAnswer> {
  const client = clientOf(pool, form);
  if (client === undefined) return oauthError('invalid_client');
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return exchangeCode(pool, codes, client, form);
    case 'refresh_token':
      return refresh(pool, client, form.get('refresh_token') ?? '');
    default:
      return oauthError('unsupported_grant_type');
  }
}

async function exchangeCode(
  pool: UserPool,
  codes: Codes,
  client: ClientSettings,
  form: URLSearchParams,
): Promise<OAuthAnswer> {
  const code = codes.redeem(form.get('code') ?? '', {
    clientId: client.id,
    redirectUri: form.get('redirect_uri') ?? '',
    verifier: form.get('code_verifier') ?? '',
  });
  const user = code === undefined ? undefined : pool.users.ofSub(code.sub);
  if (code === undefined || user?.enabled !== true) return oauthError('invalid_grant');
  const { scope, nonce } = code.request;
  const { refreshToken, ...tokens } = await pool.beginSession(user, client, { scope, nonce });
  return answerWith(tokens, scope, { refresh_token: refreshToken });
}

async function refresh(pool: UserPool, client: ClientSettings, refreshToken: string): Promise<OAuthAnswer> {
  const session = pool.sessions.find(refreshToken);
  try {
    return answerWith(await pool.refresh(client, refreshToken), session?.scope ?? '', {});
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NotAuthorizedException')
      return oauthError('invalid_grant');
    throw error;
  }
}

/** Source: https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html */
export function answerRevocation(pool: UserPool, form: URLSearchParams): OAuthAnswer {
  const client = clientOf(pool, form);
  if (client === undefined) return oauthError('invalid_client');
  const token = form.get('token');
  if (token === null) return oauthError('invalid_request');
  try {
    pool.revoke(client, token);
    return { status: 200, body: {} };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return oauthError(error.code === 'UnauthorizedException' ? 'unauthorized_client' : 'invalid_request');
  }
}

function clientOf(pool: UserPool, form: URLSearchParams): ClientSettings | undefined {
  const client = pool.clients.get(form.get('client_id') ?? '');
  return client?.codeGrant === true ? client : undefined;
}

/** The ID token is for whoever asked for `openid`. */
function answerWith(tokens: Tokens, scope: string, more: JsonObject): OAuthAnswer {
  return {
    status: 200,
    body: {
      access_token: tokens.accessToken,
      ...(scope.split(' ').includes('openid') ? { id_token: tokens.idToken } : {}),
      ...more,
      token_type: 'Bearer',
      expires_in: tokens.expiresInSeconds,
    },
  };
}

function oauthError(error: string): OAuthAnswer {
  return { status: 400, body: { error } };
}
