import { tokenVerifier } from '../../handlers/aws/token-verifier';
import type { Access } from '../../handlers/chat/access';
import { guestId, signedInId } from '../../handlers/chat/ids';
import { issueTicket } from '../../handlers/http/issue-ticket';
import { authorize } from '../../handlers/websocket/authorize';
import { startIssuer, type Issuer } from '../support/issuer';
import { capturedLog } from '../support/memory/captured-log';
import { world } from '../support/memory/world';

const HOME = 'https://chat.example';
const METHOD = 'arn:aws:execute-api:us-east-1:000000000000:api/dev/$connect';
let pool: Issuer;
let userId: string;

beforeAll(async () => {
  pool = await startIssuer();
  userId = signedInId(pool.issuer, 'sub-of-ann');
});
afterAll(() => pool.close());

interface Shown {
  readonly origin?: string | undefined;
  readonly authorization?: string | readonly string[] | undefined;
  readonly protocols?: string | undefined;
  readonly ticket?: string | readonly string[] | undefined;
}

/** A door with its ports, and what it answers to what is shown: 200, 401, 403, or 500. */
function door(access: Access = 'cognito', allowedOrigins: readonly string[] = [HOME]) {
  const it = world();
  const { log, lines } = capturedLog();
  const tokens = tokenVerifier(pool.issuer, pool.clientId);
  // Tokens go by the real time.
  it.clock.time = Date.now();
  const ports = { ...it, log, tokens, access, allowedOrigins };
  const ask = (shown: Shown) =>
    authorize(
      {
        type: 'REQUEST',
        methodArn: METHOD,
        requestContext: { connectionId: 'abc=', requestId: 'request' },
        multiValueHeaders: {
          Host: ['chat.example'],
          ...(shown.origin === undefined ? {} : { Origin: [shown.origin] }),
          ...(shown.authorization === undefined ? {} : { Authorization: [shown.authorization].flat() }),
          ...(shown.protocols === undefined ? {} : { 'Sec-WebSocket-Protocol': [shown.protocols] }),
        },
        ...(shown.ticket === undefined
          ? {}
          : { multiValueQueryStringParameters: { ticket: [shown.ticket].flat() } }),
      },
      ports,
    );
  const status = async (shown: Shown) => {
    try {
      return (await ask(shown)).policyDocument.Statement[0]?.Effect === 'Allow' ? 200 : 403;
    } catch (error) {
      return error instanceof Error && error.message === 'Unauthorized' ? 401 : 500;
    }
  };
  const askForTicket = (origin: string | undefined, token: string) => {
    const headers = { authorization: `Bearer ${token}`, ...(origin === undefined ? {} : { origin }) };
    return issueTicket({ headers, requestContext: { requestId: 'request' } }, ports);
  };
  const ticket = async (origin: string | undefined, token: string) => {
    const answer = await askForTicket(origin, token);
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
    return (JSON.parse(answer.body ?? '') as { ticket: string }).ticket;
  };
  return { ask, status, askForTicket, ticket, lines, ...it };
}

