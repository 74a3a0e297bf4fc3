import { Menu } from '@base-ui/react/menu';
import { ArrowLeft, EllipsisVertical, LogOut, Search, Users, Video } from 'lucide-react';
import { CodeButton } from '../meetings/code-button';
import { Avatar } from '../parts/avatar';
import { IconButton } from '../parts/icon-button';
import { MenuPopup } from '../parts/menu-popup';
import { GuestMark } from '../people/guest-mark';
import { useMedia } from '../parts/use-media';
import { useAction } from '../parts/use-action';
import type { Conversation } from '../rooms/conversation';
import { nameOf } from '../rooms/conversation-name';
import { useSession } from '../session/session-context';
import { usePart, useStore } from '../session/store';

interface Props {
  readonly conversation: Conversation;
  readonly peopleShown: boolean;
  readonly onPeople: () => void;
  readonly onSearch: () => void;
  /** Undefined while the call is on. */
  readonly onCall: (() => void) | undefined;
}

/** Name of the conversation, who is here, and what can be done with it. */
export function ConversationHead({ conversation, peopleShown, onPeople, onSearch, onCall }: Props) {
  const { conversations, meetings } = useSession();
  const kind = usePart(conversation.about, (about) => about.kind);
  const name = usePart(conversation.about, nameOf);
  const here = useStore(conversation.presence.here);
  const facts = useStore(meetings.facts).get(conversation.roomId ?? '');
  const code = usePart(conversation.about, (about) => about.code) ?? facts?.code;
  const media = usePart(conversation.about, (about) => about.media) ?? facts?.media;
  const isNarrow = useMedia('(max-width: 719px)');
  const isMeeting = kind === 'meeting';
  return (
    <header className="conversation-head">
      {isNarrow && (
        <IconButton label="Back to the list" onClick={() => conversations.show(undefined)}>
          <ArrowLeft aria-hidden="true" />
        </IconButton>
      )}
      {kind === 'direct' && conversation.partner !== undefined && (
        <Avatar userId={conversation.partner} name={name} />
      )}
      <div className="conversation-title">
        <h1>
          <bdi>{name}</bdi>
          {conversation.partner !== undefined && <GuestMark userId={conversation.partner} />}
        </h1>
        <p>{subtitle(conversation, kind, here)}</p>
      </div>
      {isMeeting && code !== undefined && <CodeButton conversation={conversation} code={code} />}
      {isMeeting && media !== 'chat' && onCall !== undefined && (
        <button
          type="button"
          className="button button-primary button-small conversation-button"
          onClick={onCall}
        >
          <Video aria-hidden="true" /> <span>Join the call</span>
        </button>
      )}
      <IconButton label="Search in this conversation" onClick={onSearch}>
        <Search aria-hidden="true" />
      </IconButton>
      {kind !== 'direct' && (
        <IconButton
          label={peopleShown ? 'Hide people' : 'Show people'}
          aria-pressed={peopleShown}
          onClick={onPeople}
        >
          <Users aria-hidden="true" />
        </IconButton>
      )}
      {kind !== 'direct' && <RoomMenu conversation={conversation} />}
    </header>
  );
}

function subtitle(
  { partner }: Conversation,
  kind: 'channel' | 'direct' | 'meeting',
  here: { people: readonly { userId: string }[]; count: number; estimated: boolean; known: boolean },
): string {
  if (kind === 'direct') {
    if (!here.known || partner === undefined) return 'Only the two of you';
    return here.people.some(({ userId }) => userId === partner) ? 'Online' : 'Not online now';
  }
  if (!here.known) return kind === 'meeting' ? 'Meeting' : 'Room';
  const about = here.estimated ? 'about ' : '';
  return here.count === 1 ? `${about}1 person here` : `${about}${here.count} people here`;
}

function RoomMenu({ conversation }: { conversation: Conversation }) {
  const { client, conversations } = useSession();
  const { run } = useAction();
  const leave = () =>
    run(async () => {
      if (conversation.roomId !== undefined) await client.commands.leaveRoom(conversation.roomId);
      conversations.left(conversation);
    });
  return (
    <Menu.Root>
      <Menu.Trigger className="icon-button" aria-label="More about this room" title="More">
        <EllipsisVertical aria-hidden="true" />
      </Menu.Trigger>
      <MenuPopup label="Menu of the room">
        <Menu.Item className="menu-item" onClick={() => void leave()}>
          <LogOut aria-hidden="true" /> Leave this room
        </Menu.Item>
      </MenuPopup>
    </Menu.Root>
  );
}
