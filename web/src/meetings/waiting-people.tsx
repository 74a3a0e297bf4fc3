import { Avatar } from '../parts/avatar';
import { useAction } from '../parts/use-action';
import type { Person } from '../people/people';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import './meetings.css';

/** For the host: who wants to come in. */
export function WaitingPeople({ conversation }: { conversation: Conversation }) {
  const waiting = useStore(conversation.waiting);
  return (
    <div role="status" aria-label="People who ask to join">
      {waiting.map((person) => (
        <Waiting key={person.userId} person={person} conversation={conversation} />
      ))}
    </div>
  );
}

function Waiting({ person, conversation }: { person: Person; conversation: Conversation }) {
  const { meetings } = useSession();
  const { isBusy, problem, run } = useAction();
  const { userId, name } = person;
  const decide = (action: 'admit' | 'refuse') =>
    void run(() => meetings.decide(conversation, userId, action));
  return (
    <div className="meeting-notice">
      <Avatar userId={userId} name={name} size="small" />
      <span>
        <bdi>{name}</bdi> asks to join.
        {problem !== '' && <span className="problem"> {problem}</span>}
      </span>
      <button
        type="button"
        className="button button-small"
        disabled={isBusy}
        onClick={() => decide('refuse')}
      >
        Refuse
      </button>
      <button
        type="button"
        className="button button-primary button-small"
        disabled={isBusy}
        onClick={() => decide('admit')}
      >
        Admit
      </button>
    </div>
  );
}
