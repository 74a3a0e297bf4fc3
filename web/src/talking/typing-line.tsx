import type { Conversation } from '../rooms/conversation';
import { useStore } from '../session/store';

/** Who is typing; keeps its height, so that nothing jumps. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  const people = useStore(conversation.typing.people);
  const [one, other] = people;
  return (
    <p className="typing-line" aria-live="off">
      {one !== undefined && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>
            <bdi>{one.name}</bdi>
            {other !== undefined && people.length === 2 && (
              <>
                {' and '}
                <bdi>{other.name}</bdi>
              </>
            )}
            {people.length > 2 && ` and ${people.length - 1} others`}
            {people.length === 1 ? ' is typing' : ' are typing'}
          </span>
        </>
      )}
    </p>
  );
}
