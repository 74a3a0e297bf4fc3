import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../json/json';
import { JsonLines } from '../json/json-lines';
import { flag, integer, object, requiredText, text, texts } from '../json/members';

export type UserStatus = 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD';

/** A person in a user pool. Times in ms since the epoch. */
export interface PoolUser {
  readonly username: string;
  readonly sub: string;
  /** Of hashPassword; absent until one is set. */
  readonly password?: string | undefined;
  readonly status: UserStatus;
  readonly enabled: boolean;
  readonly groups: readonly string[];
  /** e.g. `email`; `sub` is not among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** The people of one pool, by name. Each change is one line of a file, so it survives a `kill -9`. */
export class Directory {
  readonly #caseSensitive: boolean;
  readonly #users = new Map<string, PoolUser>();
  readonly #file: JsonLines | undefined;

  constructor(path: string | undefined, caseSensitive: boolean) {
    this.#caseSensitive = caseSensitive;
    if (path === undefined) return;
    this.#file = new JsonLines(path);
    for (const line of this.#file.read()) {
      const kept = object(line, 'kept');
      if (kept === undefined) this.#users.delete(this.#key(requiredText(line, 'gone')));
      else this.#remember(userFromJson(kept));
    }
    if (this.#file.lines > this.#users.size) {
      this.#file.rewrite([...this.#users.values()].map((user) => ({ kept: userToJson(user) })));
    }
  }

  find(username: string): PoolUser | undefined {
    return this.#users.get(this.#key(username));
  }

  ofSub(sub: string): PoolUser | undefined {
    return this.all().find((user) => user.sub === sub);
  }

  /** In the order of their names. */
  all(): PoolUser[] {
    return [...this.#users.values()].sort((a, b) => (a.username < b.username ? -1 : 1));
  }

  /** Keeps somebody, new or changed. */
  keep(user: PoolUser): PoolUser {
    this.#file?.append({ kept: userToJson(user) });
    this.#remember(user);
    return user;
  }

  remove({ username }: PoolUser): void {
    this.#file?.append({ gone: username });
    this.#users.delete(this.#key(username));
  }

  close(): void {
    this.#file?.close();
  }

  #remember(user: PoolUser): void {
    this.#users.set(this.#key(user.username), user);
  }

  #key(username: string): string {
    return this.#caseSensitive ? username : username.toLowerCase();
  }
}

export function newUser(
  username: string,
  attributes: Readonly<Record<string, string>>,
  now: number,
): PoolUser {
  return {
    username,
    sub: randomUUID(),
    status: 'FORCE_CHANGE_PASSWORD',
    enabled: true,
    groups: [],
    attributes,
    createdAt: now,
    modifiedAt: now,
  };
}

function userToJson({ password, groups, attributes, ...user }: PoolUser): JsonObject {
  return {
    ...user,
    groups: [...groups],
    attributes: { ...attributes },
    ...(password === undefined ? {} : { password }),
  };
}

function userFromJson(line: JsonObject): PoolUser {
  const attributes: Record<string, string> = {};
  const kept = line['attributes'];
  for (const [name, value] of Object.entries(isObject(kept) ? kept : {}))
    if (typeof value === 'string') attributes[name] = value;
  const time = (name: string) => integer(line, name, { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
  return {
    username: requiredText(line, 'username'),
    sub: requiredText(line, 'sub'),
    password: text(line, 'password'),
    status: text(line, 'status') === 'CONFIRMED' ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
    enabled: flag(line, 'enabled') ?? true,
    groups: texts(line, 'groups'),
    attributes,
    createdAt: time('createdAt'),
    modifiedAt: time('modifiedAt'),
  };
}