describe('who is signed in comes in', () => {
  it('by header, by subprotocol or by ticket, and $connect hears who it is', async () => {
    const token = await pool.token({ 'cognito:groups': ['moderators', 'agents'] });
    const { ask, ticket } = door();
    const ways: Shown[] = [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}`, origin: HOME },
      { protocols: `parley.v1, bearer.${token}` },
      { ticket: await ticket(HOME, token), origin: HOME },
      { ticket: await ticket(undefined, token) },
    ];
    const { exp = 0, auth_time } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      exp?: number;
      auth_time: number;
    };
    for (const way of ways) {
      expect(await ask(way)).toEqual({
        principalId: userId,
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: METHOD }],
        },
        context: {
          ...{ userId, kind: 'user', name: 'ann', groups: 'agents,moderators' },
          ...{ tokenExpiresAt: exp * 1000, signedInAt: auth_time * 1000 },
        },
      });
    }
  });
});

describe('a credential', () => {
  it.each<[string, number, (token: string) => Shown]>([
    ['that is missing', 401, () => ({})],
    ['that is a guest’s secret', 401, () => ({ protocols: 'parley.v1, guest.12345678' })],
    ['with no word', 401, () => ({ authorization: 'Bearer ' })],
    ['of another scheme', 401, () => ({ authorization: 'Basic YTpi' })],
    ['without a scheme', 401, (token) => ({ authorization: token })],
    ['in two schemes', 401, (token) => ({ authorization: `Basic YTpi, Bearer ${token}` })],
    ['in two headers', 401, (token) => ({ authorization: [`Bearer ${token}`, `Bearer ${token}`] })],
    [
      'in header and subprotocol',
      401,
      (token) => ({
        authorization: `Bearer ${token}`,
        protocols: `parley.v1, bearer.${token}`,
      }),
    ],
    [
      'beside a guest’s secret',
      401,
      (token) => ({ protocols: `parley.v1, bearer.${token}, guest.12345678` }),
    ],
    ['twice among the subprotocols', 401, (token) => ({ protocols: `parley.v1, bearer.${token}, bearer.x` })],
    ['without our subprotocol beside it', 401, (token) => ({ protocols: `bearer.${token}` })],
    ['that is an empty subprotocol', 401, () => ({ protocols: 'parley.v1, bearer.' })],
    ['that is huge', 401, () => ({ authorization: `Bearer ${'A'.repeat(9000)}` })],
    ['that is no token', 401, () => ({ authorization: 'Bearer x.y.z' })],
    ['that is a ticket of another form', 401, () => ({ ticket: '../../etc' })],
    ['that is an unknown ticket', 401, () => ({ ticket: 'A'.repeat(43) })],
    ['that is two tickets', 401, () => ({ ticket: ['A'.repeat(43), 'B'.repeat(43)] })],
    [
      'that is good, from a foreign page',
      403,
      (token) => ({
        authorization: `Bearer ${token}`,
        origin: 'https://evil.example',
      }),
    ],
    ['from a page without an origin', 403, (token) => ({ authorization: `Bearer ${token}`, origin: 'null' })],
    [
      'from a page of the same host and another scheme',
      403,
      (token) => ({
        authorization: `Bearer ${token}`,
        origin: 'http://chat.example',
      }),
    ],
    [
      'from a page whose origin begins with ours',
      403,
      (token) => ({
        authorization: `Bearer ${token}`,
        origin: `${HOME}.evil.example`,
      }),
    ],
  ])('%s is answered %i', async (_, expected, shown) => {
    const { status } = door();
    expect(await status(shown(await pool.token()))).toBe(expected);
  });

  it('may come from no page at all where no list is set, and from any where guests may come in', async () => {
    const authorization = `Bearer ${await pool.token()}`;
    expect(await door('cognito', []).status({ authorization, origin: HOME })).toBe(403);
    expect(await door('cognito', []).status({ authorization })).toBe(200);
    expect(await door('guests', []).status({ authorization, origin: 'null' })).toBe(200);
    expect(await door('guests').status({ authorization, origin: 'null' })).toBe(403);
  });

  it('is not asked of guests where they may come in, and a bad one does not make a guest', async () => {
    const { ask, status } = door('guests');
    const newcomer = { kind: 'guest', userId: expect.stringMatching(/^g_/) as unknown, kept: 'false' };
    expect(await ask({})).toMatchObject({ context: newcomer });
    const known = { kind: 'guest', userId: guestId('12345678'), kept: 'true' };
    expect(await ask({ protocols: 'guest.12345678' })).toMatchObject({ context: known });
    expect(await ask({ protocols: 'guest.short' })).toMatchObject({ context: { kind: 'guest' } });
    expect(await status({ authorization: 'Bearer x.y.z' })).toBe(401);
    expect(await ask({ authorization: `Bearer ${await pool.token()}` })).toMatchObject({
      context: { userId },
    });
  });

  it('that cannot be verified is a fault, because nobody knows whether it is good', async () => {
    const { status } = door();
    pool.answer(503);
    expect(await status({ authorization: `Bearer ${await pool.token()}` })).toBe(500);
    pool.answer(200);
  });
});

describe('a ticket', () => {
  it('lets in once, because whoever reads it in an address later is too late', async () => {
    const { status, ticket } = door();
    const shown = { ticket: await ticket(HOME, await pool.token()), origin: HOME };
    const all = await Promise.all([1, 2, 3].map(() => status(shown)));
    expect(all.toSorted()).toEqual([200, 401, 401]);
    expect(await status(shown)).toBe(401);
  });

  it('is over after 30 seconds, to the millisecond', async () => {
    const { status, ticket, clock } = door();
    const [one, other] = [await ticket(HOME, await pool.token()), await ticket(HOME, await pool.token())];
    clock.advance(29_999);
    expect(await status({ ticket: one, origin: HOME })).toBe(200);
    clock.advance(1);
    expect(await status({ ticket: other, origin: HOME })).toBe(401);
  });

  it('belongs to the page that asked for it, and is spent where another shows it', async () => {
    const { status, ticket } = door('cognito', [HOME, 'https://other.example']);
    const token = await pool.token();
    const stolen = await ticket(HOME, token);
    expect(await status({ ticket: stolen, origin: 'https://other.example' })).toBe(401);
    expect(await status({ ticket: stolen, origin: HOME })).toBe(401);
    expect(await status({ ticket: await ticket(HOME, token) })).toBe(401);
    expect(await status({ ticket: await ticket(undefined, token), origin: HOME })).toBe(401);
  });

  it('lasts no longer than its token', async () => {
    const { status, ticket, clock } = door();
    const one = await ticket(HOME, await pool.token({ exp: Math.floor(Date.now() / 1000) + 10 }));
    clock.advance(11_000);
    expect(await status({ ticket: one, origin: HOME })).toBe(401);
  });

  it('is stored as a hash alone', async () => {
    const { ticket, tickets } = door();
    const one = await ticket(HOME, await pool.token());
    expect(tickets.rows.size).toBe(1);
    expect(JSON.stringify([...tickets.rows])).not.toContain(one);
  });
});

describe('a person', () => {
  it('who is banned is answered 403 however good the credential is', async () => {
    const { status, ticket, users } = door();
    const token = await pool.token();
    const one = await ticket(HOME, token);
    await users.ban(userId, { at: Date.now(), name: 'ann' });
    expect(await status({ authorization: `Bearer ${token}` })).toBe(403);
    expect(await status({ ticket: one, origin: HOME })).toBe(403);
    await users.unban(userId);
    expect(await status({ authorization: `Bearer ${token}` })).toBe(200);
  });

  it('who has signed out needs another sign-in, for a token that was refreshed has the old one', async () => {
    const { status, ticket, users } = door();
    const signedInAt = Math.floor(Date.now() / 1000) - 100;
    const token = await pool.token({ auth_time: signedInAt });
    const one = await ticket(HOME, token);
    await users.signOut(userId, { at: (signedInAt + 50) * 1000, name: 'ann' });
    expect(await status({ authorization: `Bearer ${token}` })).toBe(401);
    expect(await status({ ticket: one, origin: HOME })).toBe(401);
    expect(
      await status({ authorization: `Bearer ${await pool.token({ auth_time: signedInAt + 51 })}` }),
    ).toBe(200);
  });
});

it('a ticket that is refused says whether it is the person who is, because only then no other token lets them in', async () => {
  const { askForTicket, users } = door();
  const token = await pool.token();
  const answer = async (origin: string, shown: string) => {
    const { statusCode, body } = await askForTicket(origin, shown);
    return [statusCode, JSON.parse(body ?? '') as unknown];
  };
  expect(await answer(HOME, 'x.y.z')).toEqual([401, { error: 'unauthorized' }]);
  expect(await answer(HOME, await pool.token({ exp: 1 }))).toEqual([401, { error: 'unauthorized' }]);
  expect(await answer('https://evil.example', token)).toEqual([403, { error: 'permission_denied' }]);
  await users.signOut(userId, { at: Date.now() + 1000, name: 'ann' });
  expect(await answer(HOME, token)).toEqual([401, { error: 'unauthorized', reason: 'signed_out' }]);
  await users.ban(userId, { at: Date.now(), name: 'ann' });
  expect(await answer(HOME, token)).toEqual([403, { error: 'permission_denied', reason: 'banned' }]);
});

it('a log line says why, by ids, and never what was shown', async () => {
  const { status, lines } = door();
  const token = await pool.token({ exp: 1 });
  await status({ authorization: `Bearer ${token}` });
  await status({ protocols: 'parley.v1, guest.a-secret-of-mine' });
  await status({ ticket: 'T'.repeat(43) });
  const text = JSON.stringify(lines);
  for (const reason of ['token_expired', 'no_credential', 'ticket_unknown']) expect(text).toContain(reason);
  for (const secret of [token, 'a-secret-of-mine', 'TTTT', 'ann']) expect(text).not.toContain(secret);
});
