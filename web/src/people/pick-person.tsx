import { useId, useRef, useState } from 'react';
import { FoundPeople, useFoundPeople } from './found-people';
import type { Person } from './people';

interface Props {
  readonly label: string;
  /** Who is not to be picked, besides oneself. */
  readonly without?: readonly Person[];
  readonly onPick: (person: Person) => void;
}

/** Finds somebody by name among those who were heard of in any room. */
export function PickPerson({ label, without = [], onPick }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState('');
  const found = useFoundPeople(
    wanted,
    without.map(({ userId }) => userId),
  );
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
      <FoundPeople
        of={found}
        onPick={(person) => {
          // Whoever is picked may be gone from this list then, and the keyboard with them.
          field.current?.focus();
          onPick(person);
        }}
      />
      {found.length === 0 && (
        <p className="sidebar-empty">
          {wanted.trim() === ''
            ? 'Nobody else has been in your rooms yet.'
            : 'Nobody of that name in your rooms yet.'}
        </p>
      )}
    </div>
  );
}
