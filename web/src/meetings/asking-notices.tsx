import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import './meetings.css';

/** What became of one's asking to be let into meetings. */
export function AskingNotices() {
  const { meetings } = useSession();
  const asking = useStore(meetings.asking);
  return (
    <div role="status">
      {asking.map((one) => (
        <p key={one.roomId} className="meeting-notice">
          <span>
            {one.refused ? 'The host did not let you into ' : 'Waiting for the host to let you into '}
            <bdi>{one.name}</bdi>
            {one.refused ? '.' : ' …'}
          </span>
          <button type="button" className="text-button" onClick={() => meetings.dismiss(one)}>
            {one.refused ? 'Close' : 'Hide'}
          </button>
        </p>
      ))}
    </div>
  );
}
