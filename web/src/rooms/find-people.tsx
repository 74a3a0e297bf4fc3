import { Popover } from '@base-ui/react/popover';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { Avatar } from '../parts/avatar';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';

const SHOWN = 8;

/** Begins a private conversation with somebody who was heard of in any room. */
export function FindPeople() {
  const { people, conversations, me } = useSession();
  const names = useStore(people.names);
  const own = useStore(me)?.userId;
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const text = wanted.trim().toLocaleLowerCase();
  const fitting = [...names]
    .filter(([userId, name]) => userId !== own && name.toLocaleLowerCase().includes(text))
    .sort(([, one], [, other]) => one.localeCompare(other));
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="icon-button" aria-label="Write to somebody" title="Write to somebody">
        <Plus aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="layer">
          <Popover.Popup className="popover find-people" aria-label="Write to somebody">
            <label htmlFor={id}>Write to</label>
            <input
              id={id}
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
                      setOpen(false);
                      conversations.show(conversations.withSomebody({ userId, name }));
                    }}
                  >
                    <Avatar userId={userId} name={name} size="small" />
                    <bdi>{name}</bdi>
                  </button>
                </li>
              ))}
            </ul>
            {fitting.length === 0 && <p className="sidebar-empty">Nobody of that name in your rooms yet.</p>}
            {fitting.length > SHOWN && <p className="sidebar-empty">… and {fitting.length - SHOWN} more.</p>}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
