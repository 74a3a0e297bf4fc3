import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { Notice } from './notice';

/** Rooms and meetings that somebody lets one into. */
export function InvitationNotices() {
  const { invitations } = useSession();
  const open = useStore(invitations.open);
  return (
    <div role="status" aria-label="Invitations">
      {open.map((one) => (
        <Notice
          key={one.roomId}
          person={one}
          no={{ label: 'Not now', act: () => invitations.dismiss(one) }}
          yes={{ label: 'Open', act: () => invitations.accept(one) }}
        >
          invites you to <bdi className="meeting-notice-room">{one.room}</bdi>.
        </Notice>
      ))}
    </div>
  );
}
