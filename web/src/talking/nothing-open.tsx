import { MessagesSquare } from 'lucide-react';
import { stateText } from '../connection/connection-line';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';

/** What stands where a conversation would be. */
export function NothingOpen() {
  const { conversations, connection } = useSession();
  const isListed = useStore(conversations.listed);
  const state = useStore(connection.state);
  if (!isListed) {
    return (
      <div className="nothing-open">
        <h1 className="unseen">Parley</h1>
        <p>{state.is === 'live' ? 'Looking which rooms you are in …' : stateText(state, 0)}</p>
      </div>
    );
  }
  return (
    <div className="nothing-open">
      <MessagesSquare aria-hidden="true" />
      <h1>Pick a conversation</h1>
      <p>Or join a room by its name, write to somebody alone, or start a meeting and share its code.</p>
    </div>
  );
}
