import { useId, useRef, useState } from 'react';
import { Avatar } from '../parts/avatar';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import type { Person } from './people';
import './people.css';

const SHOWN = 8;

interface Props {
  readonly label: string;
  /** Who is not to be picked, besides oneself. */
  readonly without?: readonly Person[];
  readonly onPick: (person: Person) => void;
}

/** Finds somebody by name among those who were heard of in any room. */
export function PickPerson({ label, without = [], onPick }: Props) {
  const { people, me } = useSession();
  const names = useStore(people.names);
  const own = useStore(me)?.userId;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState('');
  const text = wanted.trim().toLocaleLowerCase();
  const left = new Set([own, ...without.map(({ userId }) => userId)]);
  const fitting = [...names]
    .filter(([userId, name]) => !left.has(userId) && name.toLocaleLowerCase().includes(text))
    .sort(([, one], [, other]) => one.localeCompare(other));
  return (
    <div className="pick-person">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={field}
        className="field"
        placeholder="A name"
        autoComplete="off"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <ul>
        {fitting.slice(0, SHOWN).map(([userId, name]) => (
          <li key={userId}>
            <button
              type="button"
              className="person-row"
              onClick={() => {
                // Whoever is picked may be gone from this list then, and the keyboard with them.
                field.current?.focus();
                onPick({ userId, name });
              }}
            >
              <Avatar userId={userId} name={name} size="small" />
              <bdi className="person-name">{name}</bdi>
            </button>
          </li>
        ))}
      </ul>
      {fitting.length === 0 && (
        <p className="sidebar-empty">
          {text === '' ? 'Nobody else has been in your rooms yet.' : 'Nobody of that name in your rooms yet.'}
        </p>
      )}
      {fitting.length > SHOWN && <p className="sidebar-empty">… and {fitting.length - SHOWN} more.</p>}
    </div>
  );
}
