import { JwtVerifier } from 'aws-jwt-verify';
import { FetchError, JwksValidationError, JwtBaseError, JwtExpiredError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import * as z from 'zod/mini';
import { GROUPS, type SignedIn } from '../chat/identity';
import { signedInId } from '../chat/ids';
import type { TokenVerifier } from '../chat/ports';
import { TOKEN_CLIENT_ID_VARIABLE, TOKEN_ISSUER_VARIABLE } from '../wiring/environment';
import { environment } from './environment';

/** The claims of Cognito's access tokens that count here; a token without one of them is none of ours. */
const claims = z.object({
  sub: z.string(),
  username: z.string(),
  client_id: z.string(),
  token_use: z.literal('access'),
  exp: z.number(),
  iat: z.number(),
  auth_time: z.number(),
  'cognito:groups': z._default(z.array(z.string()), []),
});

/** Cognito's access tokens have 1 to 2 KB. What is longer is not even parsed. In characters. */
const MAX_TOKEN = 8 * 1024;
/** What the user pool's key set may take: milliseconds, and bytes, of which Cognito's has about 1,000. */
const FETCH_TIMEOUT = 3000;
const MAX_KEY_SET = 64 * 1024;

let shared: TokenVerifier | undefined;

/**
 * For the user pool and app client that this function's environment names. One a process, so keys are fetched once.
 * Reads the environment with the first token: where there is no pool there are no tokens either.
 */
export function createTokenVerifier(): TokenVerifier {
  return {
    verify(token) {
      shared ??= tokenVerifier(environment(TOKEN_ISSUER_VARIABLE), environment(TOKEN_CLIENT_ID_VARIABLE));
      return shared.verify(token);
    },
  };
}

/**
 * Verifies access tokens of one issuer for one client: RS256, signature, issuer, client, use and end, without
 * tolerance. The key set is fetched for the first token and for an unknown key id; after one that stays unknown it is
 * left alone for 10 s, so that made-up ids cannot make this a flood, while known keys go on working.
 * @param issuer `https://cognito-idp.<region>.amazonaws.com/<poolId>`; any other address that serves its key set below
 *   `/.well-known/jwks.json` will do
 */
export function tokenVerifier(issuer: string, clientId: string): TokenVerifier {
  const verifier = JwtVerifier.create(
    {
      issuer,
      // An access token of Cognito names its client in client_id and has no aud.
      audience: null,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      graceSeconds: 0,
    },
    // The library's own fetcher takes https alone, and a pool on this machine has none.
    { jwksCache: new SimpleJwksCache({ fetcher: { fetch: fetchKeySet } }) },
  );

  return {
    async verify(token) {
      if (token.length > MAX_TOKEN || algorithmOf(token) !== 'RS256') return 'invalid';
      let payload: unknown;
      try {
        payload = await verifier.verify(token);
      } catch (error) {
        if (error instanceof JwtExpiredError) return 'expired';
        const isFault = error instanceof FetchError || error instanceof JwksValidationError;
        if (error instanceof JwtBaseError && !isFault) return 'invalid';
        throw error;
      }
      const parsed = claims.safeParse(payload);
      if (!parsed.success || parsed.data.client_id !== clientId) return 'invalid';
      return signedInBy(parsed.data, issuer);
    },
  };
}

function signedInBy(token: z.infer<typeof claims>, issuer: string): SignedIn {
  return {
    userId: signedInId(issuer, token.sub),
    kind: 'user',
    groups: GROUPS.filter((group) => token['cognito:groups'].includes(group)),
    name: token.username,
    tokenExpiresAt: token.exp * 1000,
    signedInAt: token.auth_time * 1000,
  };
}

const header = z.object({ alg: z.string() });

/** Undefined where this is no token. Asked before any key is: the library would also take other algorithms. */
function algorithmOf(token: string): string | undefined {
  try {
    const [first = ''] = token.split('.');
    const parsed = header.safeParse(JSON.parse(Buffer.from(first, 'base64url').toString()));
    return parsed.success ? parsed.data.alg : undefined;
  } catch {
    return undefined;
  }
}

async function fetchKeySet(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_TIMEOUT), redirect: 'error' });
  if (!response.ok) throw new Error(`The key set of the user pool answered ${response.status}`);
  const keys = await response.arrayBuffer();
  if (keys.byteLength > MAX_KEY_SET) throw new Error('The key set of the user pool is too large');
  return keys;
}
