import { Popover } from '@base-ui/react/popover';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { PickPerson } from '../people/pick-person';
import { useSession } from '../session/session-context';

/** Begins a private conversation with somebody who was heard of in any room. */
export function FindPeople() {
  const { conversations } = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="icon-button" aria-label="Write to somebody" title="Write to somebody">
        <Plus aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="layer">
          <Popover.Popup className="popover find-people" aria-label="Write to somebody">
            <PickPerson
              label="Write to"
              onPick={(person) => {
                setOpen(false);
                conversations.show(conversations.withSomebody(person));
              }}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
