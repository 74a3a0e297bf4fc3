import { randomBytes } from 'node:crypto';
import { asActions } from '../actions';
import type { JsonObject } from '../json/json';
import { defined, flag, integer, objects, page, refuseOthers, requiredText, text } from '../json/members';
import { ServiceError, type Action } from '../service';
import { describeClient, describePool, describeUser } from './descriptions';
import type { PoolUser } from './directory';
import type { UserPool } from './user-pool';
import type { UserPools } from './user-pools';

/** Which pool and who: the members of every action about one person. */
const WHO = ['UserPoolId', 'Username'];

/**
 * What administrators do, with credentials of AWS. Nobody is told by mail or SMS.
 * Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
 */
export function administratorActions(pools: UserPools): Record<string, Action> {
  const poolOf = (input: JsonObject) => pools.pool(requiredText(input, 'UserPoolId'));
  const whoOf = (input: JsonObject) => {
    const pool = poolOf(input);
    return { pool, user: pool.user(requiredText(input, 'Username')) };
  };

  return asActions({
    ListUserPools(input) {
      const listed = pools.all().map(({ settings }) => ({ Id: settings.id, Name: settings.name }));
      return pageOf('UserPools', listed, input, 'MaxResults', 'NextToken');
    },

    ListUserPoolClients(input) {
      const pool = poolOf(input);
      const listed = [...pool.clients.values()].map(({ id, name }) => ({
        ClientId: id,
        ClientName: name,
        UserPoolId: pool.settings.id,
      }));
      return pageOf('UserPoolClients', listed, input, 'MaxResults', 'NextToken');
    },

    DescribeUserPool: (input) => ({ UserPool: describePool(poolOf(input)) }),

    DescribeUserPoolClient: (input) => ({
      UserPoolClient: describeClient(poolOf(input).client(requiredText(input, 'ClientId'))),
    }),

    ListGroups(input) {
      const pool = poolOf(input);
      const listed = [...pool.groups.keys()].map((name) => describeGroup(pool, name));
      return pageOf('Groups', listed, input, 'Limit', 'NextToken');
    },

    ListUsers(input) {
      refuseOthers('ListUsers', input, ['UserPoolId', 'Limit', 'PaginationToken', 'Filter']);
      const wanted = filterOf(text(input, 'Filter'));
      const listed = poolOf(input).users.all().filter(wanted);
      return pageOf(
        'Users',
        listed.map((user) => describeUser(user)),
        input,
        'Limit',
        'PaginationToken',
      );
    },

    async AdminCreateUser(input) {
      const known = ['TemporaryPassword', 'UserAttributes', 'MessageAction', 'DesiredDeliveryMediums'];
      refuseOthers('AdminCreateUser', input, [...WHO, ...known]);
      if (text(input, 'MessageAction') === 'RESEND')
        throw new ServiceError('UnsupportedUserStateException', 'The local runtime sends no messages.');
      const pool = poolOf(input);
      const username = requiredText(input, 'Username');
      const { username: added } = pool.add(username, attributesOf(input));
      try {
        // Cognito makes one up where none is given, and mails it.
        const given = text(input, 'TemporaryPassword');
        const password = given ?? `aA1!${randomBytes(24).toString('base64url')}`;
        return { User: describeUser(await pool.setPassword(added, password, false)) };
      } catch (error) {
        pool.remove(added);
        throw error;
      }
    },

    async AdminSetUserPassword(input) {
      const { pool, user } = whoOf(input);
      const permanent = flag(input, 'Permanent') ?? false;
      await pool.setPassword(user.username, requiredText(input, 'Password'), permanent);
      return {};
    },

    AdminGetUser: (input) => describeUser(whoOf(input).user, 'UserAttributes'),

    AdminDeleteUser(input) {
      const { pool, user } = whoOf(input);
      pool.remove(user.username);
      return {};
    },

    AdminEnableUser(input) {
      const { pool, user } = whoOf(input);
      pool.change(user.username, { enabled: true });
      return {};
    },

    AdminDisableUser(input) {
      const { pool, user } = whoOf(input);
      pool.change(user.username, { enabled: false });
      return {};
    },

    AdminAddUserToGroup(input) {
      const { pool, user } = whoOf(input);
      const group = groupOf(pool, input);
      if (!user.groups.includes(group)) pool.change(user.username, { groups: [...user.groups, group] });
      return {};
    },

    AdminRemoveUserFromGroup(input) {
      const { pool, user } = whoOf(input);
      const group = groupOf(pool, input);
      pool.change(user.username, { groups: user.groups.filter((name) => name !== group) });
      return {};
    },

    AdminListGroupsForUser(input) {
      const { pool, user } = whoOf(input);
      const listed = user.groups.map((name) => describeGroup(pool, name));
      return pageOf('Groups', listed, input, 'Limit', 'NextToken');
    },

    AdminUserGlobalSignOut(input) {
      const { pool, user } = whoOf(input);
      pool.sessions.revokeAll(user.sub);
      return {};
    },
  });
}

function groupOf({ groups }: UserPool, input: JsonObject): string {
  const name = requiredText(input, 'GroupName');
  if (!groups.has(name)) throw new ServiceError('ResourceNotFoundException', 'Group not found.');
  return name;
}

function describeGroup({ settings, groups }: UserPool, name: string): JsonObject {
  return { GroupName: name, UserPoolId: settings.id, Description: groups.get(name) ?? '' };
}

/** `UserAttributes`; `sub` is Cognito's own to give. @throws InvalidParameterException */
export function attributesOf(input: JsonObject): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const attribute of objects(input, 'UserAttributes')) {
    const name = requiredText(attribute, 'Name');
    if (name === 'sub')
      throw new ServiceError('InvalidParameterException', 'user.sub: Attribute cannot be updated.');
    attributes[name] = text(attribute, 'Value') ?? '';
  }
  return attributes;
}

/** Of the filters that Cognito knows, equality of name and id. */
function filterOf(filter: string | undefined): (user: PoolUser) => boolean {
  if (filter === undefined || filter === '') return () => true;
  const [, name, value] = /^(username|sub)\s*=\s*"([^"]*)"$/.exec(filter.trim()) ?? [];
  if (name === undefined)
    throw new ServiceError('InvalidParameterException', `The local runtime does not model ${filter}`);
  return (user) => (name === 'sub' ? user.sub : user.username) === value;
}

function pageOf(
  member: string,
  items: readonly JsonObject[],
  input: JsonObject,
  limitName: string,
  tokenName: string,
): JsonObject {
  const limit = integer(input, limitName, { min: 1, max: 60 }) ?? 60;
  const { items: shown, next } = page(items, limit, text(input, tokenName));
  return defined({ [member]: shown, [tokenName]: next });
}
