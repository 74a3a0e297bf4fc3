import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  InitiateAuthCommand,
  paginateListUsers,
} from '@aws-sdk/client-cognito-identity-provider';
import { createEventBus } from '../../handlers/aws/event-bus';
import { createUsers } from '../../handlers/aws/users';
import { ACCESS_REVOKED, type AccessRevoked } from '../../handlers/chat/events';
import { isUserId, signedInId } from '../../handlers/chat/ids';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';
import { askPassword, newPassword } from './password';
import type { UserRequest } from './user-command-line';
import { findPool, type Pool } from './user-pool';

/**
 * Does what was asked with the user pool, the table Users and the bus, and tells about it. Everything is safe to repeat.
 * @throws OperatorError, or what Cognito says, in one line
 */
export async function runUserCommand(
  request: UserRequest,
  installation: Installation,
  tell: (line: string) => void,
): Promise<void> {
  const pool = await findPool(installation);
  try {
    switch (request.command) {
      case 'list':
        return await list(pool, tell);
      case 'add':
        return await add(pool, request, tell);
      case 'groups':
        return await changeGroups(pool, request, tell);
      case 'token':
        return tell(await tokenOf(pool, request.name, request.password));
      case 'sign-out':
        return await signOut(pool, request.name, tell);
      case 'ban':
        return await ban(pool, request.name, tell);
      case 'unban':
        await createUsers().unban((await personOf(pool, request.name)).userId);
        return tell(`${request.name} may come in again.`);
      case 'remove':
        return await remove(pool, request.name, tell);
    }
  } finally {
    pool.close();
  }
}

async function list(pool: Pool, tell: (line: string) => void): Promise<void> {
  let count = 0;
  for await (const { Users = [] } of paginateListUsers({ client: pool.client }, { UserPoolId: pool.id })) {
    for (const { Username = '', Enabled, UserStatus, Attributes = [] } of Users) {
      count++;
      const groups = await groupsOf(pool, Username);
      const userId = signedInId(pool.issuer, subIn(Attributes));
      const state = Enabled === false ? 'disabled' : UserStatus === 'CONFIRMED' ? '' : (UserStatus ?? '');
      tell([Username, userId, groups.join(',') || '-', state].join('  ').trimEnd());
    }
  }
  if (count === 0) tell('There is nobody yet: npm run user -- add NAME');
}

async function add(
  { client, id: UserPoolId }: Pool,
  { name, groups, password }: { name: string; groups: readonly string[]; password?: string },
  tell: (line: string) => void,
): Promise<void> {
  const Username = name;
  const Password = password ?? newPassword();
  await client.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      TemporaryPassword: Password,
      MessageAction: 'SUPPRESS',
    }),
  );
  try {
    await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
    for (const GroupName of groups)
      await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  } catch (error) {
    // Half a person would make the next try fail with "exists already".
    await client.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
    throw error;
  }
  tell(`${name} was added${groups.length === 0 ? '' : ` to ${groups.join(' and ')}`}.`);
  if (password === undefined) tell(`Password, shown this once: ${Password}`);
}

async function changeGroups(
  pool: Pool,
  { name, groups }: { name: string; groups?: readonly string[] },
  tell: (line: string) => void,
): Promise<void> {
  const { client, id: UserPoolId } = pool;
  const before = await groupsOf(pool, name);
  for (const GroupName of groups ?? [])
    if (!before.includes(GroupName))
      await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: name, GroupName }));
  for (const GroupName of before)
    if (groups?.includes(GroupName) === false)
      await client.send(new AdminRemoveUserFromGroupCommand({ UserPoolId, Username: name, GroupName }));
  tell(`${name} is in ${(groups ?? before).join(' and ') || 'no group'}.`);
}

async function tokenOf(pool: Pool, name: string, password: string | undefined): Promise<string> {
  const { AuthenticationResult, ChallengeName } = await pool.client.send(
    new InitiateAuthCommand({
      ClientId: await pool.clientId(),
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: {
        USERNAME: name,
        PASSWORD: password ?? (await askPassword(`Password of ${name}: `)),
      },
    }),
  );
  if (AuthenticationResult?.AccessToken === undefined)
    throw new OperatorError(`${name} cannot sign in by password alone: ${ChallengeName ?? 'no token came'}.`);
  return AuthenticationResult.AccessToken;
}

async function signOut(pool: Pool, name: string, tell: (line: string) => void): Promise<void> {
  const person = await personOf(pool, name);
  if (person.username !== undefined)
    await pool.client.send(
      new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username: person.username }),
    );
  await createUsers().signOut(person.userId, { at: Date.now(), name });
  await revoke(person.userId, 'signed_out');
  tell(`${name} is signed out everywhere.`);
}

async function ban(pool: Pool, name: string, tell: (line: string) => void): Promise<void> {
  const { userId } = await personOf(pool, name);
  await createUsers().ban(userId, { at: Date.now(), name });
  await revoke(userId, 'banned');
  tell(`${name} is banned.`);
}

/** Signs out first: a token outlives the account that it was issued for. */
async function remove(pool: Pool, name: string, tell: (line: string) => void): Promise<void> {
  const { userId } = await personOf(pool, name);
  await createUsers().signOut(userId, { at: Date.now(), name });
  await pool.client.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: name }));
  await revoke(userId, 'signed_out');
  tell(`${name} was removed.`);
}

/** Closes what is open. @throws OperatorError where the bus does not take it, so that it is tried again */
async function revoke(userId: string, reason: AccessRevoked['reason']): Promise<void> {
  const refused = await createEventBus().publish([{ type: ACCESS_REVOKED, detail: { userId, reason } }]);
  if (refused.length > 0)
    throw new OperatorError(
      'It is noted, but the bus did not take the event that closes connections; try again.',
    );
}

/** By a name in the pool, or an id. `username` is absent for an id. */
async function personOf(
  { client, id: UserPoolId, issuer }: Pool,
  name: string,
): Promise<{ userId: string; username?: string }> {
  if (isUserId(name)) return { userId: name };
  const { UserAttributes = [] } = await client.send(new AdminGetUserCommand({ UserPoolId, Username: name }));
  return { userId: signedInId(issuer, subIn(UserAttributes)), username: name };
}

function subIn(attributes: readonly { Name?: string | undefined; Value?: string | undefined }[]): string {
  const sub = attributes.find(({ Name }) => Name === 'sub')?.Value;
  if (sub === undefined) throw new OperatorError('The user pool tells no sub of this person.');
  return sub;
}

async function groupsOf({ client, id: UserPoolId }: Pool, Username: string): Promise<string[]> {
  const { Groups = [] } = await client.send(new AdminListGroupsForUserCommand({ UserPoolId, Username }));
  return Groups.flatMap(({ GroupName }) => (GroupName === undefined ? [] : [GroupName]));
}
