import { USER_POOLS_PATH } from '../addresses';
import type { JsonObject } from '../json/json';
import { pathOf, type HttpHandler } from '../server';
import type { UserPool } from './user-pool';
import type { UserPools } from './user-pools';

const PATH = new RegExp(`^${USER_POOLS_PATH}/([^/]+)/\\.well-known/(jwks\\.json|openid-configuration)$`);

/**
 * What whoever verifies tokens asks an issuer for: its public keys, and where else to look. Any page may read it.
 * Source: https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
 */
export function createIssuerHandler(pools: UserPools): HttpHandler {
  return async (request, response) => {
    const [, poolId, document] = PATH.exec(pathOf(request)) ?? [];
    const pool = pools.all().find(({ settings }) => settings.id === poolId);
    if (pool === undefined || !['GET', 'HEAD'].includes(request.method ?? '')) return false;
    const body = document === 'jwks.json' ? await keysOf(pool) : configurationOf(pool);
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'access-control-allow-origin': '*',
        'cache-control': 'no-store',
      })
      .end(JSON.stringify(body));
    return true;
  };
}

async function keysOf({ key }: UserPool): Promise<JsonObject> {
  const { publicJwk } = await key.get();
  return { keys: [publicJwk] };
}

function configurationOf({ settings: { issuer } }: UserPool): JsonObject {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['none'],
  };
}
