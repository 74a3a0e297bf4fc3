import type { Access } from '../../handlers/chat/access';
import { audienceRows, type Connection } from '../../handlers/chat/connections';
import { ACCESS_REVOKED } from '../../handlers/chat/events';
import type { SignedIn } from '../../handlers/chat/identity';
import { channelId, guestId, newId, serverId } from '../../handlers/chat/ids';
import { signOut } from '../../handlers/http/sign-out';
import { connect } from '../../handlers/websocket/connect';
import { refresh } from '../../handlers/websocket/refresh';
import { capturedLog } from '../support/memory/captured-log';
import { HOUR } from '../support/memory/clock';
import { aConnection } from '../support/memory/examples';
import { world } from '../support/memory/world';

const CONNECTION = 'abc=';
const ARN = 'arn:aws:sts::000000000000:assumed-role/bots/reporter';

/** A world in which tokens are the names of people: `ann` is good, `over` has ended, and others are bad. */
function signedInWorld(access: Access = 'cognito') {
  const it = { ...world(), log: capturedLog().log, access };
  const ann: SignedIn = {
    ...{ userId: newId('u'), kind: 'user', groups: ['agents'], name: 'ann' },
    ...{ tokenExpiresAt: it.now() + HOUR, signedInAt: it.now() - HOUR },
  };
  const tokens = {
    verify: (token: string) =>
      Promise.resolve(token === 'ann' ? ann : token === 'over' ? ('expired' as const) : ('invalid' as const)),
  };
  const ports = { ...it, tokens, allowedOrigins: [] };
  const { groups, ...rest } = ann;
  const authorizer = {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)])),
    ...{ groups: groups.join(','), principalId: ann.userId, integrationLatency: 3 },
  };
  const arrive = (requestContext: object, more: object = {}) =>
    connect(
      { requestContext: { connectionId: CONNECTION, requestId: 'request', ...requestContext }, ...more },
      ports,
    );
  const found = async () => (await it.connections.find(CONNECTION))!;
  return { ...ports, ann, authorizer, arrive, found };
}

describe('somebody who is signed in', () => {
  it('is registered as who the authorizer says, for good, and listens as that', async () => {
    const { arrive, authorizer, ann, found, users, members } = signedInWorld();
    expect(await arrive({ authorizer })).toEqual({ statusCode: 200 });
    const connection = await found();
    const { userId, kind, groups, name, tokenExpiresAt } = ann;
    expect(connection).toMatchObject({ userId, kind, groups, name, tokenExpiresAt });
    expect(connection).not.toHaveProperty('userExpiresAt');
    expect(await users.find(ann.userId)).toEqual({ userId: ann.userId, name: 'ann' });
    expect(await members.find(channelId('lobby'), ann.userId)).not.toHaveProperty(
      'expiresAt',
      expect.anything(),
    );
  });

  it('goes by the name last chosen, and not by one in the address, because that would be anybody’s', async () => {
    const { arrive, authorizer, ann, found, users } = signedInWorld();
    await users.remember({ userId: ann.userId, name: 'Ann Other', formerName: 'ann' });
    await arrive({ authorizer }, { queryStringParameters: { name: 'George' } });
    expect(await found()).toMatchObject({ name: 'Ann Other' });
    expect(await users.find(ann.userId)).toMatchObject({ name: 'Ann Other', formerName: 'ann' });
  });

  it('is answered with our subprotocol and never with the token that came beside it', async () => {
    const { arrive, authorizer } = signedInWorld();
    const headers = { 'Sec-WebSocket-Protocol': 'parley.v1, bearer.ann' };
    expect(await arrive({ authorizer }, { headers })).toEqual({
      statusCode: 200,
      headers: { 'Sec-WebSocket-Protocol': 'parley.v1' },
    });
  });

  it.each([
    ['banned', 403],
    ['signed out', 401],
  ])('who is %s while the connection is made leaves nothing behind', async (what, statusCode) => {
    const { arrive, authorizer, ann, users, audience, connections, now } = signedInWorld();
    const join = audience.join.bind(audience);
    audience.join = async (rows) => {
      const note = { at: now(), name: 'ann' };
      await (what === 'banned' ? users.ban(ann.userId, note) : users.signOut(ann.userId, note));
      return join(rows);
    };
    expect(await arrive({ authorizer })).toEqual({ statusCode });
    expect([connections.rows.size, audience.rows.size]).toEqual([0, 0]);
  });
});

describe('everybody else', () => {
  it('does not come in where people sign in or servers sign, whatever brought them here', async () => {
    for (const access of ['cognito', 'iam'] as const) {
      const { arrive, connections } = signedInWorld(access);
      for (const context of [{}, { authorizer: { kind: 'guest' } }, { identity: { userArn: null } }]) {
        expect(await arrive(context)).toEqual({ statusCode: 401 });
      }
      expect(connections.rows.size).toBe(0);
    }
  });

  it('comes in as a guest where guests may, and not once they are banned', async () => {
    const { arrive, found, users, now } = signedInWorld('guests');
    const headers = { 'sec-websocket-protocol': 'guest.12345678' };
    expect(await arrive({ authorizer: { kind: 'guest' } }, { headers })).toMatchObject({ statusCode: 200 });
    expect(await found()).toMatchObject({ kind: 'guest', groups: [], userId: guestId('12345678') });
    await users.ban(guestId('12345678'), { at: now(), name: 'guest' });
    expect(await arrive({ authorizer: { kind: 'guest' } }, { headers })).toEqual({ statusCode: 403 });
  });

  it('is the guest whom the authorizer names, and banned as that, whatever $connect reads of the handshake', async () => {
    const { arrive, found, users, now } = signedInWorld('guests');
    const newcomer = { kind: 'guest', userId: newId('g'), kept: 'false' };
    expect(await arrive({ authorizer: newcomer })).toEqual({ statusCode: 200 });
    expect(await found()).toMatchObject({ kind: 'guest', userId: newcomer.userId });
    const known = { kind: 'guest', userId: guestId('12345678'), kept: 'true' };
    await users.ban(known.userId, { at: now(), name: 'guest' });
    expect(await arrive({ authorizer: known })).toEqual({ statusCode: 403 });
  });

  it('is a server, called by the last part of its ARN, where handshakes are signed', async () => {
    const { arrive, found } = signedInWorld('iam');
    expect(await arrive({ identity: { userArn: ARN } })).toEqual({ statusCode: 200 });
    expect(await found()).toMatchObject({ kind: 'server', userId: serverId(ARN), name: 'reporter' });
    expect(await found()).not.toHaveProperty('tokenExpiresAt');
  });
});

