import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { Notice } from './notice';

/** For the host: who wants to come in. */
export function WaitingPeople({ conversation }: { conversation: Conversation }) {
  const { meetings } = useSession();
  const waiting = useStore(conversation.waiting);
  return (
    <div role="status" aria-label="People who ask to join">
      {waiting.map((person) => (
        <Notice
          key={person.userId}
          person={person}
          no={{ label: 'Refuse', act: () => meetings.decide(conversation, person.userId, 'refuse') }}
          yes={{ label: 'Admit', act: () => meetings.decide(conversation, person.userId, 'admit') }}
        >
          asks to join.
        </Notice>
      ))}
    </div>
  );
}
