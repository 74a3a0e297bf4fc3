import * as z from 'zod/mini';
import type { ParleyClient } from '../../../client';
import { Remembered, type BrowserStorage } from '../session/remembered';
import { Store } from '../session/store';

export interface Person {
  readonly userId: string;
  readonly name: string;
}

export function isGuest(userId: string): boolean {
  return userId.startsWith('g_');
}

/** What everybody is called, by what was heard last; remembered for the people of private conversations. */
export class People {
  /** Names by user id. */
  readonly names = new Store<ReadonlyMap<string, string>>(new Map());
  /** Whether anybody was heard of who signed in: ids of guests begin as no others do. */
  readonly someSignedIn = new Store(false);
  readonly #partners: Remembered<string>;

  constructor(client: ParleyClient, storage: BrowserStorage) {
    this.#partners = new Remembered(storage, 'names', z.string());
    this.names.set(new Map(this.#partners.entries()));
    client.on('message', ({ senderId, sender }) => this.hear([{ userId: senderId, name: sender }]));
    client.on('joined', (push) => this.hear([push]));
    client.on('renamed', (push) => this.hear([push]));
    client.on('typing', (push) => this.hear([push]));
    client.on('waiting', (push) => this.hear([push]));
    client.on('connected', (push) => this.hear([push]));
  }

  nameOf(userId: string): string | undefined {
    return this.names.get().get(userId);
  }

  hear(people: readonly Person[]): void {
    const news = people.filter(({ userId, name }) => this.nameOf(userId) !== name);
    if (news.length === 0) return;
    if (news.some(({ userId }) => !isGuest(userId))) this.someSignedIn.set(true);
    this.names.update(
      (names) => new Map([...names, ...news.map(({ userId, name }) => [userId, name] as const)]),
    );
    for (const { userId, name } of news)
      if (this.#partners.get(userId) !== undefined) this.#partners.set(userId, name);
  }

  /** From now on this name outlasts the page. */
  remember({ userId, name }: Person): void {
    if (this.#partners.get(userId) !== name) this.#partners.set(userId, name);
    this.hear([{ userId, name }]);
  }
}
