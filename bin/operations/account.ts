import {
  AdminDeleteUserCommand,
  paginateListUsers,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { signedInId } from '../../handlers/chat/ids';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';
import { findPool, type Pool } from './user-pool';

/** What the user pool holds of a person; undefined for guests, and where nobody signs in. Reads the whole pool. */
export function accountOf(userId: string, installation: Installation): Promise<UserType | undefined> {
  return withPool(installation, (pool) => find(userId, pool));
}

/** Deletes a person from the user pool; false where they are not, or no longer, in it. */
export async function deleteAccount(userId: string, installation: Installation): Promise<boolean> {
  const deleted = await withPool(installation, async (pool) => {
    const account = await find(userId, pool);
    if (account === undefined) return false;
    await pool.client.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: account.Username }));
    return true;
  });
  return deleted ?? false;
}

async function find(userId: string, { client, id, issuer }: Pool): Promise<UserType | undefined> {
  for await (const { Users = [] } of paginateListUsers({ client }, { UserPoolId: id })) {
    const found = Users.find(({ Attributes = [] }) => {
      const sub = Attributes.find(({ Name }) => Name === 'sub')?.Value;
      return sub !== undefined && signedInId(issuer, sub) === userId;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Undefined where there is no pool: with access=iam nobody signs in. */
async function withPool<Result>(
  installation: Installation,
  work: (pool: Pool) => Promise<Result>,
): Promise<Result | undefined> {
  let pool: Pool;
  try {
    pool = await findPool(installation);
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
  try {
    return await work(pool);
  } finally {
    pool.close();
  }
}
