import { Camera, CameraOff, Mic, MicOff, PhoneOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '../../parts/icon-button';
import type { Conversation } from '../../rooms/conversation';
import { useSession } from '../../session/session-context';
import { useStore } from '../../session/store';
import { MOST_PEOPLE } from '../most-people';
import { Call } from './call';
import { Tile } from './tile';
import './call.css';

interface Props {
  readonly conversation: Conversation;
  readonly onLeave: () => void;
}

/** Everybody's picture, and what one sends oneself. */
export default function CallView({ conversation, onLeave }: Props) {
  const session = useSession();
  const [call, setCall] = useState<Call>();
  const [attempt, setAttempt] = useState(1);
  const { roomId } = conversation;
  useEffect(() => {
    if (roomId === undefined) return;
    const made = new Call(session, roomId);
    setCall(made);
    void made.join();
    const leave = () => made.leave();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      made.leave();
    };
  }, [session, roomId, attempt]);
  if (call === undefined) return null;
  return <InCall call={call} onLeave={onLeave} onAgain={() => setAttempt(attempt + 1)} />;
}

interface InCallProps {
  readonly call: Call;
  readonly onLeave: () => void;
  readonly onAgain: () => void;
}

function InCall({ call, onLeave, onAgain }: InCallProps) {
  const session = useSession();
  const { local, others, problem, isFull } = useStore(call.state);
  const me = useStore(session.me);
  if (isFull) {
    return (
      <section className="call" aria-label="Call">
        <p className="call-problem" role="alert">
          The call is full: up to {MOST_PEOPLE} people can be in it. You can go on writing here, and join when
          somebody has left.
        </p>
        <div className="call-answers">
          <button type="button" className="button button-small" onClick={onLeave}>
            Close
          </button>
          <button type="button" className="button button-small button-primary" onClick={onAgain}>
            Try again
          </button>
        </div>
      </section>
    );
  }
  return (
    <section className="call" aria-label="Call">
      {problem !== '' && (
        <p className="call-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="call-tiles" data-people={others.length + 1}>
        <Tile name={me?.name ?? 'You'} stream={local} isOwn isConnected />
        {others.map(({ id, name, stream, isConnected }) => (
          <Tile key={id} name={name} stream={stream} isConnected={isConnected} />
        ))}
      </div>
      <div className="call-tools" role="toolbar" aria-label="Call">
        <Switch stream={local} kind="audio" />
        <Switch stream={local} kind="video" />
        <IconButton label="Leave the call" className="call-leave" onClick={onLeave}>
          <PhoneOff aria-hidden="true" />
        </IconButton>
        <span className="call-count" role="status">
          {others.length === 0 ? 'Nobody else is in the call yet' : `${others.length + 1} in the call`}
        </span>
      </div>
    </section>
  );
}

/** Turns what one sends off and on; the device stays open, so that it is back at once. */
function Switch({ stream, kind }: { stream: MediaStream | undefined; kind: 'audio' | 'video' }) {
  const [isOn, setOn] = useState(true);
  const tracks = stream?.getTracks().filter((track) => track.kind === kind) ?? [];
  const isSound = kind === 'audio';
  const change = () => {
    for (const track of tracks) track.enabled = !isOn;
    setOn(!isOn);
  };
  const shown = isOn && tracks.length > 0;
  const label = isSound
    ? shown
      ? 'Mute the microphone'
      : 'Unmute the microphone'
    : shown
      ? 'Turn the camera off'
      : 'Turn the camera on';
  return (
    <IconButton
      label={label}
      disabled={tracks.length === 0}
      className={shown ? '' : 'call-off'}
      onClick={change}
    >
      {isSound ? shown ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" /> : null}
      {!isSound ? shown ? <Camera aria-hidden="true" /> : <CameraOff aria-hidden="true" /> : null}
    </IconButton>
  );
}
