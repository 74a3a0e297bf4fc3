import { ArrowDown } from 'lucide-react';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type Ref,
} from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { usePart, useStore } from '../session/store';
import { ListStart } from './list-start';
import { markOf } from './marks';
import { MessageRow } from './message-row';
import { OutgoingRow } from './outgoing-row';
import type { Outgoing } from './outgoing';
import { usePassing } from './passing';
import { useRowLayers } from './row-layers';
import { outgoingStartsGroup, startsDay, startsGroup } from './grouping';
import type { Entry } from './timeline';
import { useEntries } from './use-entries';
import './messages.css';

export interface ListHandle {
  /** Brings the entry with this order into view and points at it. */
  show(order: number): void;
  toNewest(): void;
}

/** Height of what stands above the first message, in pixels; the list counts with it. */
const START_PX = 72;
/** So close to the first message the next page is fetched. */
const NEAR_START_PX = 600;
const NEAR_END_PX = 40;

/** All messages, of which only those in view are in the page; stays at the newest unless somebody scrolls up. */
export function MessageList({ conversation, ref }: { conversation: Conversation; ref: Ref<ListHandle> }) {
  const session = useSession();
  const me = useStore(session.me)?.userId;
  const outgoing = useStore(conversation.outgoing.messages);
  const cursors = useStore(conversation.receipts.cursors);
  const role = usePart(conversation.about, (about) => about.role);
  const { actions, layers, editing, menuOf } = useRowLayers();
  const passing = usePassing();
  const virtualizer = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const stick = useRef(true);
  /** Where the list was scrolled to last, in pixels. */
  const top = useRef(0);
  const entries = useEntries(conversation.timeline, stick);
  const [pointed, setPointed] = useState<number>();
  const isPrepended = useIsPrepended(entries);
  const [newFrom] = useState(conversation.readUpTo);
  const rows: readonly (Entry | Outgoing)[] = outgoing.length === 0 ? entries : [...entries, ...outgoing];

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
  }, []);
  useFollowing(scroller, stick, toEnd, rows.length);
  useImperativeHandle(ref, () => ({
    show: (order) => {
      const index = conversation.timeline.entries.get().findIndex((entry) => entry.order === order);
      if (index < 0) return;
      setPointed(order);
      // What is not drawn yet is the newest.
      stick.current = index >= entries.length;
      if (stick.current) toEnd();
      else virtualizer.current?.scrollToIndex(index, { align: 'center' });
    },
    toNewest: () => {
      stick.current = true;
      toEnd();
    },
  }));

  const scrolled = () => {
    const element = scroller.current;
    if (element === null) return;
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    // Who did not go up is away from the end only because rows grew as they were measured.
    const atEnd = isNear || (stick.current && element.scrollTop >= top.current);
    top.current = element.scrollTop;
    stick.current = atEnd;
    if (atEnd && !isNear) toEnd();
    setAtEnd(atEnd);
    passing.scrolled(element);
    if (element.scrollTop < NEAR_START_PX && conversation.roomId !== undefined && !atEnd) {
      void conversation.past.older(conversation.roomId);
    }
  };

  return (
    <div className="messages">
      <div
        ref={scroller}
        className="messages-scroller"
        tabIndex={0}
        role="region"
        aria-label="Messages"
        onScroll={scrolled}
      >
        <div className="messages-pane" />
        <div className="messages-filler" />
        <ListStart conversation={conversation} height={START_PX} />
        <Virtualizer
          ref={virtualizer}
          scrollRef={scroller}
          startMargin={START_PX}
          shift={isPrepended}
          as="ol"
          item="li"
          data={rows}
        >
          {(row, index) => {
            if (!('order' in row)) {
              return (
                <OutgoingRow
                  key={row.clientMessageId}
                  message={row}
                  conversation={conversation}
                  isFirstOfGroup={outgoingStartsGroup(rows[index - 1], row, me)}
                />
              );
            }
            const before = entries[index - 1];
            return (
              <MessageRow
                key={keyOf(row)}
                entry={row}
                conversation={conversation}
                isOwn={row.kind === 'message' && row.senderId === me}
                isEditing={row.kind === 'message' && row.messageId === editing}
                hasMenuOpen={row.kind === 'message' && row.messageId === menuOf}
                actions={actions}
                isFirstOfDay={startsDay(before, row)}
                isFirstOfGroup={startsGroup(before, row)}
                isFirstUnread={isFirstUnread(before, row, newFrom, me)}
                isPointed={row.order === pointed}
                mark={row.kind === 'message' && row.senderId === me ? markOf(row.order, cursors) : undefined}
              />
            );
          }}
        </Virtualizer>
      </div>
      {layers(me, role !== 'member')}
      {!isAtEnd && (
        <button
          type="button"
          className="to-newest"
          onClick={() => {
            stick.current = true;
            toEnd();
          }}
        >
          <ArrowDown aria-hidden="true" /> Newest
        </button>
      )}
    </div>
  );
}

function keyOf(entry: Entry): string {
  return entry.kind === 'message' ? entry.messageId : `${entry.kind} ${entry.order}`;
}

function isFirstUnread(
  before: Entry | undefined,
  entry: Entry,
  readUpTo: number,
  me: string | undefined,
): boolean {
  if (readUpTo === 0 || entry.kind !== 'message' || entry.senderId === me) return false;
  return entry.order > readUpTo && before !== undefined && before.order <= readUpTo;
}

/** Whether older entries came in above; then the list keeps its distance from the end, and nothing jumps. */
function useIsPrepended(entries: readonly Entry[]): boolean {
  const [known, setKnown] = useState({ entries, isPrepended: false });
  if (known.entries === entries) return known.isPrepended;
  const before = known.entries[0];
  const now = entries[0];
  const isPrepended = before !== undefined && now !== undefined && now.order < before.order;
  setKnown({ entries, isPrepended });
  return isPrepended;
}

/** Keeps the newest in view while somebody is there: as rows come, as they are measured, as the window changes. */
function useFollowing(
  scroller: { readonly current: HTMLDivElement | null },
  stick: { readonly current: boolean },
  toEnd: () => void,
  count: number,
): void {
  useLayoutEffect(() => {
    if (stick.current) toEnd();
  }, [count, stick, toEnd]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (stick.current) toEnd();
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller, stick, toEnd]);
}
