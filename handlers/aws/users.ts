import * as z from 'zod/mini';
import { GUEST_NAME } from '../chat/connections';
import type { Users } from '../chat/storage/people';
import { nameKeyOf, type User } from '../chat/users';
import { Table, type Row } from './table';

const row = z.object({
  userId: z.string(),
  /** What is left of somebody who was erased has none. */
  name: z._default(z.string(), GUEST_NAME),
  formerName: z.optional(z.string()),
  bannedAt: z.optional(z.number()),
  signedOutAt: z.optional(z.number()),
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

  /** The row stays from now on: were it to expire, what is noted would be forgotten with it. */
  const note = async (userId: string, what: 'bannedAt' | 'signedOutAt', at: number, name: string) => {
    await table.update(
      { userId },
      {
        set: `SET ${what} = :at, #name = if_not_exists(#name, :name), nameKey = if_not_exists(nameKey, :nameKey) REMOVE expiresAt`,
        names: { '#name': 'name' },
        values: { ':at': at, ':name': name, ':nameKey': nameKeyOf(name) },
        returns: 'NONE',
      },
    );
  };

  return {
    async remember({ userId, name, formerName, expiresAt }) {
      const given = Object.entries({
        formerName,
        expiresAt: expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
      });
      const set = given.filter(([, value]) => value !== undefined);
      const gone = given.filter(([, value]) => value === undefined).map(([field]) => field);
      // An update, because a put would lift a ban.
      await table.update(
        { userId },
        {
          set:
            ['SET #name = :name, nameKey = :nameKey', ...set.map(([field]) => `${field} = :${field}`)].join(
              ', ',
            ) + (gone.length === 0 ? '' : ` REMOVE ${gone.join(', ')}`),
          names: { '#name': 'name' },
          values: {
            ':name': name,
            ':nameKey': nameKeyOf(name),
            ...Object.fromEntries(set.map(([field, value]) => [`:${field}`, value])),
          },
          returns: 'NONE',
        },
      );
    },

    ban: (userId, { at, name }) => note(userId, 'bannedAt', at, name),

    async unban(userId) {
      // Conditional, because an update would make a row of nothing for who has none.
      await table.update(
        { userId },
        { set: 'REMOVE bannedAt', condition: 'attribute_exists(userId)', returns: 'NONE' },
      );
    },

    signOut: (userId, { at, name }) => note(userId, 'signedOutAt', at, name),

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
        // Guests' ids come first, and any number of guests can take a name.
        descending: true,
      });
      const found = await findMany(rows.map((fields) => key.parse(fields).userId));
      // The index lags: somebody may go by another name already.
      return found.filter((user) => nameKeyOf(user.name) === nameKey);
    },
  };
}
