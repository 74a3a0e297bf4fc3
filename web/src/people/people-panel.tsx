import { MessageSquare, X } from 'lucide-react';
import { useMemo } from 'react';
import { Avatar } from '../parts/avatar';
import { IconButton } from '../parts/icon-button';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { GuestMark } from './guest-mark';
import type { Person } from './people';
import './people.css';

/** Who is in the room now, and who has written here and is not. */
export function PeoplePanel({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const session = useSession();
  const me = useStore(session.me)?.userId;
  const here = useStore(conversation.presence.here);
  const away = useAway(conversation);
  const unshown = here.count - here.people.length;
  return (
    <aside className="people" aria-label="People">
      <header className="people-head">
        <h2>People</h2>
        <IconButton label="Close the list of people" onClick={onClose}>
          <X aria-hidden="true" />
        </IconButton>
      </header>
      <h3>
        Here now{' '}
        {here.known && (
          <span className="people-count">{here.estimated ? `about ${here.count}` : here.count}</span>
        )}
      </h3>
      {!here.known && <p className="sidebar-empty">Not known without a connection.</p>}
      <ul>
        {here.people.map((person) => (
          <PersonRow key={person.userId} person={person} isMe={person.userId === me} isHere />
        ))}
      </ul>
      {unshown > 0 && <p className="sidebar-empty">and {unshown} more</p>}
      {away.length > 0 && (
        <>
          <h3>Wrote earlier</h3>
          <ul>
            {away.map((person) => (
              <PersonRow key={person.userId} person={person} isMe={person.userId === me} isHere={false} />
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}

function PersonRow({ person, isMe, isHere }: { person: Person; isMe: boolean; isHere: boolean }) {
  const { conversations } = useSession();
  const { userId, name } = person;
  const shown = (
    <>
      <span className={`presence ${isHere ? 'presence-here' : ''}`}>
        <Avatar userId={userId} name={name} size="small" />
      </span>
      <bdi className="person-name">{name}</bdi>
      <GuestMark userId={userId} />
      {isMe && <span className="person-you">you</span>}
    </>
  );
  if (isMe) {
    return (
      <li>
        <span className="person-row">{shown}</span>
      </li>
    );
  }
  return (
    <li>
      <button
        type="button"
        className="person-row"
        title={`Write to ${name}`}
        onClick={() => conversations.show(conversations.withSomebody(person))}
      >
        <span className="unseen">Write to </span>
        {shown}
        <MessageSquare className="person-action" aria-hidden="true" />
      </button>
    </li>
  );
}

/** People of the loaded messages who are not here; of large rooms nobody knows. */
function useAway(conversation: Conversation): readonly Person[] {
  const here = useStore(conversation.presence.here);
  const authors = useStore(conversation.timeline.authors);
  return useMemo(() => {
    if (here.estimated || !here.known) return [];
    const present = new Set(here.people.map(({ userId }) => userId));
    return [...authors].flatMap(([userId, name]) => (present.has(userId) ? [] : [{ userId, name }]));
  }, [here, authors]);
}
