import { useEffect, useState } from 'react';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import type { Entry } from './timeline';

/** Nobody can listen to more; and each time the page is laid out. */
const PAUSE_MS = 1000;

/** Says new messages of others to screen readers. The list itself cannot: it comes and goes as one scrolls. */
export function Announcer({ conversation }: { conversation: Conversation }) {
  const me = useStore(useSession().me)?.userId;
  const { entries } = conversation.timeline;
  const [said, say] = useState('');
  useEffect(() => {
    let heard = entries.get().at(-1)?.order;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let next = 0;
    const tell = () => {
      timer = undefined;
      // What was there when the conversation was opened is read by going there.
      const text = heard === undefined ? undefined : newsSince(heard, entries.get(), me);
      heard = entries.get().at(-1)?.order;
      if (text === undefined) return;
      next = Date.now() + PAUSE_MS;
      say(text);
    };
    const end = entries.listen(() => {
      timer ??= setTimeout(tell, Math.max(0, next - Date.now()));
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [entries, me]);
  return (
    <p className="unseen" role="log" aria-label="New messages">
      {said}
    </p>
  );
}

/** What came in after a place, but for what this person said: the last of it, and how much there was. */
function newsSince(order: number, entries: readonly Entry[], me: string | undefined): string | undefined {
  let count = 0;
  let text: string | undefined;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index];
    if (entry === undefined || entry.order <= order) break;
    if (entry.kind === 'missing' || (entry.kind === 'message' && entry.senderId === me)) continue;
    text ??= entry.kind === 'line' ? entry.text : `${entry.sender}: ${entry.text}`;
    count += 1;
  }
  return text !== undefined && count > 1 ? `${count} new, the last: ${text}` : text;
}
