import { Avatar } from '../parts/avatar';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { GuestMark } from './guest-mark';
import type { Person } from './people';
import './people.css';

const SHOWN = 8;

/**
 * Everybody else who was heard of in any room and whose name has this text in it, by name.
 * @param without the ids of people who are not meant
 */
export function useFoundPeople(wanted: string, without: Iterable<string | undefined>): readonly Person[] {
  const { people, me } = useSession();
  const names = useStore(people.names);
  const own = useStore(me)?.userId;
  const text = wanted.trim().toLocaleLowerCase();
  const left = new Set([own, ...without]);
  return [...names]
    .filter(([userId, name]) => !left.has(userId) && name.toLocaleLowerCase().includes(text))
    .sort(([, one], [, other]) => one.localeCompare(other))
    .map(([userId, name]) => ({ userId, name }));
}

/** The first of the people that were found, to pick one of them. */
export function FoundPeople({ of, onPick }: { of: readonly Person[]; onPick: (person: Person) => void }) {
  return (
    <>
      <ul>
        {of.slice(0, SHOWN).map((person) => (
          <li key={person.userId}>
            <button type="button" className="person-row" onClick={() => onPick(person)}>
              <Avatar userId={person.userId} name={person.name} size="small" />
              <bdi className="person-name">{person.name}</bdi>
              <GuestMark userId={person.userId} />
            </button>
          </li>
        ))}
      </ul>
      {of.length > SHOWN && <p className="sidebar-empty">… and {of.length - SHOWN} more.</p>}
    </>
  );
}
