import { CircleAlert, Hand } from 'lucide-react';
import type { ReactNode } from 'react';
import { Avatar } from '../parts/avatar';
import { GuestMark } from '../people/guest-mark';
import { useSession } from '../session/session-context';
import { usePart, useStore } from '../session/store';
import type { Conversation } from './conversation';
import { nameOf } from './conversation-name';

/** One conversation in the list, with how much of it is unread. */
export function RoomRow({ conversation, icon }: { conversation: Conversation; icon: ReactNode }) {
  const { conversations } = useSession();
  const { about } = conversation;
  const isDirect = usePart(about, ({ kind }) => kind === 'direct');
  const name = usePart(about, nameOf);
  const unread = usePart(about, (known) => known.unread);
  const isOpen = usePart(conversations.open, (open) => open === conversation);
  const typing = useStore(conversation.typing.people);
  const isHere = usePart(conversation.presence.here, conversation.isPartnerHere);
  const isAsked = usePart(conversation.waiting, (waiting) => waiting.length > 0);
  const hasFailed = usePart(conversation.outgoing.messages, (messages) =>
    messages.some(({ failure }) => failure !== undefined),
  );
  const { partner } = conversation;
  return (
    <button
      type="button"
      className={`room-row ${unread > 0 ? 'room-row-unread' : ''}`}
      aria-current={isOpen ? 'page' : undefined}
      onClick={() => conversations.show(conversation)}
    >
      <span className="room-row-icon" aria-hidden="true">
        {isDirect && partner !== undefined ? (
          <span className={`presence ${isHere ? 'presence-here' : ''}`}>
            <Avatar userId={partner} name={name} size="small" />
          </span>
        ) : (
          icon
        )}
      </span>
      <bdi className="room-row-name" title={name}>
        {name}
      </bdi>
      {partner !== undefined && <GuestMark userId={partner} />}
      {isDirect && isHere && <span className="unseen">online</span>}
      {isAsked && (
        <span className="room-row-asked" role="img" aria-label="somebody asks to join">
          <Hand aria-hidden="true" />
        </span>
      )}
      {hasFailed && (
        <span className="room-row-failed" role="img" aria-label="something was not sent">
          <CircleAlert aria-hidden="true" />
        </span>
      )}
      {typing.length > 0 && (
        <span className="typing-dots" role="img" aria-label="somebody is typing">
          <i />
          <i />
          <i />
        </span>
      )}
      {unread > 0 && (
        <span className="badge">
          {unread > 99 ? '99+' : unread}
          <span className="unseen"> unread</span>
        </span>
      )}
    </button>
  );
}
