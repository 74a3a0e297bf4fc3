import { createHmac } from 'node:crypto';
import { generateKeyPair } from 'jose';
import { tokenVerifier } from '../../handlers/aws/token-verifier';
import { signedInId } from '../../handlers/chat/ids';
import { startIssuer, type Issuer } from '../support/issuer';

let pool: Issuer;

beforeAll(async () => {
  pool = await startIssuer();
});
afterAll(() => pool.close());

const verifier = () => tokenVerifier(pool.issuer, pool.clientId);
const seconds = () => Math.floor(Date.now() / 1000);

describe('an access token', () => {
  it('says who somebody is, which of our groups they are in, and how long it is good', async () => {
    const end = seconds() + 600;
    const token = await pool.token({
      exp: end,
      auth_time: end - 900,
      'cognito:groups': ['agents', 'admins-of-another-app'],
    });
    expect(await verifier().verify(token)).toEqual({
      userId: signedInId(pool.issuer, 'sub-of-ann'),
      kind: 'user',
      groups: ['agents'],
      name: 'ann',
      tokenExpiresAt: end * 1000,
      signedInAt: (end - 900) * 1000,
    });
  });

  it('is over at its end to the second, without tolerance', async () => {
    expect(await verifier().verify(await pool.token({ exp: seconds() - 1 }))).toBe('expired');
    expect(await verifier().verify(await pool.token({ exp: seconds() + 5 }))).toMatchObject({ name: 'ann' });
  });

  it.each([
    ['of another pool', { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/another' }],
    ['for another client', { client_id: 'another-app' }],
    ['that is an ID token', { token_use: 'id', aud: 'the-app' }],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ['of nobody', { sub: undefined }],
    ['without an end', { exp: undefined }],
    ['without a client', { client_id: undefined }],
    ['whose groups are no list', { 'cognito:groups': 'agents' }],
  ])('%s is invalid', async (_, claims) => {
    expect(await verifier().verify(await pool.token(claims))).toBe('invalid');
  });

  it('is invalid where it is signed with a key that is not the pool’s', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    expect(await verifier().verify(await pool.token({}, { key: privateKey }))).toBe('invalid');
  });

  it('is invalid where it is changed or signed in a way that proves nothing', async () => {
    const token = await pool.token();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const symmetric = `${encoded({ alg: 'HS256', kid: 'known' })}.${payload}`;
    const forged = {
      none: `${encoded({ alg: 'none', kid: 'known' })}.${payload}.`,
      symmetric: `${symmetric}.${createHmac('sha256', pool.publicPem).update(symmetric).digest('base64url')}`,
      payload: `${header}.${encoded({ ...claims, username: 'bob' })}.${signature}`,
      signature: `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      unsigned: `${header}.${payload}`,
      words: 'not a token at all',
      nothing: '',
      huge: `${header}.${payload}.${'A'.repeat(9000)}`,
    };
    for (const [what, one] of Object.entries(forged)) {
      expect([what, await verifier().verify(one)]).toEqual([what, 'invalid']);
    }
  });
});

describe('the key set', () => {
  it('is fetched once, and not again for made-up key ids, because anybody can make them up', async () => {
    const tokens = verifier();
    const before = pool.fetches();
    const good = await pool.token();
    await Promise.all([good, good, good].map((token) => tokens.verify(token)));
    expect(pool.fetches() - before).toBe(1);
    for (let index = 0; index < 20; index += 1) {
      expect(await tokens.verify(await pool.token({}, { kid: `made-up-${index}` }))).toBe('invalid');
    }
    expect(pool.fetches() - before).toBe(2);
    expect(await tokens.verify(good)).toMatchObject({ name: 'ann' });
  });

  it('that cannot be had is a fault of ours and no word on the token', async () => {
    const tokens = verifier();
    pool.answer(503);
    await expect(tokens.verify(await pool.token())).rejects.toThrow('503');
    pool.answer(200);
    expect(await tokens.verify(await pool.token())).toMatchObject({ name: 'ann' });
  });
});
