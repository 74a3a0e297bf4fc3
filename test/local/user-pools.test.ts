import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  ConfirmSignUpCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ListUserPoolClientsCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { startUserPools, type UserPoolsFixture } from './user-pools-fixture';

const PASSWORD = 'Correct-horse-1';
const HOUR = 3_600_000;

let fixture: UserPoolsFixture;
let folder: string | undefined;

afterEach(async () => {
  await fixture.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

async function addUser(Username = 'George', Password = PASSWORD): Promise<void> {
  const { client, poolId: UserPoolId } = fixture;
  await client.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }));
  await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
}

async function signIn(USERNAME = 'George', PASSWORD_GIVEN = PASSWORD) {
  const { AuthenticationResult, ChallengeName } = await fixture.client.send(
    new InitiateAuthCommand({
      ClientId: fixture.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: PASSWORD_GIVEN },
    }),
  );
  return { ...AuthenticationResult, ChallengeName };
}

function refresh(token = '') {
  return fixture.client.send(
    new InitiateAuthCommand({
      ClientId: fixture.clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: token },
    }),
  );
}

const error = (name: string, message: string | RegExp = /./) => ({
  name,
  message: expect.stringMatching(message) as string,
});

describe('tokens', () => {
  beforeEach(async () => {
    fixture = await startUserPools();
    await addUser();
  });

  test('carry the claims of Cognito, with the groups, and a header that names the key', async () => {
    const { client, poolId: UserPoolId, clientId, issuer } = fixture;
    await client.send(
      new AdminAddUserToGroupCommand({ UserPoolId, Username: 'George', GroupName: 'agents' }),
    );
    const { AccessToken = '', IdToken = '', ExpiresIn, TokenType } = await signIn();
    const { UserAttributes = [] } = await client.send(
      new AdminGetUserCommand({ UserPoolId, Username: 'George' }),
    );
    const sub = UserAttributes.find(({ Name }) => Name === 'sub')?.Value;
    const access = decodeJwt(AccessToken);
    expect([ExpiresIn, TokenType]).toEqual([3600, 'Bearer']);
    expect(access).toEqual({
      sub,
      'cognito:groups': ['agents'],
      iss: issuer,
      client_id: clientId,
      origin_jti: expect.any(String) as string,
      event_id: expect.any(String) as string,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      auth_time: access.iat,
      exp: (access.iat ?? 0) + 3600,
      iat: expect.any(Number) as number,
      jti: expect.any(String) as string,
      username: 'George',
    });
    expect(Math.abs((access.iat ?? 0) * 1000 - Date.now())).toBeLessThan(10_000);
    expect(decodeJwt(IdToken)).toMatchObject({
      sub,
      aud: clientId,
      token_use: 'id',
      'cognito:username': 'George',
      origin_jti: access['origin_jti'],
    });
    expect(decodeProtectedHeader(AccessToken)).toEqual({ alg: 'RS256', kid: expect.any(String) as string });
  });

  test('are verified by aws-jwt-verify with the keys that the issuer shows', async () => {
    const { issuer, clientId } = fixture;
    const fetcher = { fetch: async (uri: string) => (await fetch(uri)).arrayBuffer() };
    const verifier = JwtVerifier.create(
      {
        issuer,
        audience: null,
        jwksUri: `${issuer}/.well-known/jwks.json`,
        customJwtCheck: ({ payload }) => expect(payload['client_id']).toBe(clientId),
      },
      { jwksCache: new SimpleJwksCache({ fetcher }) },
    );
    const { AccessToken = '' } = await signIn();
    await expect(verifier.verify(AccessToken)).resolves.toMatchObject({ username: 'George' });
    const configuration = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(configuration).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
  });

  test('are renewed by the refresh token until it ends, and keep the time of the sign-in', async () => {
    const { AccessToken = '', RefreshToken } = await signIn();
    fixture.pass(2 * HOUR);
    const { AuthenticationResult } = await refresh(RefreshToken);
    const [first, second] = [decodeJwt(AccessToken), decodeJwt(AuthenticationResult?.AccessToken ?? '')];
    expect(AuthenticationResult?.RefreshToken).toBeUndefined();
    expect(second['auth_time']).toBe(first['auth_time']);
    expect((second.iat ?? 0) - (first.iat ?? 0)).toBeGreaterThanOrEqual(7199);
    expect(second['origin_jti']).toBe(first['origin_jti']);
    fixture.pass(30 * 24 * HOUR);
    await expect(refresh(RefreshToken)).rejects.toMatchObject(error('NotAuthorizedException'));
  });

  test('are renewed no more after a sign-out, a revocation, or the end of the account', async () => {
    const { client, clientId: ClientId, poolId: UserPoolId } = fixture;
    const refused = error('NotAuthorizedException', 'Invalid Refresh Token');
    const [one, two] = [await signIn(), await signIn()];
    await client.send(new RevokeTokenCommand({ ClientId, Token: one.RefreshToken }));
    await expect(refresh(one.RefreshToken)).rejects.toMatchObject(refused);
    await refresh(two.RefreshToken);
    await client.send(new GlobalSignOutCommand({ AccessToken: two.AccessToken }));
    await expect(refresh(two.RefreshToken)).rejects.toMatchObject(refused);
    await expect(
      client.send(new GlobalSignOutCommand({ AccessToken: two.AccessToken })),
    ).rejects.toMatchObject(error('NotAuthorizedException', 'revoked'));
    await expect(
      client.send(new GlobalSignOutCommand({ AccessToken: `${two.AccessToken}x` })),
    ).rejects.toMatchObject(error('NotAuthorizedException', 'Invalid Access Token'));
    const three = await signIn();
    await client.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: 'George' }));
    await expect(refresh(three.RefreshToken)).rejects.toMatchObject(refused);
    const four = await signIn();
    await client.send(new AdminDeleteUserCommand({ UserPoolId, Username: 'George' }));
    await expect(refresh(four.RefreshToken)).rejects.toMatchObject(refused);
  });
});