describe('refresh', () => {
  async function connected(overrides: Partial<Connection> = {}) {
    const it = signedInWorld();
    const { ann, connections, audience, now } = it;
    const { userId, groups } = ann;
    const row = aConnection(now(), { userId, groups: [], tokenExpiresAt: now() + 1000, ...overrides });
    await connections.add(row);
    await audience.join(audienceRows(row));
    const ask = async (token: unknown, connectionId = row.connectionId) => {
      const body = JSON.stringify({ id: 1, action: 'refresh', token });
      const event = { requestContext: { connectionId, requestId: 'request' }, body };
      return JSON.parse((await refresh(event, it)).body) as Record<string, unknown>;
    };
    return { ...it, row, groups, ask, after: () => connections.find(row.connectionId) };
  }

  it('lets a connection go on with the next token of its person, and its groups', async () => {
    const { ask, after, ann } = await connected();
    expect(await ask('ann')).toEqual({ id: 1, ok: true, expiresInMs: HOUR });
    expect(await after()).toMatchObject({ tokenExpiresAt: ann.tokenExpiresAt, groups: ['agents'] });
  });

  it('may come when the token has just ended and nobody has closed the connection yet', async () => {
    const { ask, clock } = await connected();
    clock.advance(2000);
    expect(await ask('ann')).toMatchObject({ ok: true });
  });

  it.each([
    ['a token that has ended too', 'over', 'token_expired'],
    ['a bad token', 'forged', 'unauthorized'],
    ['no token', undefined, 'bad_request'],
    ['a huge token', 'A'.repeat(8193), 'bad_request'],
  ])('refuses %s, and changes nothing', async (_, token, name) => {
    const { ask, after, row } = await connected();
    expect(await ask(token)).toMatchObject({ ok: false, error: { name, field: '/token' } });
    expect(await after()).toMatchObject({ tokenExpiresAt: row.tokenExpiresAt });
  });

  it('refuses the token of somebody else in the words for a bad one', async () => {
    const somebody = await connected({ userId: newId('u') });
    const theirs = await somebody.ask('ann');
    expect(theirs).toMatchObject({ error: { name: 'unauthorized' } });
    expect(theirs).toEqual(await (await connected()).ask('forged'));
  });

  it('refuses who has signed out or is banned meanwhile', async () => {
    const { ask, users, ann, now } = await connected();
    await users.signOut(ann.userId, { at: now(), name: 'ann' });
    expect(await ask('ann')).toMatchObject({ error: { name: 'unauthorized' } });
  });

  it('is not there for guests and servers, and an unknown connection is to come again', async () => {
    for (const kind of ['guest', 'server'] as const) {
      expect(await (await connected({ kind })).ask('ann')).toMatchObject({
        error: { name: 'not_available' },
      });
    }
    expect(await (await connected()).ask('ann', 'nobody=')).toMatchObject({ type: 'bye', code: 3010 });
  });
});

describe('signing out', () => {
  const event = (headers: object) => ({ headers, requestContext: { requestId: 'request' } });

  it('ends all tokens so far and says so on the bus', async () => {
    const it = signedInWorld();
    const { userId } = it.ann;
    expect(await signOut(event({ authorization: 'Bearer ann' }), it)).toEqual({ statusCode: 204 });
    expect(await it.users.find(userId)).toEqual({ userId, name: 'ann', signedOutAt: it.now() });
    expect(it.bus.events).toEqual([{ type: ACCESS_REVOKED, detail: { userId, reason: 'signed_out' } }]);
  });

  it.each([
    [{}, 401, 'unauthorized'],
    [{ authorization: 'Bearer forged' }, 401, 'unauthorized'],
    [{ authorization: 'Bearer over' }, 401, 'unauthorized'],
    [{ authorization: 'Bearer ann', origin: 'https://evil.example' }, 403, 'permission_denied'],
  ])('is refused with %j', async (headers, statusCode, error) => {
    const it = signedInWorld();
    expect(await signOut(event(headers), it)).toMatchObject({ statusCode, body: JSON.stringify({ error }) });
    expect([it.users.rows.size, it.bus.events.length]).toEqual([0, 0]);
  });

  it('fails where the bus does not take the event, because connections stay open then', async () => {
    const it = signedInWorld();
    it.bus.state = 'refuses';
    await expect(signOut(event({ authorization: 'Bearer ann' }), it)).rejects.toThrow('bus');
    // Asked again with the same token, which is over by now, it says so.
    it.bus.state = 'takes';
    expect(await signOut(event({ authorization: 'Bearer ann' }), it)).toEqual({ statusCode: 204 });
    expect(it.bus.events).toHaveLength(1);
  });
});
