import { Tooltip } from '@base-ui/react/tooltip';
import { useEffect, useRef, useState } from 'react';
import type { Leave } from './entering/leaving';
import { AskingNotices } from './meetings/asking-notices';
import { CallElsewhere } from './meetings/call-elsewhere';
import { InvitationNotices } from './meetings/invitation-notices';
import type { MeetingLink } from './meetings/meetings';
import { JoinMeeting } from './meetings/join-meeting';
import { useMedia } from './parts/use-media';
import { Sidebar } from './rooms/sidebar';
import { useSession } from './session/session-context';
import { useStore } from './session/store';
import { ConversationView } from './talking/conversation-view';
import { NothingOpen } from './talking/nothing-open';
import './workspace.css';

interface Props {
  /** The meeting's that brought this person here. */
  readonly link: MeetingLink | undefined;
  readonly leave: Leave;
  readonly onSignIn: (() => void) | undefined;
}

/** List beside conversation; on a phone one or the other. */
export function Workspace({ link, leave, onSignIn }: Props) {
  const { conversations } = useSession();
  const open = useStore(conversations.open);
  const isNarrow = useMedia('(max-width: 719px)');
  const [done, setDone] = useState<MeetingLink>();
  useWorkspaceTitle();
  return (
    <Tooltip.Provider delay={400}>
      <div className="workspace">
        {(!isNarrow || open === undefined) && (
          <Sidebar isAlone={isNarrow} leave={leave} onSignIn={onSignIn} />
        )}
        {(!isNarrow || open !== undefined) && (
          <main className="workspace-main" aria-label={open === undefined ? 'Nothing open' : 'Conversation'}>
            <Notices />
            {open === undefined ? <NothingOpen /> : <ConversationView key={open.key} conversation={open} />}
          </main>
        )}
        {isNarrow && open === undefined && (
          <aside aria-label="Notices">
            <Notices />
          </aside>
        )}
      </div>
      <JoinMeeting open={link !== done} given={link?.code ?? ''} onClose={() => setDone(link)} />
    </Tooltip.Provider>
  );
}

/** What goes on elsewhere. */
function Notices() {
  return (
    <>
      <CallElsewhere />
      <InvitationNotices />
      <AskingNotices />
    </>
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
