import * as z from 'zod/mini';
import type { Users } from '../chat/ports';
import { nameKeyOf, type User } from '../chat/users';
import { Table, type Row } from './table';

const row = z.object({
  userId: z.string(),
  name: z.string(),
  formerName: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
});
const key = z.object({ userId: z.string() });

/** Of people with one name nobody is told more than so many. */
const NAMESAKES = 10;

export function createUsers(now = Date.now): Users {
  const table = new Table('Users');

  /** The live people among rows. DynamoDB's TTL counts in seconds, and deletes late. */
  const usersOf = (rows: readonly Row[]): User[] =>
    rows
      .map((fields) => row.parse(fields))
      .map(({ expiresAt, ...user }) =>
        expiresAt === undefined ? user : { ...user, expiresAt: expiresAt * 1000 },
      )
      .filter(({ expiresAt = Infinity }: User) => expiresAt > now());
  const findMany = async (userIds: readonly string[]) =>
    usersOf(await table.getMany([...new Set(userIds)].map((userId) => ({ userId }))));

  return {
    async remember({ userId, name, formerName, expiresAt }) {
      await table.put({
        userId,
        name,
        nameKey: nameKeyOf(name),
        formerName,
        expiresAt: expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
      });
    },

    async find(userId) {
      const fields = await table.get({ userId });
      return usersOf(fields === undefined ? [] : [fields])[0];
    },

    findMany,

    async named(name) {
      const nameKey = nameKeyOf(name);
      const { rows } = await table.query({
        index: 'byName',
        where: 'nameKey = :nameKey',
        values: { ':nameKey': nameKey },
        limit: NAMESAKES,
      });
      const found = await findMany(rows.map((fields) => key.parse(fields).userId));
      // The index lags: somebody may go by another name already.
      return found.filter((user) => nameKeyOf(user.name) === nameKey);
    },
  };
}
