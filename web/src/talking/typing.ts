import type { ParleyClient } from '../../../client';
import type { Person } from '../people/people';
import { Store } from '../session/store';

/** The server drops more than one in 3 seconds; whoever goes on typing is heard of again before this has passed. */
const SAY_EVERY_MS = 3000;
const SHOWN_MS = 6000;

/** Who is typing in a room, and telling the others that one does oneself. */
export class Typing {
  readonly people = new Store<readonly Person[]>([]);
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #saidAt = 0;

  heard({ userId, name }: Person): void {
    clearTimeout(this.#timers.get(userId));
    this.#timers.set(
      userId,
      setTimeout(() => this.stopped(userId), SHOWN_MS),
    );
    this.people.update((people) => [
      ...people.filter((person) => person.userId !== userId),
      { userId, name },
    ]);
  }

  stopped(userId: string): void {
    clearTimeout(this.#timers.get(userId));
    this.#timers.delete(userId);
    if (!this.people.get().some((person) => person.userId === userId)) return;
    this.people.update((people) => people.filter((person) => person.userId !== userId));
  }

  say(client: ParleyClient, room: string): void {
    if (Date.now() - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = Date.now();
    // Nobody misses a hint that did not come.
    client.commands.typing(room).catch(() => {});
  }
}
