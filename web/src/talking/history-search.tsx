import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useDeferredValue, useEffect, useEffectEvent, useMemo, useState, type KeyboardEvent } from 'react';
import { IconButton } from '../parts/icon-button';
import type { Conversation } from '../rooms/conversation';
import { useStore } from '../session/store';

interface Props {
  readonly conversation: Conversation;
  readonly onShow: (order: number) => void;
  readonly onClose: () => void;
}

/** Finds words in what is loaded of the conversation, newest first, and says that it looks no further. */
export function HistorySearch({ conversation, onShow, onClose }: Props) {
  const entries = useStore(conversation.timeline.entries);
  const past = useStore(conversation.past.state);
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(0);
  const text = useDeferredValue(wanted.trim().toLocaleLowerCase());
  const found = useMemo(() => {
    if (text === '') return [];
    const orders = entries.flatMap((entry) =>
      entry.kind === 'message' && `${entry.sender} ${entry.text}`.toLocaleLowerCase().includes(text)
        ? [entry.order]
        : [],
    );
    return orders.reverse();
  }, [entries, text]);
  const order = found[at];
  // The same place is not shown again because a message came in.
  const show = useEffectEvent(onShow);
  useEffect(() => {
    if (order !== undefined) show(order);
  }, [order]);
  const step = (by: number) =>
    setAt((place) => (found.length === 0 ? 0 : (place + by + found.length) % found.length));
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
  };
  return (
    <div className="history-search" role="search" aria-label="In this conversation">
      <input
        type="search"
        className="field"
        placeholder="Search what is loaded"
        aria-label="Search what is loaded of this conversation"
        autoFocus
        value={wanted}
        onChange={(event) => {
          setWanted(event.target.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <span className="history-search-count" role="status">
        {text === '' ? '' : found.length === 0 ? 'Nothing' : `${at + 1} of ${found.length}`}
      </span>
      <IconButton label="Older match" disabled={found.length === 0} onClick={() => step(1)}>
        <ChevronUp aria-hidden="true" />
      </IconButton>
      <IconButton label="Newer match" disabled={found.length === 0} onClick={() => step(-1)}>
        <ChevronDown aria-hidden="true" />
      </IconButton>
      {past === 'more' && conversation.roomId !== undefined && (
        <button
          type="button"
          className="text-button"
          onClick={() =>
            conversation.roomId !== undefined && void conversation.past.older(conversation.roomId)
          }
        >
          Load more
        </button>
      )}
      <IconButton label="Close the search" onClick={onClose}>
        <X aria-hidden="true" />
      </IconButton>
    </div>
  );
}
