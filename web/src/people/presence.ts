import type { Commands, ParleyClient } from '../../../client';
import { Store } from '../session/store';
import { Meanwhile } from './meanwhile';
import type { Person } from './people';

export interface Here {
  readonly people: readonly Person[];
  /** May be more than `people`: of large rooms only the first page is shown. */
  readonly count: number;
  readonly estimated: boolean;
  readonly known: boolean;
}

const NOBODY: Here = { people: [], count: 0, estimated: false, known: false };

type Members = Awaited<ReturnType<Commands['members']>>;

/** Who is in a room now: asked once per connection, and kept up to date by what is announced. */
export class Presence {
  readonly here = new Store<Here>(NOBODY);
  readonly #meanwhile = new Meanwhile();

  /** @throws CommandError */
  ask(client: ParleyClient, room: string): Promise<Members> {
    const asked = client.commands.members(room, { limit: 200, details: true });
    return this.#meanwhile.ask(asked, ({ members, count, estimated }) =>
      this.here.set({ people: sorted(members), count, estimated, known: true }),
    );
  }

  came(person: Person): void {
    this.#meanwhile.change(() => this.#add(person));
  }

  went(userId: string): void {
    this.#meanwhile.change(() => this.#remove(userId));
  }

  renamed(person: Person): void {
    this.#meanwhile.change(() => {
      if (this.here.get().people.some(({ userId }) => userId === person.userId)) this.#add(person);
    });
  }

  #add(person: Person): void {
    this.here.update((here) => {
      const others = here.people.filter(({ userId }) => userId !== person.userId);
      const count = here.count + (others.length === here.people.length ? 1 : 0);
      return { ...here, people: sorted([...others, { userId: person.userId, name: person.name }]), count };
    });
  }

  #remove(userId: string): void {
    this.here.update((here) => {
      const people = here.people.filter((person) => person.userId !== userId);
      return people.length === here.people.length ? here : { ...here, people, count: here.count - 1 };
    });
  }
}

function sorted(people: readonly Person[]): Person[] {
  return [...people].sort((one, other) => one.name.localeCompare(other.name));
}
