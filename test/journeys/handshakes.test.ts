import { setTimeout as pause } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { UpdateItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { decodeJwt } from 'jose';
import { findInstallation, type Installation } from '../../bin/operations/installation';
import { runUserCommand } from '../../bin/operations/users';
import type { UserRequest } from '../../bin/operations/user-command-line';
import { ticketHash } from '../../handlers/chat/ids';
import { createCredentials, OPERATOR_KEY, type AccessKey } from '../../local/credentials';
import type { Runtime } from '../../local/runtime';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { encoded, ForgedTokens, tampered } from '../support/forged-tokens';
import { handshake, type Handshake } from '../support/handshake';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';
import { Wscat } from '../support/wscat';

const ORIGIN = 'https://chat.example';
const OTHER_ORIGIN = 'https://help.example';
const SECRET = 'guest.0123456789abcdef0123456789abcdef';
const PATIENCE = { timeout: 20_000, interval: 50 };

/** Status of the answer, what is tried, and how. */
type Row = readonly [status: number, what: string, how: () => Promise<Handshake> | Handshake];

const bearer = (token: string, headers: Handshake['headers'] = {}): Handshake => ({
  headers: { Authorization: `Bearer ${token}`, ...headers },
});
const fromPage = (Origin: string | string[]): Handshake => ({ headers: { Origin } });

/** A running Parley with people who can sign in, and whatever forgers need. */
class Door {
  token = '';
  private constructor(
    readonly runtime: Runtime,
    readonly deployed: Deployed,
    readonly pool: UserPool,
    readonly forged: ForgedTokens,
    readonly installation: Installation,
  ) {}

  static async open(context: Record<string, string>): Promise<Door> {
    const runtime = await startTestRuntime({
      context: { allowedOrigins: `${ORIGIN},${OTHER_ORIGIN}`, ...context },
    });
    const pool = new UserPool(runtime);
    const forged = await ForgedTokens.of(runtime, pool);
    const installation = await findInstallation({ endpoint: runtime.endpoint });
    const door = new Door(runtime, new Deployed(runtime.endpoint), pool, forged, installation);
    door.token = await door.signedIn('Ann');
    return door;
  }

  /** The token of a new person. */
  async signedIn(name: string): Promise<string> {
    await this.pool.add(name);
    return this.pool.signIn(name);
  }

  /** A ticket that a page of this origin gets, or a tool. */
  async ticket(token = this.token, origin?: string): Promise<string> {
    const response = await fetch(`${this.pool.output('HttpUrl')}/tickets`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, ...(origin === undefined ? {} : { Origin: origin }) },
    });
    expect(response.status).toBe(200);
    return ((await response.json()) as { ticket: string }).ticket;
  }

  /** `npm run user` */
  run(request: UserRequest): Promise<void> {
    return runUserCommand(request, this.installation, () => {});
  }

  shake(how: Handshake): Promise<number> {
    return handshake(this.runtime.url, how);
  }

  async close(): Promise<void> {
    this.installation.close();
    this.pool.close();
    this.deployed.close();
    await this.runtime.close();
  }
}

