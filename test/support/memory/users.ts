import type { Now } from '../../../handlers/chat/ports';
import type { Users } from '../../../handlers/chat/storage/people';
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
    return this.calls.run('users.remember', user, ({ userId, name, formerName, expiresAt }) => {
      const { bannedAt, signedOutAt } = this.rows.get(userId) ?? {};
      const fields = {
        formerName,
        bannedAt,
        signedOutAt,
        expiresAt: expiresAt === undefined ? undefined : storedExpiry(expiresAt),
      };
      const given = Object.entries(fields).filter(([, value]) => value !== undefined);
      this.rows.set(userId, { userId, name, ...Object.fromEntries(given) });
    });
  }

  ban(userId: string, ban: { at: number; name: string }): Promise<void> {
    return this.calls.run('users.ban', ban, ({ at, name }) => this.#note(userId, name, { bannedAt: at }));
  }

  unban(userId: string): Promise<void> {
    return this.calls.run('users.unban', userId, (id) => {
      const user = this.rows.get(id);
      if (user !== undefined) this.rows.set(id, without(user, 'bannedAt'));
    });
  }

  signOut(userId: string, signedOut: { at: number; name: string }): Promise<void> {
    return this.calls.run('users.signOut', signedOut, ({ at, name }) =>
      this.#note(userId, name, { signedOutAt: at }),
    );
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
      const ids = namesakes
        .map(({ userId }) => userId)
        .sort()
        .reverse();
      return this.#live(ids.slice(0, NAMESAKES));
    });
  }

  sweepExpired(): void {
    for (const [id, { expiresAt = Infinity }] of this.rows) {
      if (expiresAt <= this.now()) this.rows.delete(id);
    }
  }

  #note(userId: string, name: string, noted: Pick<User, 'bannedAt' | 'signedOutAt'>): void {
    const known = this.rows.get(userId) ?? { userId, name };
    this.rows.set(userId, { ...without(known, 'expiresAt'), ...noted });
  }

  #live(userIds: readonly string[]): User[] {
    return userIds
      .flatMap((userId) => this.rows.get(userId) ?? [])
      .filter(({ expiresAt = Infinity }) => expiresAt > this.now());
  }
}

function without(user: User, field: 'bannedAt' | 'expiresAt'): User {
  const fields = Object.entries(user).filter(([name]) => name !== field);
  return { ...(Object.fromEntries(fields) as Partial<User>), userId: user.userId, name: user.name };
}
