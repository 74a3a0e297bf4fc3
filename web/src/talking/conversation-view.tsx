import { useEffect, useRef, useState } from 'react';
import { ConnectionLine } from '../connection/connection-line';
import { CallArea } from '../meetings/call-area';
import { WaitingPeople } from '../meetings/waiting-people';
import { PeoplePanel } from '../people/people-panel';
import { useMedia } from '../parts/use-media';
import type { Conversation } from '../rooms/conversation';
import { useSession } from '../session/session-context';
import { usePart } from '../session/store';
import { Announcer } from './announcer';
import { Composer } from './composer';
import { ConversationHead } from './conversation-head';
import { HistorySearch } from './history-search';
import { MessageList, type ListHandle } from './message-list';
import { TypingLine } from './typing-line';
import './conversation.css';

/** One open room or private conversation. */
export function ConversationView({ conversation }: { conversation: Conversation }) {
  const { connection, currentCall } = useSession();
  const isLive = usePart(connection.state, ({ is }) => is === 'live');
  const kind = usePart(conversation.about, (about) => about.kind);
  const over = usePart(conversation.about, (about) => about.over);
  const isNarrow = useMedia('(max-width: 719px)');
  const isWide = useMedia('(min-width: 1100px)');
  const [peopleShown, setPeopleShown] = useState<boolean>();
  const [isSearching, setSearching] = useState(false);
  const isInCall = usePart(currentCall.state, (ongoing) => ongoing?.conversation === conversation);
  const list = useRef<ListHandle>(null);
  useReading(conversation);
  const hasPeople = kind !== 'direct' && (peopleShown ?? isWide);
  return (
    <div className="conversation">
      <section className="conversation-talk" aria-label="Messages and writing">
        <ConversationHead
          conversation={conversation}
          peopleShown={hasPeople}
          onPeople={() => setPeopleShown(!hasPeople)}
          onSearch={() => setSearching(!isSearching)}
          onCall={isInCall ? undefined : () => void currentCall.start(conversation)}
        />
        {isNarrow && !isLive && <ConnectionLine />}
        {isSearching && (
          <HistorySearch
            conversation={conversation}
            onShow={(order) => list.current?.show(order)}
            onClose={() => setSearching(false)}
          />
        )}
        <WaitingPeople conversation={conversation} />
        <CallArea conversation={conversation} />
        <MessageList ref={list} conversation={conversation} />
        <TypingLine conversation={conversation} />
        {over === undefined ? (
          <Composer conversation={conversation} onSent={() => list.current?.toNewest()} />
        ) : (
          <p className="conversation-over">{over}</p>
        )}
        <Announcer conversation={conversation} />
      </section>
      {hasPeople && <PeoplePanel conversation={conversation} onClose={() => setPeopleShown(false)} />}
    </div>
  );
}

/** What is in front of somebody's eyes counts as read. */
function useReading(conversation: Conversation): void {
  useEffect(() => {
    const read = () => {
      if (document.visibilityState === 'visible') conversation.read();
    };
    read();
    const unlisten = conversation.timeline.entries.listen(read);
    document.addEventListener('visibilitychange', read);
    return () => {
      unlisten();
      document.removeEventListener('visibilitychange', read);
    };
  }, [conversation]);
}
