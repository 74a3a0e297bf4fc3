import type { Now, Users } from '../../../handlers/chat/ports';
import { nameKeyOf, type User } from '../../../handlers/chat/users';
import type { Calls } from './calls';
import { storedExpiry } from './clock';

const NAMESAKES = 10;

export class MemoryUsers implements Users {
  readonly rows = new Map<string, User>();

  constructor(
    private readonly calls: Calls,
    private readonly now: Now,
  ) {}

  remember(user: User): Promise<void> {
    return this.calls.run('users.remember', user, ({ expiresAt, ...given }) => {
      const expiry = expiresAt === undefined ? {} : { expiresAt: storedExpiry(expiresAt) };
      this.rows.set(given.userId, { ...given, ...expiry });
    });
  }

  find(userId: string): Promise<User | undefined> {
    return this.calls.run('users.find', userId, (id) => this.#live([id])[0]);
  }

  findMany(userIds: readonly string[]): Promise<User[]> {
    return this.calls.run('users.findMany', userIds, (ids) => this.#live([...new Set(ids)]));
  }

  named(name: string): Promise<User[]> {
    return this.calls.run('users.named', name, (asked) => {
      const namesakes = [...this.rows.values()].filter((user) => nameKeyOf(user.name) === nameKeyOf(asked));
      const ids = namesakes.map(({ userId }) => userId).sort();
      return this.#live(ids.slice(0, NAMESAKES));
    });
  }

  sweepExpired(): void {
    for (const [id, { expiresAt = Infinity }] of this.rows) {
      if (expiresAt <= this.now()) this.rows.delete(id);
    }
  }

  #live(userIds: readonly string[]): User[] {
    return userIds
      .flatMap((userId) => this.rows.get(userId) ?? [])
      .filter(({ expiresAt = Infinity }) => expiresAt > this.now());
  }
}
