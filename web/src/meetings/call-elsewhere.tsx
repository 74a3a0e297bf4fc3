import { PhoneOff, Video } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { nameOf } from '../rooms/conversation-name';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { usePart, useStore } from '../session/store';
import type { Call } from './call/call';
import './meetings.css';

/** While one looks at something else: the call is still on, and is heard. */
export function CallElsewhere() {
  const { conversations, currentCall } = useSession();
  const ongoing = useStore(currentCall.state);
  const open = useStore(conversations.open);
  if (ongoing?.call === undefined || ongoing.conversation === open) return null;
  return <Elsewhere conversation={ongoing.conversation} call={ongoing.call} />;
}

function Elsewhere({ conversation, call }: { conversation: Conversation; call: Call }) {
  const { conversations, currentCall } = useSession();
  const name = usePart(conversation.about, nameOf);
  const { others, isFull } = useStore(call.state);
  if (isFull) return null;
  return (
    <section className="meeting-notice" aria-label="Call">
      <Video className="meeting-notice-icon" aria-hidden="true" />
      <span className="meeting-notice-line" title={name}>
        In the call of <bdi>{name}</bdi>
      </span>
      {others.map(({ id, stream }) => (
        <Sound key={id} stream={stream} />
      ))}
      <button
        type="button"
        className="button button-small"
        aria-label="Leave the call"
        onClick={() => currentCall.leave()}
      >
        <PhoneOff aria-hidden="true" /> Leave
      </button>
      <button
        type="button"
        className="button button-primary button-small"
        onClick={() => conversations.show(conversation)}
      >
        Back to it
      </button>
    </section>
  );
}

function Sound({ stream }: { stream: MediaStream }) {
  const sound = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = sound.current;
    if (element === null) return;
    element.srcObject = stream;
    element.play().catch(() => {});
  }, [stream]);
  return <audio ref={sound} />;
}