let door: Door;
const forge = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  door.forged.token(claims, header).then((token) => bearer(token));
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** Every credential that is none, wherever people sign in. None of them makes a guest of its holder either. */
const NO_CREDENTIALS: Row[] = [
  [401, 'an Authorization without a token', () => ({ headers: { Authorization: 'Bearer' } })],
  [401, 'an Authorization with an empty token', () => ({ headers: { Authorization: 'Bearer ' } })],
  [401, 'an empty Authorization', () => ({ headers: { Authorization: '' } })],
  [401, 'another scheme', () => ({ headers: { Authorization: 'Basic YW5uOmFubg==' } })],
  [401, 'a token without its scheme', () => ({ headers: { Authorization: door.token } })],
  [401, 'a token with a word behind it', () => bearer(`${door.token} more`)],
  [
    401,
    'two Authorization headers',
    () => bearer('', { Authorization: [`Bearer ${door.token}`, 'Basic eA=='] }),
  ],
  [
    401,
    'a token twice',
    () => bearer('', { Authorization: [`Bearer ${door.token}`, `Bearer ${door.token}`] }),
  ],
  [401, 'no token at all, but text', () => bearer('hello')],
  [401, 'a token that lacks its signature', () => bearer(door.token.split('.').slice(0, 2).join('.'))],
  [401, 'a token with an empty signature', () => bearer(door.token.replace(/[^.]*$/, ''))],
  [401, 'a token with a part too many', () => bearer(`${door.token}.x`)],
  [401, 'a huge token', () => forge({ padding: 'x'.repeat(7_000) })],
  [401, 'a token with a changed claim', () => bearer(tampered(door.token, { username: 'Mallory' }))],
  [
    401,
    'a token with groups added',
    () => bearer(tampered(door.token, { 'cognito:groups': ['moderators'] })),
  ],
  [401, 'a token with a later end', () => bearer(tampered(door.token, { exp: inSeconds(86_400) }))],
  [401, 'a token with a changed signature', () => bearer(flipped(door.token))],
  [401, 'alg none', async () => bearer(await door.forged.unsigned('none'))],
  [401, 'alg None', async () => bearer(await door.forged.unsigned('None'))],
  [401, 'alg none with a signature', async () => bearer(await door.forged.unsigned('none', 'c2ln'))],
  [401, 'alg HS256 with the public key', async () => bearer(await door.forged.byPublicKey())],
  [
    401,
    'alg HS256 with an empty key id',
    () => door.forged.token({}, { alg: 'HS256', kid: '' }, new Uint8Array(32)).then((token) => bearer(token)),
  ],
  [401, 'no alg', () => bearer(`${encoded({ kid: 'x' })}.${encoded({})}.c2ln`)],
  [401, 'the key of somebody else', async () => bearer(await door.forged.byAnotherKey())],
  [401, 'an unknown key id', () => forge({}, { kid: 'unknown' })],
  [401, 'no key id', () => forge({}, { kid: undefined })],
  [401, 'the key id __proto__', () => forge({}, { kid: '__proto__' })],
  [401, 'a payload that is no object', () => bearer(`${door.token.split('.')[0]}.${encoded([])}.c2ln`)],
  [401, 'a token that has ended', () => forge({ exp: inSeconds(-1) })],
  [401, 'a token that ended long ago', () => forge({ iat: 1, auth_time: 1, exp: 3601 })],
  [401, 'a token without an end', () => forge({ exp: undefined })],
  [401, 'an end that is no number', () => forge({ exp: 'never' })],
  [401, 'a token that is not valid yet', () => forge({ nbf: inSeconds(3600) })],
  [401, 'the token of another pool', () => forge({ iss: `${door.forged.issuer}x` })],
  [401, 'an issuer that only begins alike', () => forge({ iss: `${door.forged.issuer}/` })],
  [401, 'the issuer on AWS', () => forge({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a' })],
  [401, 'no issuer', () => forge({ iss: undefined })],
  [401, 'the token of another client', () => forge({ client_id: 'other' })],
  [401, 'no client', () => forge({ client_id: undefined })],
  [
    401,
    'the client as audience',
    () => forge({ client_id: undefined, aud: door.pool.output('UserPoolClientId') }),
  ],
  [401, 'an ID token', async () => bearer(await idToken())],
  [401, 'an access token that says it is an ID token', () => forge({ token_use: 'id' })],
  [401, 'a token of no use', () => forge({ token_use: undefined })],
  [401, 'a refresh token', async () => bearer(await refreshToken())],
  [401, 'nobody', () => forge({ sub: undefined })],
  [401, 'no name', () => forge({ username: undefined })],
  [401, 'a time of sign-in that is missing', () => forge({ auth_time: undefined })],
  [401, 'an empty ticket', () => ({ query: 'ticket=' })],
  [401, 'a made-up ticket', () => ({ query: `ticket=${'A'.repeat(43)}` })],
  [401, 'a token for a ticket', () => ({ query: `ticket=${door.token}` })],
  [
    401,
    'two tickets',
    async () => ({ query: `ticket=${await door.ticket()}&ticket=${await door.ticket()}` }),
  ],
  [
    401,
    'a ticket and a token',
    async () => ({ query: `ticket=${await door.ticket()}`, ...bearer(door.token) }),
  ],
  [
    401,
    'a token twice over',
    () => ({ ...bearer(door.token), protocols: ['parley.v1', `bearer.${door.token}`] }),
  ],
  [401, 'a replayed ticket', async () => ({ query: `ticket=${await spentTicket()}` })],
  [401, 'an expired ticket', async () => ({ query: `ticket=${await expiredTicket()}` })],
  [401, 'the ticket of another page', () => ticketOf(OTHER_ORIGIN, ORIGIN)],
  [401, 'the ticket of a page, without it', () => ticketOf(ORIGIN, undefined)],
  [401, 'the ticket of a tool, from a page', () => ticketOf(undefined, ORIGIN)],
  [401, 'a subprotocol with a token alone', () => ({ protocols: [`bearer.${door.token}`] })],
  [401, 'a subprotocol with an empty token', () => ({ protocols: ['parley.v1', 'bearer.'] })],
  [
    401,
    'a subprotocol with a bad token',
    () => ({ protocols: ['parley.v1', `bearer.${flipped(door.token)}`] }),
  ],
  [401, 'a guest secret and a token', () => ({ ...bearer(door.token), protocols: [SECRET] })],
  [403, 'a foreign page', () => fromPage('https://example.com')],
  [403, 'a foreign page with a token', () => bearer(door.token, { Origin: 'https://example.com' })],
  [403, 'a page without an origin of its own', () => bearer(door.token, { Origin: 'null' })],
  [403, 'a page below an allowed origin', () => bearer(door.token, { Origin: `${ORIGIN}.example.com` })],
  [403, 'an allowed origin with a path', () => bearer(door.token, { Origin: `${ORIGIN}/` })],
  [403, 'an allowed origin by another scheme', () => bearer(door.token, { Origin: 'http://chat.example' })],
  [403, 'an allowed origin at another port', () => bearer(door.token, { Origin: `${ORIGIN}:8443` })],
  [403, 'two origins', () => bearer(door.token, { Origin: [ORIGIN, 'https://example.com'] })],
  [403, 'an empty origin', () => bearer(door.token, { Origin: '' })],
];

/** Every way in. */
const WAYS_IN: Row[] = [
  [101, 'a token in the header', () => bearer(door.token)],
  [
    101,
    'a token by the scheme in lower case',
    () => ({ headers: { authorization: `bearer ${door.token}` } }),
  ],
  [101, 'a token from an allowed page', () => bearer(door.token, { Origin: ORIGIN })],
  [101, 'a token as subprotocol', () => ({ protocols: ['parley.v1', `bearer.${door.token}`] })],
  [101, 'a token as the first subprotocol', () => ({ protocols: [`bearer.${door.token}`, 'parley.v1'] })],
  [101, 'a ticket of a tool', () => ticketOf(undefined, undefined)],
  [101, 'a ticket of the page that asked for it', () => ticketOf(ORIGIN, ORIGIN)],
  [
    101,
    'a token made as forgers make theirs, with nothing wrong in it',
    () => forge({ username: 'Control' }),
  ],
];

/** People for whom it is closed, and what else stands in the way. */
const PEOPLE: Row[] = [
  [401, 'a person who signed out', async () => bearer(await afterwards('Bob', 'sign-out'))],
  [401, 'a person who was removed', async () => bearer(await afterwards('Carl', 'remove'))],
  [403, 'a person who is banned', async () => bearer(await afterwards('Dora', 'ban'))],
  [401, 'the ticket of a person who signed out', () => ticketAfterwards('Emil', 'sign-out')],
  [403, 'the ticket of a person who is banned', () => ticketAfterwards('Fred', 'ban')],
  [
    101,
    'a person who may come in again',
    async () => {
      const token = await afterwards('Gina', 'ban');
      await door.run({ command: 'unban', name: 'Gina' });
      return bearer(token);
    },
  ],
  [101, 'a person who signed in again', async () => bearer(await signedInAgain('Hugo'))],
  [403, 'a room that does not exist', () => ({ ...bearer(door.token), query: 'room=r_00000000000000' })],
  [400, 'a version of WebSocket that is not 13', () => bearer(door.token, { 'Sec-WebSocket-Version': '8' })],
  [400, 'no key', () => bearer(door.token, { 'Sec-WebSocket-Key': undefined })],
  [403, 'another stage', () => ({ ...bearer(door.token), path: '/prod' })],
];

const STRANGERS: Row[] = [
  [401, 'nothing at all', () => ({})],
  [401, 'a name alone', () => ({ query: 'name=Mallory' })],
  [401, 'an allowed page alone', () => fromPage(ORIGIN)],
  [401, 'a token in the query', () => ({ query: `access_token=${door.token}&token=${door.token}` })],
  [401, 'a guest secret', () => ({ protocols: ['parley.v1', SECRET] })],
];

const GUESTS: Row[] = [
  [101, 'nothing at all', () => ({})],
  [101, 'a name alone', () => ({ query: 'name=George' })],
  [101, 'an allowed page alone', () => fromPage(ORIGIN)],
  [101, 'a guest secret', () => ({ protocols: ['parley.v1', SECRET] })],
  [401, 'two guest secrets', () => ({ protocols: [SECRET, `${SECRET}0`] })],
  [400, 'a guest secret that is too short', () => ({ protocols: ['guest.x'] })],
];

describe('S1, three modes: with access=cognito, the answer to', () => {
  beforeAll(async () => {
    door = await Door.open({ access: 'cognito', connectsPerMinute: '15' });
  }, 90_000);
  afterAll(() => door.close());

  answers([...STRANGERS, ...NO_CREDENTIALS, ...WAYS_IN, ...PEOPLE]);

  test('S3, Lambda authorizer; S3, 401 and 403: wscat comes in by a header or a ticket, and is told how it was refused', async () => {
    const { url } = door.runtime;
    const token = await door.signedIn('Jane');
    const header = (value: string) => ['-H', `Authorization: Bearer ${value}`];
    const refused = async (status: number, address: string, options: readonly string[] = []) => {
      const terminal = new Wscat(address, options);
      await terminal.ended;
      expect(terminal.output).toContain(`error: Unexpected server response: ${status}`);
    };
    const admitted = async (address: string, options: readonly string[] = []) => {
      const terminal = new Wscat(address, options);
      await terminal.ready();
      await terminal.end();
    };
    await Promise.all([
      refused(401, url),
      refused(401, url, header(flipped(token))),
      refused(401, `${url}?ticket=${'A'.repeat(43)}`),
      refused(401, url, header(tampered(token, { 'cognito:groups': ['moderators'] }))),
      refused(403, url, header(await afterwards('Kate', 'ban'))),
      refused(403, url, [...header(token), '-o', 'https://example.com']),
      admitted(url, header(token)),
      admitted(`${url}?ticket=${await door.ticket(token)}`),
    ]);
  }, 60_000);

  test('429: a person who connects too often, once the 15 of a minute are used up', async () => {
    const token = await door.signedIn('Ivan');
    const statuses = await Promise.all(Array.from({ length: 25 }, () => door.shake(bearer(token))));
    expect([...new Set(statuses)].sort()).toEqual([101, 429]);
    expect(statuses.filter((status) => status === 101).length).toBeGreaterThanOrEqual(15);
  });

  test('no row is left of a handshake that was refused', async () => {
    await eventually(async () => expect(await door.deployed.rows('Connections')).toEqual([]), PATIENCE);
    await eventually(async () => expect(await door.deployed.rows('Audience')).toEqual([]), PATIENCE);
    const names = (await door.deployed.rows('Users')).map(({ name }) => name);
    expect(names).toContain('Control');
    expect(names).not.toContain('Mallory');
  });
});

describe('S1, three modes: with access=guests, the answer to', () => {
  beforeAll(async () => {
    door = await Door.open({ access: 'guests' });
  }, 90_000);
  afterAll(() => door.close());

  answers([...GUESTS, ...NO_CREDENTIALS, ...WAYS_IN]);
});

describe('S1, three modes; S3, IAM roles: with access=iam, the answer to', () => {
  let runtime: Runtime;
  let functionKey: AccessKey;

  beforeAll(async () => {
    runtime = await startTestRuntime({ context: { access: 'iam' } });
    const [grant] = runtime.iam.usage().filter(({ users }) => users.includes('function connect'));
    functionKey = createCredentials().issue(`arn:aws:iam::000000000000:role/${grant?.role}`);
  }, 90_000);
  afterAll(() => runtime.close());

  const signer = (key: AccessKey, service: string) =>
    new SignatureV4({ credentials: key, region: 'us-east-1', service, sha256: Sha256 });
  const unsigned = () => {
    const { host, hostname, pathname } = new URL(runtime.url);
    return { method: 'GET', protocol: 'ws:', hostname, path: pathname, query: {}, headers: { host } };
  };
  const presigned = async (changes: { key?: AccessKey; service?: string; at?: Date } = {}) => {
    const { key = OPERATOR_KEY, service = 'execute-api', at = new Date() } = changes;
    const { query = {} } = await signer(key, service).presign(unsigned(), { expiresIn: 60, signingDate: at });
    return { query: new URLSearchParams(query as Record<string, string>).toString() };
  };
  const signed = async (key: AccessKey = OPERATOR_KEY) => {
    const { headers } = await signer(key, 'execute-api').sign(unsigned());
    return { headers };
  };
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

  test.each<Row>([
    [101, 'a signature in headers', () => signed()],
    [101, 'a presigned address', () => presigned()],
    [403, 'no signature', () => ({})],
    [403, 'a name alone', () => ({ query: 'name=Mallory' })],
    [403, 'a bearer token', () => bearer('x')],
    [403, 'a guest secret', () => ({ protocols: ['parley.v1', SECRET] })],
    [403, 'a wrong secret', () => signed({ ...OPERATOR_KEY, secretAccessKey: 'wrong' })],
    [
      403,
      'a wrong secret in the address',
      () => presigned({ key: { ...OPERATOR_KEY, secretAccessKey: 'wrong' } }),
    ],
    [403, 'an unknown key', () => presigned({ key: { accessKeyId: 'AKIAX', secretAccessKey: 'x' } })],
    [403, 'an address that is over', () => presigned({ at: ago(61) })],
    [403, 'an address that is not good yet', () => presigned({ at: ago(-3600) })],
    [403, 'the signature for another service', () => presigned({ service: 'sqs' })],
    [
      403,
      'an address that was changed',
      async () => ({ query: `${(await presigned()).query}&name=Mallory` }),
    ],
    [403, 'a role that may not connect', () => presigned({ key: functionKey })],
  ])('%i: %s', async (status, _what, how) => {
    expect(await handshake(runtime.url, await how())).toBe(status);
  });
});

function answers(rows: readonly Row[]): void {
  test.each(rows)('%i: %s', async (status, _what, how) => {
    expect(await door.shake(await how())).toBe(status);
  });
}

async function ticketOf(asker: string | undefined, visitor: string | undefined): Promise<Handshake> {
  const query = `ticket=${await door.ticket(door.token, asker)}`;
  return visitor === undefined ? { query } : { query, headers: { Origin: visitor } };
}

async function spentTicket(): Promise<string> {
  const ticket = await door.ticket();
  expect(await door.shake({ query: `ticket=${ticket}` })).toBe(101);
  return ticket;
}

/** Thirty seconds are not waited for: the row is made that much older. */
async function expiredTicket(): Promise<string> {
  const ticket = await door.ticket();
  const { dynamodb } = door.deployed;
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: TableNames.find((name) => /-Tickets[0-9A-F]{8}/.test(name)),
      Key: { ticketHash: { S: ticketHash(ticket) } },
      ConditionExpression: 'attribute_exists(ticketHash)',
      UpdateExpression: 'ADD validUntil :older',
      ExpressionAttributeValues: { ':older': { N: '-30000' } },
    }),
  );
  return ticket;
}

