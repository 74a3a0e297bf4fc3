import type { ClientSettings } from '../settings';
import type { UserPool } from '../user-pool';

/** What an app asks for when it sends somebody to sign in. */
export interface AuthorizationRequest {
  readonly client: ClientSettings;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  /** Words with spaces between, each allowed to the client. */
  readonly scope: string;
  /** S256 of the verifier that the app shows when it fetches its tokens. */
  readonly codeChallenge: string;
}

/**
 * Either a request; or what is wrong with it, told to the app at its own address; or, where that address is not
 * certain, to the person who looks at the browser. Nobody is ever sent to an address that the client does not list.
 */
export type ParsedRequest =
  { readonly request: AuthorizationRequest } | { readonly redirect: string } | { readonly problem: string };

/** Source: https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html */
export function parseAuthorizationRequest(pool: UserPool, query: URLSearchParams): ParsedRequest {
  const client = pool.clients.get(query.get('client_id') ?? '');
  if (client === undefined || !client.codeGrant) return { problem: 'This app is not known here.' };
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!client.callbackUrls.includes(redirectUri))
    return { problem: 'The address to come back to is not one that this app may use.' };

  const state = query.get('state') ?? undefined;
  const refuse = (error: string, description: string): ParsedRequest => ({
    redirect: withParameters(redirectUri, { error, error_description: description, state }),
  });
  if (query.get('response_type') !== 'code')
    return refuse('unsupported_response_type', 'response_type must be code');
  const codeChallenge = query.get('code_challenge') ?? '';
  if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(codeChallenge))
    return refuse('invalid_request', 'A code_challenge by S256 is required');
  const scope = query.get('scope') ?? client.scopes.join(' ');
  if (!scope.split(' ').every((word) => client.scopes.includes(word)))
    return refuse('invalid_scope', 'A scope is not allowed to this client');
  const nonce = query.get('nonce') ?? undefined;
  return { request: { client, redirectUri, state, nonce, scope, codeChallenge } };
}

/** An address with these parameters added to its query; those that are undefined are left out. */
export function withParameters(
  address: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
