import type { Conversation } from '../rooms/conversation';
import { nameOf } from '../rooms/conversation-name';
import { usePart, useStore } from '../session/store';

/** What stands above the first message: that there is more, or that this is where it began. */
export function ListStart({ conversation, height }: { conversation: Conversation; height: number }) {
  const state = useStore(conversation.past.state);
  const isDirect = usePart(conversation.about, ({ kind }) => kind === 'direct');
  const name = usePart(conversation.about, nameOf);
  const { roomId } = conversation;
  const isNew = roomId === undefined;
  return (
    <div className="list-start" style={{ height }}>
      {(state === 'complete' || isNew) && (
        <p>
          {isDirect ? 'This is the beginning of your conversation with ' : 'This is the beginning of '}
          <strong>
            <bdi>{name}</bdi>
          </strong>
          .
        </p>
      )}
      {state === 'loading' && <p>Loading earlier messages …</p>}
      {state === 'failed' && roomId !== undefined && (
        <p>
          Earlier messages could not be loaded.{' '}
          <button type="button" className="text-button" onClick={() => void conversation.past.older(roomId)}>
            Try again
          </button>
        </p>
      )}
      {state === 'more' && roomId !== undefined && (
        <button type="button" className="text-button" onClick={() => void conversation.past.older(roomId)}>
          Show earlier messages
        </button>
      )}
    </div>
  );
}
