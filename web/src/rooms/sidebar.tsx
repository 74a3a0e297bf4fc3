import { Menu } from '@base-ui/react/menu';
import { Hash, Lock, LogIn, LogOut, MessageSquarePlus, PencilLine, Plus, Search, Video } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { ConnectionLine } from '../connection/connection-line';
import { Leaving, type Leave } from '../entering/leaving';
import { JoinMeeting } from '../meetings/join-meeting';
import { NewMeeting } from '../meetings/new-meeting';
import { FoundPeople, useFoundPeople } from '../people/found-people';
import type { Person } from '../people/people';
import { Rename } from '../people/rename';
import { Avatar } from '../parts/avatar';
import { IconButton } from '../parts/icon-button';
import { MenuPopup } from '../parts/menu-popup';
import { useAction } from '../parts/use-action';
import { Wordmark } from '../parts/wordmark';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import type { Conversation } from './conversation';
import { FindPeople } from './find-people';
import { NewRoom } from './new-room';
import { RoomRow } from './room-row';
import './sidebar.css';

type Opened = 'room' | 'meeting' | 'join-meeting' | undefined;

interface Props {
  /** Whether nothing stands beside it, so that it is the page's main part. */
  readonly isAlone: boolean;
  readonly leave: Leave;
  /** Undefined where nobody can sign in. */
  readonly onSignIn: (() => void) | undefined;
}

/** Everything that one can open, and who one is. */
export function Sidebar({ isAlone, leave, onSignIn }: Props) {
  const { conversations } = useSession();
  const all = useStore(conversations.all);
  const isListed = useStore(conversations.listed);
  const [wanted, setWanted] = useState('');
  const [opened, setOpened] = useState<Opened>();
  const found = useFound(all, wanted);
  const isFinding = wanted.trim() !== '';
  const others = useFoundPeople(
    wanted,
    all.map(({ partner }) => partner),
  );
  const writeTo = (person: Person) => {
    setWanted('');
    conversations.show(conversations.withSomebody(person));
  };
  const close = () => setOpened(undefined);
  const Part = isAlone ? 'main' : 'aside';
  return (
    <Part className="sidebar" aria-label="Rooms and people">
      {isAlone && <h1 className="unseen">Parley</h1>}
      <header className="sidebar-head">
        <Wordmark />
        <Me leave={leave} onSignIn={onSignIn} />
      </header>
      <label className="search">
        <Search aria-hidden="true" />
        <input
          type="search"
          placeholder="Find rooms and people"
          aria-label="Find rooms and people"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </label>
      <nav className="sidebar-lists" aria-label="Conversations">
        <Section
          title="Rooms"
          icon={<Hash />}
          of={found}
          kind="channel"
          isLoading={!isListed}
          empty={isFinding ? 'None of that name.' : <NoRoom />}
        >
          <IconButton label="Join or create a room" onClick={() => setOpened('room')}>
            <Plus aria-hidden="true" />
          </IconButton>
        </Section>
        <Section
          title="Private"
          icon={<Lock />}
          of={found}
          kind="direct"
          empty={
            isFinding ? 'Nobody of that name in your rooms.' : 'Pick a person’s name to write to them alone.'
          }
          more={isFinding && others.length > 0 ? <FoundPeople of={others} onPick={writeTo} /> : undefined}
        >
          <FindPeople />
        </Section>
        <Section
          title="Meetings"
          icon={<Video />}
          of={found}
          kind="meeting"
          empty={isFinding ? 'None of that name.' : 'Start one, or join with a code.'}
        >
          <IconButton label="Join a meeting" onClick={() => setOpened('join-meeting')}>
            <MessageSquarePlus aria-hidden="true" />
          </IconButton>
          <IconButton label="Start a meeting" onClick={() => setOpened('meeting')}>
            <Plus aria-hidden="true" />
          </IconButton>
        </Section>
      </nav>
      <ConnectionLine />
      <NewRoom open={opened === 'room'} onClose={close} />
      <NewMeeting open={opened === 'meeting'} onClose={close} />
      <JoinMeeting open={opened === 'join-meeting'} given="" onClose={close} />
    </Part>
  );
}

