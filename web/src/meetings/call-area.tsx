import { lazy, Suspense } from 'react';
import type { Conversation } from '../rooms/conversation';

/** Fetched with the first call. */
const Call = lazy(() => import('./call/call-view'));

export function CallArea({ conversation, onLeave }: { conversation: Conversation; onLeave: () => void }) {
  return (
    <Suspense fallback={<p className="meeting-notice">Preparing the call …</p>}>
      <Call conversation={conversation} onLeave={onLeave} />
    </Suspense>
  );
}
