import { Popover } from '@base-ui/react/popover';
import { MessageSquare } from 'lucide-react';
import { Avatar } from '../parts/avatar';
import { useSession } from '../session/session-context';
import type { Pressed } from '../talking/row-layers';
import { GuestMark } from './guest-mark';

/** Who wrote a message, beside their name, and the way to write to them alone. */
export function PersonCard({ of: { message, button }, onClose }: { of: Pressed; onClose: () => void }) {
  const { conversations } = useSession();
  const { senderId: userId, sender: name } = message;
  return (
    <Popover.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="start" className="layer" anchor={button}>
          <Popover.Popup className="popover person-card" aria-label={name} finalFocus={() => button}>
            <Avatar userId={userId} name={name} size="large" />
            <Popover.Title className="person-card-name" render={<p />}>
              <bdi>{name}</bdi> <GuestMark userId={userId} />
            </Popover.Title>
            <p className="person-card-id">{userId}</p>
            <button
              type="button"
              className="button button-primary button-small"
              onClick={() => {
                onClose();
                conversations.show(conversations.withSomebody({ userId, name }));
              }}
            >
              <MessageSquare aria-hidden="true" /> Write privately
            </button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
