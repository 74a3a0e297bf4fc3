import { useEffect, useState } from 'react';
import { useSession } from '../session/session-context';
import { useStore } from '../session/store';
import { farewell } from './farewells';
import type { ConnectionState } from './connection-state';
import { useQueued } from './use-queued';
import './connection.css';

/** How things stand with the server, always in view and never nicer than they are. */
export function ConnectionLine() {
  const { connection } = useSession();
  const state = useStore(connection.state);
  const queued = useQueued();
  const seconds = useSecondsUntil(state.is === 'waiting' ? state.until : undefined);
  const waiting =
    queued === 0 || state.is === 'live'
      ? ''
      : ` · ${queued === 1 ? '1 message waits' : `${queued} messages wait`}`;
  return (
    <div className={`connection connection-${state.is}`}>
      <span className="connection-dot" aria-hidden="true" />
      <span className="connection-text" aria-hidden="true">
        {stateText(state, seconds)}
        {waiting}
      </span>
      {/* A screen reader hears of changes, not of every second. */}
      <span className="unseen" role="status">
        {state.is === 'waiting'
          ? `Not connected. Trying again soon${waiting}`
          : `${stateText(state, 0)}${waiting}`}
      </span>
      {(state.is === 'waiting' || state.is === 'offline') && (
        <button type="button" className="text-button" onClick={() => connection.retryNow()}>
          Try now
        </button>
      )}
      {state.is === 'ended' && (
        <button type="button" className="text-button" onClick={() => location.reload()}>
          Reload
        </button>
      )}
    </div>
  );
}

/** In a few words. */
export function stateText(state: ConnectionState, seconds: number): string {
  switch (state.is) {
    case 'live':
      return 'Live';
    case 'connecting':
      return state.again ? 'Reconnecting …' : 'Connecting …';
    case 'waiting':
      return seconds === 0 ? 'Reconnecting …' : `Reconnecting in ${seconds} s`;
    case 'offline':
      return 'Offline';
    case 'ended':
      return state.reason === '' ? 'Signed off' : `Signed off: ${farewell(state.reason)}`;
  }
}

function useSecondsUntil(until: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}