describe('signing in', () => {
  test('answers about nobody as about a wrong password, where the client hides who exists', async () => {
    fixture = await startUserPools();
    await addUser();
    const refused = error('NotAuthorizedException', /^Incorrect username or password\.$/);
    await expect(signIn('George', 'Wrong-horse-12')).rejects.toMatchObject(refused);
    await expect(signIn('Nobody')).rejects.toMatchObject(refused);
    await expect(signIn('GEORGE')).resolves.toHaveProperty('AccessToken');
  });

  test('says that nobody is there, where the client does not hide it', async () => {
    fixture = await startUserPools({ client: { PreventUserExistenceErrors: 'LEGACY' } });
    await expect(signIn('Nobody')).rejects.toMatchObject(error('UserNotFoundException'));
  });

  test('is refused to a disabled person until they are enabled again', async () => {
    fixture = await startUserPools();
    await addUser();
    const { client, poolId: UserPoolId } = fixture;
    const who = { UserPoolId, Username: 'George' };
    const { RefreshToken } = await signIn();
    await client.send(new AdminDisableUserCommand(who));
    const disabled = error('NotAuthorizedException', 'User is disabled.');
    await expect(signIn()).rejects.toMatchObject(disabled);
    await expect(refresh(RefreshToken)).rejects.toMatchObject(disabled);
    await client.send(new AdminEnableUserCommand(who));
    await expect(signIn()).resolves.toHaveProperty('AccessToken');
  });

  test('asks for a new password after a temporary one', async () => {
    fixture = await startUserPools();
    const { client, poolId: UserPoolId } = fixture;
    const TemporaryPassword = 'Temporary-horse-1';
    await client.send(new AdminCreateUserCommand({ UserPoolId, Username: 'Ann', TemporaryPassword }));
    const answer = await signIn('Ann', TemporaryPassword);
    expect([answer.ChallengeName, answer.AccessToken]).toEqual(['NEW_PASSWORD_REQUIRED', undefined]);
  });

  test('takes only the flows that the client allows', async () => {
    fixture = await startUserPools({ client: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] } });
    await addUser();
    await expect(signIn()).rejects.toMatchObject(
      error('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled for this client'),
    );
  });
});

