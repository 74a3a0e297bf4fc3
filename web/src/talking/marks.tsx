import { Check, CheckCheck } from 'lucide-react';
import type { Cursor } from './receipts';

/** How far a message of one's own has come. */
export type Mark = 'sent' | 'delivered' | 'read';

/** By the cursors of the others that are known: what somebody has read, somebody has. */
export function markOf(order: number, cursors: ReadonlyMap<string, Cursor>): Mark {
  let mark: Mark = 'sent';
  for (const { receivedSeq, readSeq } of cursors.values()) {
    if (readSeq >= order) return 'read';
    if (receivedSeq >= order) mark = 'delivered';
  }
  return mark;
}

const WORDS: Readonly<Record<Mark, string>> = { sent: 'Sent', delivered: 'Delivered', read: 'Read' };

export function MarkSign({ mark }: { mark: Mark }) {
  return (
    <span className={`mark mark-${mark}`} title={WORDS[mark]}>
      {mark === 'sent' ? <Check aria-hidden="true" /> : <CheckCheck aria-hidden="true" />}
      <span className="unseen">{WORDS[mark]}</span>
    </span>
  );
}
