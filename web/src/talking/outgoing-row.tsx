import { CircleAlert, Clock } from 'lucide-react';
import { Avatar } from '../parts/avatar';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { Markdown } from './markdown';
import type { Outgoing } from './outgoing';
import { timeOf } from './times';

interface Props {
  readonly message: Outgoing;
  readonly conversation: Conversation;
  /** Looks as it will once it is in the room, so that nothing jumps then. */
  readonly isFirstOfGroup: boolean;
}

/** An own message that is not in the room yet, or was refused. */
export function OutgoingRow({ message, conversation, isFirstOfGroup }: Props) {
  const { me, connection } = useSession();
  const person = useStore(me) ?? { userId: '', name: '' };
  const isLive = useStore(connection.state).is === 'live';
  const { clientMessageId, text, failure, queuedAt, isKept } = message;
  return (
    <article
      className={`message message-outgoing ${isFirstOfGroup ? 'message-first' : ''}`}
      aria-label={`You, ${failure === undefined ? 'on its way' : 'not sent'}`}
    >
      {isFirstOfGroup && <Avatar userId={person.userId} name={person.name} />}
      <div className="message-body">
        {isFirstOfGroup && (
          <p className="message-head">
            <bdi className="message-sender">{person.name}</bdi>
            <time dateTime={new Date(queuedAt).toISOString()}>{timeOf(queuedAt)}</time>
          </p>
        )}
        <Markdown text={text} />
        {failure !== undefined && (
          <p className="message-failure" role="alert">
            <CircleAlert aria-hidden="true" />
            <span>Not sent. {failure}</span>
            <button
              type="button"
              className="text-button"
              onClick={() => conversation.outgoing.retry(clientMessageId)}
            >
              Try again
            </button>
            <button
              type="button"
              className="text-button"
              onClick={() => conversation.outgoing.discard(clientMessageId)}
            >
              Discard
            </button>
          </p>
        )}
      </div>
      <span className="message-side">
        {failure === undefined && !isLive && (
          <span className="message-edited">
            {isKept ? 'waits for the connection' : 'waits; a reload would lose it'}
          </span>
        )}
        {failure === undefined && (
          <span className="mark" title="On its way">
            <Clock aria-hidden="true" />
          </span>
        )}
      </span>
    </article>
  );
}