/** Room 2 before room 10. */
const byName = new Intl.Collator(undefined, { numeric: true });

function useFound(all: readonly Conversation[], wanted: string): readonly Conversation[] {
  return useMemo(() => {
    const text = wanted.trim().toLocaleLowerCase();
    return all
      .filter(({ about }) => about.get().name.toLocaleLowerCase().includes(text))
      .sort((one, other) => byName.compare(one.about.get().name, other.about.get().name));
  }, [all, wanted]);
}

interface SectionProps {
  readonly title: string;
  readonly icon: ReactNode;
  readonly of: readonly Conversation[];
  readonly kind: 'channel' | 'direct' | 'meeting';
  readonly empty: ReactNode;
  readonly isLoading?: boolean;
  /** Below the rows. */
  readonly more?: ReactNode;
  readonly children: ReactNode;
}

function Section({ title, icon, of, kind, empty, isLoading = false, more, children }: SectionProps) {
  const rows = of.filter(({ about }) => about.get().kind === kind);
  return (
    <section className="sidebar-section" aria-label={title}>
      <div className="sidebar-section-head">
        <h2>{title}</h2>
        <span className="sidebar-section-tools">{children}</span>
      </div>
      {rows.length === 0 && more === undefined && (
        <p className="sidebar-empty">{isLoading ? 'Looking …' : empty}</p>
      )}
      {rows.length > 0 && (
        <ul>
          {rows.map((conversation) => (
            <li key={conversation.key}>
              <RoomRow conversation={conversation} icon={icon} />
            </li>
          ))}
        </ul>
      )}
      {more}
    </section>
  );
}

/** The deployment has a room to begin with. */
function NoRoom() {
  const { client, conversations, configuration } = useSession();
  const { isBusy, problem, run } = useAction();
  const { room: first } = configuration;
  if (first === undefined) return 'No room yet.';
  const join = () =>
    run(async () => {
      const { roomId, kind, room } = await client.commands.joinRoom(first);
      conversations.show(conversations.entered(roomId, kind, room));
    });
  return (
    <>
      No room yet.{' '}
      <button type="button" className="text-button" disabled={isBusy} onClick={() => void join()}>
        Join <bdi>{first}</bdi>
      </button>
      {problem !== '' && <span role="alert"> {problem}</span>}
    </>
  );
}

function Me({ leave, onSignIn }: Pick<Props, 'leave' | 'onSignIn'>) {
  const session = useSession();
  const me = useStore(session.me);
  const [isRenaming, setRenaming] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  if (me === undefined) return <span className="me-wait" />;
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="me">
          <Avatar userId={me.userId} name={me.name} size="small" />
          <span className="unseen">You are </span>
          <bdi className="me-name">{me.name}</bdi>
        </Menu.Trigger>
        <MenuPopup label="Your menu">
          <Menu.Item className="menu-item" onClick={() => setRenaming(true)}>
            <PencilLine aria-hidden="true" /> Change your name
          </Menu.Item>
          {leave.isGuest && onSignIn !== undefined && (
            <Menu.Item className="menu-item" onClick={onSignIn}>
              <LogIn aria-hidden="true" /> Sign in
            </Menu.Item>
          )}
          <Menu.Separator className="menu-line" />
          <Menu.Item className="menu-item" onClick={() => setLeaving(true)}>
            <LogOut aria-hidden="true" />{' '}
            {leave.isGuest ? 'Leave, and forget me here' : 'Sign out everywhere'}
          </Menu.Item>
        </MenuPopup>
      </Menu.Root>
      <Rename open={isRenaming} name={me.name} onClose={() => setRenaming(false)} />
      <Leaving open={isLeaving} leave={leave} onClose={() => setLeaving(false)} />
    </>
  );
}
