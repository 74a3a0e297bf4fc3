import type { IncomingMessage, ServerResponse } from 'node:http';
import { USER_POOL_DOMAINS_PATH } from '../../addresses';
import type { Clock } from '../../clock';
import type { HttpHandler } from '../../server';
import { ServiceError } from '../../service';
import { readBody } from '../../wire/read-body';
import type { UserPool } from '../user-pool';
import type { UserPools } from '../user-pools';
import {
  parseAuthorizationRequest,
  withParameters,
  type AuthorizationRequest,
} from './authorization-request';
import { Codes } from './codes';
import { loginPage, problemPage, sendPage } from './pages';
import { answerRevocation, answerTokenRequest, type OAuthAnswer } from './token-endpoint';

const PATH = new RegExp(`^(${USER_POOL_DOMAINS_PATH}/([a-z0-9-]+))/([a-z0-9/]+)$`);

/** One request to a domain. `base` is the domain's path here, e.g. `/user-pool-domains/parley-dev`. */
interface Visit {
  readonly pool: UserPool;
  readonly base: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * What the domain of a user pool offers: `/oauth2/authorize` and `/login`, `/oauth2/token`, `/oauth2/revoke`, `/logout`,
 * for the code grant of apps without a secret, with PKCE. Nobody stays signed in here beyond the app: each visit to
 * `/oauth2/authorize` asks for the password.
 * Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html
 */
export function createHostedSignIn(pools: UserPools, clock: Clock): HttpHandler {
  const codes = new Codes(clock);
  return async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '/').split('?');
    const [, base = '', prefix = '', place = ''] = PATH.exec(path) ?? [];
    const pool = pools.ofDomain(prefix);
    if (pool === undefined) return false;
    const visit = { pool, base, query: new URLSearchParams(query), request, response };
    switch (`${request.method === 'HEAD' ? 'GET' : request.method} ${place}`) {
      case 'GET oauth2/authorize':
        withRequest(visit, () => redirect(response, `${base}/login?${visit.query.toString()}`));
        return true;
      case 'GET login':
        withRequest(visit, ({ redirectUri }) =>
          sendPage(response, 200, loginPage(actionOf(visit)), redirectUri),
        );
        return true;
      case 'POST login':
        await login(visit, codes);
        return true;
      case 'GET logout':
        logout(visit);
        return true;
      case 'POST oauth2/token':
        sendOAuth(response, await answerTokenRequest(pool, codes, await formOf(request)));
        return true;
      case 'POST oauth2/revoke':
        sendOAuth(response, answerRevocation(pool, await formOf(request)));
        return true;
      default:
        return false;
    }
  };
}

/** Goes on with the request that the query makes, or answers with what is wrong with it. */
function withRequest({ pool, query, response }: Visit, go: (request: AuthorizationRequest) => void): void {
  const parsed = parseAuthorizationRequest(pool, query);
  if ('problem' in parsed) sendPage(response, 400, problemPage(parsed.problem));
  else if ('redirect' in parsed) redirect(response, parsed.redirect);
  else go(parsed.request);
}

async function login(visit: Visit, codes: Codes): Promise<void> {
  const { pool, query, request, response } = visit;
  // Another page must not sign somebody in, not even one of this machine.
  const { origin, host } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`)
    return sendPage(response, 403, problemPage('Please sign in on the page of the sign-in itself.'));
  const form = await formOf(request);
  const parsed = parseAuthorizationRequest(pool, query);
  if (!('request' in parsed)) return withRequest(visit, () => {});
  const { client, redirectUri, state } = parsed.request;
  const username = form.get('username') ?? '';
  const refuse = (problem: string) =>
    sendPage(response, 401, loginPage(actionOf(visit), problem, username), redirectUri);
  try {
    const { user, mustChange } = await pool.authenticate(client, username, form.get('password') ?? '');
    if (mustChange)
      return refuse('This password is a temporary one. Whoever added you can set one that stays.');
    const code = codes.issue(parsed.request, user.sub);
    redirect(response, withParameters(redirectUri, { code, state }));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    refuse(error.message);
  }
}

/** Nothing is to be forgotten here: the app's tokens are its own to drop or to revoke. */
function logout({ pool, query, response }: Visit): void {
  const client = pool.clients.get(query.get('client_id') ?? '');
  const target = query.get('logout_uri') ?? '';
  if (client?.logoutUrls.includes(target) === true) redirect(response, target);
  else sendPage(response, 400, problemPage('The address to go on to is not one that this app may use.'));
}

function actionOf({ base, query }: Visit): string {
  return `${base}/login?${query.toString()}`;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(request)).toString('utf8'));
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
}

/** Any page may read it: what it asks with is the secret, and no cookie goes along. */
function sendOAuth(response: ServerResponse, { status, body }: OAuthAnswer): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    })
    .end(JSON.stringify(body));
}
