import { useEffect, useRef, useState } from 'react';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore, useStoreByFrame } from '../session/store';

/** Says new messages of others to screen readers. The list itself cannot: it comes and goes as one scrolls. */
export function Announcer({ conversation }: { conversation: Conversation }) {
  const me = useStore(useSession().me)?.userId;
  const entries = useStoreByFrame(conversation.timeline.entries);
  const heard = useRef<number>(undefined);
  const [said, say] = useState('');
  useEffect(() => {
    const last = entries.at(-1);
    const before = heard.current;
    heard.current = last?.order;
    // What was there when the conversation was opened is read by going there.
    if (last === undefined || before === undefined || last.order <= before) return;
    if (last.kind === 'line') say(last.text);
    if (last.kind === 'message' && last.senderId !== me) say(`${last.sender}: ${last.text}`);
  }, [entries, me]);
  return (
    <p className="unseen" role="log" aria-label="New messages">
      {said}
    </p>
  );
}
