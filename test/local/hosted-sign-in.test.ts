import { createHash, randomBytes } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { CALLBACK, DOMAIN, startUserPools, type UserPoolsFixture } from './user-pools-fixture';

const PASSWORD = 'Correct-horse-1';
const VERIFIER = randomBytes(32).toString('base64url');
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

let fixture: UserPoolsFixture;
let domain: string;

beforeAll(async () => {
  fixture = await startUserPools();
  domain = `${fixture.endpoint}/user-pool-domains/${DOMAIN}`;
  const { client, poolId: UserPoolId } = fixture;
  for (const Username of ['George', 'Ann']) {
    await client.send(new AdminCreateUserCommand({ UserPoolId, Username }));
    const Permanent = Username === 'George';
    await client.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent }),
    );
  }
});
afterAll(() => fixture.close());

/** The query of an app's request, with changes; undefined leaves one out. */
function query(changes: Record<string, string | undefined> = {}): string {
  const all = {
    response_type: 'code',
    client_id: fixture.clientId,
    redirect_uri: CALLBACK,
    state: 'a&b="c"',
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    nonce: 'n-1',
    ...changes,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}

function visit(place: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${domain}/${place}`, { redirect: 'manual', ...init });
}

function submit(
  form: Record<string, string> = { username: 'George', password: PASSWORD },
  headers: Record<string, string> = {},
  changes: Record<string, string | undefined> = {},
): Promise<Response> {
  return visit(`login?${query(changes)}`, { method: 'POST', body: new URLSearchParams(form), headers });
}

async function code(): Promise<string> {
  const location = new URL((await submit()).headers.get('location') ?? '');
  return location.searchParams.get('code') ?? '';
}

async function token(form: Record<string, string>): Promise<[number, Record<string, unknown>]> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: fixture.clientId,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
    ...form,
  });
  const response = await visit('oauth2/token', { method: 'POST', body });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

test('a person comes back to the app with a code and the state, and the app gets its tokens once', async () => {
  const start = await visit(`oauth2/authorize?${query()}`);
  expect(start.status).toBe(303);
  const login = await fetch(new URL(start.headers.get('location') ?? '', fixture.endpoint));
  const page = await login.text();
  expect([login.status, login.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(page).toContain('<label for="password">');
  const back = new URL((await submit()).headers.get('location') ?? '');
  expect([`${back.origin}${back.pathname}`, back.searchParams.get('state')]).toEqual([CALLBACK, 'a&b="c"']);

  const given = back.searchParams.get('code') ?? '';
  const [status, tokens] = await token({ code: given });
  expect([status, tokens['token_type'], tokens['expires_in']]).toEqual([200, 'Bearer', 3600]);
  expect(decodeJwt(String(tokens['access_token']))).toMatchObject({ scope: 'openid', username: 'George' });
  expect(decodeJwt(String(tokens['id_token']))).toMatchObject({ nonce: 'n-1', aud: fixture.clientId });
  expect(await token({ code: given })).toEqual([400, { error: 'invalid_grant' }]);

  const renewal = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) };
  const [renewed, again] = await token(renewal);
  expect([renewed, decodeJwt(String(again['access_token']))['scope']]).toEqual([200, 'openid']);
  const revocation = new URLSearchParams({
    token: renewal.refresh_token,
    client_id: fixture.clientId,
  });
  expect((await visit('oauth2/revoke', { method: 'POST', body: revocation })).status).toBe(200);
  expect(await token(renewal)).toEqual([400, { error: 'invalid_grant' }]);
});

describe('an app that asks wrongly', () => {
  test.each([
    ['an unknown client', { client_id: 'other' }],
    ['an address of another host', { redirect_uri: 'https://example.com/' }],
    ['an address that only begins alike', { redirect_uri: `${CALLBACK}more` }],
    ['an address with a query', { redirect_uri: `${CALLBACK}?x=1` }],
    ['no address', { redirect_uri: undefined }],
  ])('%s is told to the person, and nobody is sent on', async (_what, changes) => {
    for (const place of ['oauth2/authorize', 'login']) {
      const response = await visit(`${place}?${query(changes)}`);
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    }
    const response = await submit({ username: 'George', password: PASSWORD }, {}, changes);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });

  test.each([
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['PKCE that is plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge that is no hash', { code_challenge: 'short' }, 'invalid_request'],
    ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['a scope that is not its own', { scope: 'openid email' }, 'invalid_scope'],
  ])('%s is told to the app at its own address', async (_what, changes, error) => {
    const response = await visit(`oauth2/authorize?${query(changes)}`);
    const location = new URL(response.headers.get('location') ?? '');
    expect([`${location.origin}${location.pathname}`, location.searchParams.get('error')]).toEqual([
      CALLBACK,
      error,
    ]);
    expect(location.searchParams.get('state')).toBe('a&b="c"');
  });
});

describe('a code', () => {
  test.each([
    ['another verifier', { code_verifier: randomBytes(32).toString('base64url') }, 'invalid_grant'],
    ['no verifier', { code_verifier: '' }, 'invalid_grant'],
    ['another address', { redirect_uri: 'http://localhost:5173' }, 'invalid_grant'],
    ['another client', { client_id: 'other' }, 'invalid_client'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('with %s gives no token', async (_what, changes, error) => {
    expect(await token({ code: await code(), ...changes })).toEqual([400, { error }]);
  });

  test('is over after five minutes', async () => {
    const given = await code();
    fixture.pass(5 * 60_000);
    expect(await token({ code: given })).toEqual([400, { error: 'invalid_grant' }]);
  });
});

describe('the page', () => {
  test.each([
    [{ username: 'George', password: 'wrong' }, 'Incorrect username or password.'],
    [{ username: 'Nobody', password: PASSWORD }, 'Incorrect username or password.'],
    [{ username: 'Ann', password: PASSWORD }, 'This password is a temporary one.'],
  ])('tells whoever enters %j: %s', async (form, problem) => {
    const response = await submit(form);
    expect([response.status, response.headers.get('location')]).toEqual([401, null]);
    expect(await response.text()).toContain(problem);
  });

  test('shows what was entered as text, never as markup', async () => {
    const response = await submit({ username: '"><script>alert(1)</script>', password: 'x' });
    expect(await response.text()).not.toContain('<script>');
    const page = await visit(`login?${query({ state: '"><script>' })}`);
    expect(await page.text()).not.toContain('<script>');
  });

  test('lets itself be framed by nobody, loads nothing, and leads to the app alone', async () => {
    const { headers } = await visit(`login?${query()}`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http://localhost:5173; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });

  test('takes no form from a page of another origin', async () => {
    const form = { username: 'George', password: PASSWORD };
    const own = await submit(form, { origin: fixture.endpoint });
    expect(own.status).toBe(303);
    for (const origin of ['http://localhost:5173', 'null']) {
      const response = await submit(form, { origin });
      expect([response.status, response.headers.get('location')]).toEqual([403, null]);
    }
  });

  test('of the way out leads only where the app may', async () => {
    const leave = (uri: string) =>
      visit(`logout?client_id=${fixture.clientId}&logout_uri=${encodeURIComponent(uri)}`);
    expect((await leave(CALLBACK)).headers.get('location')).toBe(CALLBACK);
    const elsewhere = await leave('https://example.com/');
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([400, null]);
  });
});
