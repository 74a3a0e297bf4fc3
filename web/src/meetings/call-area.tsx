import { lazy, Suspense } from 'react';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';

const CallView = lazy(() => import('./call/call-view'));

/** The call of this meeting, where one is in it. */
export function CallArea({ conversation }: { conversation: Conversation }) {
  const { currentCall } = useSession();
  const ongoing = useStore(currentCall.state);
  if (ongoing?.conversation !== conversation) return null;
  if (ongoing.problem !== '') {
    return (
      <p className="meeting-notice" role="alert">
        <span>{ongoing.problem}</span>
        <button type="button" className="text-button" onClick={() => currentCall.leave()}>
          Close
        </button>
        <button type="button" className="text-button" onClick={() => void currentCall.start(conversation)}>
          Try again
        </button>
      </p>
    );
  }
  const preparing = <p className="meeting-notice">Preparing the call …</p>;
  if (ongoing.call === undefined) return preparing;
  return (
    <Suspense fallback={preparing}>
      <CallView
        call={ongoing.call}
        onLeave={() => currentCall.leave()}
        onAgain={() => void currentCall.start(conversation)}
      />
    </Suspense>
  );
}
