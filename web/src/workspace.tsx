import { Tooltip } from '@base-ui/react/tooltip';
import { useEffect, useRef, useState } from 'react';
import { AskingNotices } from './meetings/asking-notices';
import { JoinMeeting } from './meetings/join-meeting';
import { useMedia } from './parts/use-media';
import { Sidebar } from './rooms/sidebar';
import { useSession } from './session/session-context';
import { useStore } from './session/store';
import { ConversationView } from './talking/conversation-view';
import { NothingOpen } from './talking/nothing-open';
import './workspace.css';

interface Props {
  /** Of the meeting whose link brought this person here. */
  readonly code: string | undefined;
  readonly isGuest: boolean;
  readonly onLeave: () => void;
}

/** List beside conversation; on a phone one or the other. */
export function Workspace({ code, isGuest, onLeave }: Props) {
  const { conversations } = useSession();
  const open = useStore(conversations.open);
  const isNarrow = useMedia('(max-width: 719px)');
  const [linkCode, setLinkCode] = useState(code);
  useWorkspaceTitle();
  return (
    <Tooltip.Provider delay={400}>
      <div className="workspace">
        {(!isNarrow || open === undefined) && (
          <Sidebar isAlone={isNarrow} isGuest={isGuest} onLeave={onLeave} />
        )}
        {(!isNarrow || open !== undefined) && (
          <main className="workspace-main" aria-label={open === undefined ? 'Nothing open' : 'Conversation'}>
            <AskingNotices />
            {open === undefined ? <NothingOpen /> : <ConversationView key={open.key} conversation={open} />}
          </main>
        )}
        {isNarrow && open === undefined && <AskingNotices />}
      </div>
      <JoinMeeting
        open={linkCode !== undefined}
        given={linkCode ?? ''}
        onClose={() => setLinkCode(undefined)}
      />
    </Tooltip.Provider>
  );
}

/** The number of conversations with something new stands in the tab's title. */
function useWorkspaceTitle(): void {
  const { conversations } = useSession();
  const all = useStore(conversations.all);
  const title = useRef('');
  useEffect(() => {
    const retitle = () => {
      const fresh = all.filter(({ about }) => about.get().unread > 0).length;
      const now = fresh === 0 ? 'Parley' : `(${fresh}) Parley`;
      if (now !== title.current) document.title = title.current = now;
    };
    retitle();
    const ends = all.map(({ about }) => about.listen(retitle));
    return () => ends.forEach((end) => end());
  }, [all]);
}