type Measure = 'ban' | 'sign-out' | 'remove';

/** A token that was good until something happened to its person. */
async function afterwards(name: string, command: Measure): Promise<string> {
  const token = await door.signedIn(name);
  expect(await door.shake(bearer(token))).toBe(101);
  await door.run({ command, name });
  return token;
}

async function ticketAfterwards(name: string, command: Measure): Promise<Handshake> {
  const ticket = await door.ticket(await door.signedIn(name));
  await door.run({ command, name });
  return { query: `ticket=${ticket}` };
}

/** Tokens know whole seconds, so only a sign-in of a later second is one after the sign-out. */
async function signedInAgain(name: string): Promise<string> {
  const before = decodeJwt(await afterwards(name, 'sign-out'));
  const signedOutAt = Math.floor(Date.now() / 1000);
  expect(Number(before['auth_time'])).toBeLessThanOrEqual(signedOutAt);
  for (;;) {
    const token = await door.pool.signIn(name);
    if (Number(decodeJwt(token)['auth_time']) > signedOutAt) return token;
    await pause(50);
  }
}

async function tokensOfAnn() {
  const { userPools } = door.runtime;
  const { pool, client } = userPools.ofClient(door.pool.output('UserPoolClientId'));
  return pool.beginSession(pool.user('Ann'), client, { scope: 'openid' });
}
const idToken = async () => (await tokensOfAnn()).idToken;
const refreshToken = async () => (await tokensOfAnn()).refreshToken;

/** With another first character of the signature. */
function flipped(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