describe('administrators', () => {
  test('find the pool and its client by their names', async () => {
    fixture = await startUserPools();
    const { client, poolId: UserPoolId, clientId: ClientId } = fixture;
    const { UserPools } = await client.send(new ListUserPoolsCommand({ MaxResults: 60 }));
    expect(UserPools).toEqual([{ Id: UserPoolId, Name: 'parley-test' }]);
    const { UserPoolClients } = await client.send(new ListUserPoolClientsCommand({ UserPoolId }));
    expect(UserPoolClients).toEqual([{ ClientId, ClientName: 'test-Web', UserPoolId }]);
    const { UserPool } = await client.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool?.Policies?.PasswordPolicy?.MinimumLength).toBe(12);
    const described = await client.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
    expect(described.UserPoolClient?.ExplicitAuthFlows).toContain('ALLOW_USER_PASSWORD_AUTH');
  });

  test('list people and put them into groups and out of them', async () => {
    fixture = await startUserPools();
    const { client, poolId: UserPoolId } = fixture;
    await addUser('Ann');
    await addUser('Bob');
    const listed = await client.send(new ListUsersCommand({ UserPoolId, Limit: 1 }));
    expect(listed.Users?.map(({ Username }) => Username)).toEqual(['Ann']);
    const next = await client.send(
      new ListUsersCommand({ UserPoolId, PaginationToken: listed.PaginationToken }),
    );
    expect(next.Users?.map(({ Username }) => Username)).toEqual(['Bob']);
    const filtered = await client.send(new ListUsersCommand({ UserPoolId, Filter: 'username = "Bob"' }));
    expect(filtered.Users).toHaveLength(1);
    const who = { UserPoolId, Username: 'Ann', GroupName: 'agents' };
    const groups = async () =>
      (await client.send(new AdminListGroupsForUserCommand(who))).Groups?.map(({ GroupName }) => GroupName);
    await client.send(new AdminAddUserToGroupCommand(who));
    await client.send(new AdminAddUserToGroupCommand(who));
    expect(await groups()).toEqual(['agents']);
    await client.send(new AdminRemoveUserFromGroupCommand(who));
    expect(await groups()).toEqual([]);
    await expect(
      client.send(new AdminAddUserToGroupCommand({ ...who, GroupName: 'kings' })),
    ).rejects.toMatchObject(error('ResourceNotFoundException'));
  });

  test('cannot add a name twice, whatever its case', async () => {
    fixture = await startUserPools();
    await addUser('Ann');
    await expect(addUser('ANN')).rejects.toMatchObject(error('UsernameExistsException'));
  });

  test.each([
    ['Short-1', 'not long enough'],
    ['all-lowercase-1', 'must have uppercase characters'],
    ['ALL-UPPERCASE-1', 'must have lowercase characters'],
    ['No-numbers-here', 'must have numeric characters'],
    ['NoSymbolsHere12', 'must have symbol characters'],
  ])('cannot give the password %s: %s, and nobody is left behind', async (TemporaryPassword, problem) => {
    fixture = await startUserPools();
    const { client, poolId: UserPoolId } = fixture;
    const creation = new AdminCreateUserCommand({ UserPoolId, Username: 'Ann', TemporaryPassword });
    await expect(client.send(creation)).rejects.toMatchObject(error('InvalidPasswordException', problem));
    await expect(client.send(new AdminGetUserCommand({ UserPoolId, Username: 'Ann' }))).rejects.toMatchObject(
      error('UserNotFoundException'),
    );
  });
});

describe('signing up', () => {
  const signUp = () => new SignUpCommand({ ClientId: fixture.clientId, Username: 'Ann', Password: PASSWORD });

  test('needs no confirmation here, because nobody is sent a code', async () => {
    fixture = await startUserPools({ pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: false } } });
    await expect(fixture.client.send(signUp())).resolves.toMatchObject({ UserConfirmed: true });
    const { clientId: ClientId } = fixture;
    await fixture.client.send(
      new ConfirmSignUpCommand({ ClientId, Username: 'Ann', ConfirmationCode: '123456' }),
    );
    await expect(signIn('Ann')).resolves.toHaveProperty('AccessToken');
    await expect(fixture.client.send(signUp())).rejects.toMatchObject(error('UsernameExistsException'));
  });

  test('is refused where only administrators add people', async () => {
    fixture = await startUserPools();
    await expect(fixture.client.send(signUp())).rejects.toMatchObject(
      error('NotAuthorizedException', 'SignUp is not permitted for this user pool'),
    );
  });
});

test('people, sessions and the key survive a restart, and no password or refresh token is kept as it is', async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'parley-user-pools-'));
  fixture = await startUserPools({ dataDir: folder });
  await addUser();
  const before = await signIn();
  const kid = decodeProtectedHeader(before.AccessToken ?? '').kid;
  await fixture.close();

  const kept = path.join(folder, 'user-pools', fixture.poolId);
  const text = readdirSync(kept)
    .map((name) => readFileSync(path.join(kept, name), 'utf8'))
    .join('');
  expect(text).toContain('George');
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain(before.RefreshToken);
  expect(statSync(path.join(kept, 'key.json')).mode & 0o777).toBe(0o600);

  fixture = await startUserPools({ dataDir: folder });
  await expect(refresh(before.RefreshToken)).resolves.toHaveProperty('AuthenticationResult');
  expect(decodeProtectedHeader((await signIn()).AccessToken ?? '').kid).toBe(kid);
});

test.each([
  [{ GenerateSecret: true }, 'GenerateSecret true, which is not modelled'],
  [{ AllowedOAuthFlows: ['implicit'] }, 'OAuth flow "implicit", which is not modelled'],
  [{ SupportedIdentityProviders: ['Google'] }, 'identity provider Google is not modelled'],
  [{ TokenValidityUnits: { AccessToken: 'weeks' } }, 'unit "weeks" for AccessToken'],
])('a client with %j stops the start', async (client, message) => {
  fixture = await startUserPools();
  const { poolId: UserPoolId, declare } = fixture;
  expect(() => declare('UserPoolClient', 'Other', { UserPoolId, AccessTokenValidity: 1, ...client })).toThrow(
    message,
  );
});
