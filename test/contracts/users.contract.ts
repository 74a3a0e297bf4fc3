import { randomUUID } from 'node:crypto';
import { newId } from '../../handlers/chat/ids';
import type { Users } from '../../handlers/chat/storage/people';
import { HOUR, storedExpiry, type TestClock } from '../support/memory/clock';

export interface UsersHarness {
  readonly users: Users;
  readonly clock: TestClock;
}

export function usersContract(name: string, createPort: () => UsersHarness): void {
  describe(`Users ${name}`, () => {
    it('knows a person under the name remembered last', async () => {
      const { users } = createPort();
      const userId = newId('u');
      expect(await users.find(userId)).toBeUndefined();
      await users.remember({ userId, name: 'George' });
      expect(await users.find(userId)).toEqual({ userId, name: 'George' });
      await users.remember({ userId, name: 'Joe', formerName: 'George' });
      expect(await users.find(userId)).toEqual({ userId, name: 'Joe', formerName: 'George' });
    });

    it('forgets a guest whose time is over, because TTL deletes late', async () => {
      const { users, clock } = createPort();
      const person = { userId: newId('u'), name: randomUUID(), expiresAt: clock.now() + HOUR + 1 };
      await users.remember(person);
      const stored = { ...person, expiresAt: storedExpiry(person.expiresAt) };
      expect(await users.findMany([person.userId])).toEqual([stored]);
      clock.time = stored.expiresAt;
      expect(await users.find(person.userId)).toBeUndefined();
      expect(await users.findMany([person.userId])).toEqual([]);
      expect(await users.named(person.name)).toEqual([]);
    });

    it('gives those that it knows among many, each once', async () => {
      const { users } = createPort();
      const ids = [newId('u'), newId('u'), newId('u')];
      await Promise.all(ids.slice(1).map((userId) => users.remember({ userId, name: 'Joe' })));
      const found = await users.findMany([...ids, ids[1]!]);
      expect(found.map(({ userId }) => userId).toSorted()).toEqual(ids.slice(1).toSorted());
    });

    it('finds all who go by a name whatever its case and spaces, because that is how people write it', async () => {
      const { users } = createPort();
      const family = randomUUID();
      const people = ['Ann', 'ANN ', ' ann'].map((first) => ({
        userId: newId('u'),
        name: `${first}  ${family}`,
      }));
      await Promise.all(people.map((person) => users.remember(person)));
      const found = await users.named(`aNN ${family}`);
      const ids = (some: readonly { userId: string }[]) => some.map(({ userId }) => userId).toSorted();
      expect(ids(found)).toEqual(ids(people));
      await users.remember({ ...people[0]!, name: randomUUID() });
      expect(ids(await users.named(`Ann ${family}`))).toEqual(ids(people.slice(1)));
    });

    it('names at most ten, because nobody reads a longer list', async () => {
      const { users } = createPort();
      const name = randomUUID();
      await Promise.all(Array.from({ length: 12 }, () => users.remember({ userId: newId('u'), name })));
      expect(await users.named(name)).toHaveLength(10);
    });

    it('names whoever is signed in before guests, who could crowd them out under a borrowed name', async () => {
      const { users } = createPort();
      const name = randomUUID();
      const guests = Array.from({ length: 12 }, () => newId('g'));
      const [first, second] = [newId('u'), newId('u')];
      for (const userId of [...guests, first, second]) await users.remember({ userId, name });
      const found = (await users.named(name)).map(({ userId }) => userId);
      expect(found).toHaveLength(10);
      expect(found).toEqual(expect.arrayContaining([first, second]));
    });

    it('keeps a ban and a sign-out when the person is remembered under a new name, because a name lifts nothing', async () => {
      const { users, clock } = createPort();
      const userId = newId('u');
      await users.remember({ userId, name: 'George', formerName: 'Joe', expiresAt: clock.now() + HOUR });
      await users.ban(userId, { at: 1000, name: 'another' });
      await users.signOut(userId, { at: 2000, name: 'another' });
      await users.remember({ userId, name: 'Ann' });
      expect(await users.find(userId)).toEqual({ userId, name: 'Ann', bannedAt: 1000, signedOutAt: 2000 });
    });

    it('keeps out for good also who would expire, or was never here', async () => {
      const { users, clock } = createPort();
      const [guest, stranger] = [newId('u'), newId('u')];
      await users.remember({ userId: guest, name: 'George', expiresAt: clock.now() + HOUR });
      for (const userId of [guest, stranger]) await users.ban(userId, { at: 1000, name: 'ann' });
      clock.advance(3 * HOUR);
      expect(await users.find(guest)).toEqual({ userId: guest, name: 'George', bannedAt: 1000 });
      expect(await users.find(stranger)).toEqual({ userId: stranger, name: 'ann', bannedAt: 1000 });
    });

    it('lifts a ban, and makes nobody of a person without one', async () => {
      const { users } = createPort();
      const [banned, stranger] = [newId('u'), newId('u')];
      await users.ban(banned, { at: 1000, name: 'ann' });
      for (const userId of [banned, stranger]) await users.unban(userId);
      expect(await users.find(banned)).toEqual({ userId: banned, name: 'ann' });
      expect(await users.find(stranger)).toBeUndefined();
    });
  });
}
