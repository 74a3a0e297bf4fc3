import { Camera, CameraOff, Mic, MicOff, PhoneOff } from 'lucide-react';
import { IconButton } from '../../parts/icon-button';
import { useSession } from '../../session/session-context';
import { useStore } from '../../session/store';
import { MOST_PEOPLE } from '../most-people';
import type { Call } from './call';
import { Tile } from './tile';
import './call.css';

interface Props {
  readonly call: Call;
  readonly onLeave: () => void;
  readonly onAgain: () => void;
}

/** Everybody's picture, and what one sends oneself. */
export default function CallView({ call, onLeave, onAgain }: Props) {
  const session = useSession();
  const { local, others, problem, isFull, sends } = useStore(call.state);
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
        <Tile
          userId={me?.userId ?? ''}
          name={me?.name ?? 'You'}
          stream={local}
          sends={sends}
          isOwn
          isConnected
        />
        {others.map(({ id, ...other }) => (
          <Tile key={id} {...other} />
        ))}
      </div>
      <div className="call-tools" role="toolbar" aria-label="Call">
        <Switch call={call} kind="audio" />
        <Switch call={call} kind="video" />
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
function Switch({ call, kind }: { call: Call; kind: 'audio' | 'video' }) {
  const { local, sends } = useStore(call.state);
  const isThere = local?.getTracks().some((track) => track.kind === kind) ?? false;
  const isSound = kind === 'audio';
  const shown = isThere && (isSound ? sends.sound : sends.picture);
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
      disabled={!isThere}
      className={shown ? '' : 'call-off'}
      onClick={() => call.send(kind, !shown)}
    >
      {isSound ? shown ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" /> : null}
      {!isSound ? shown ? <Camera aria-hidden="true" /> : <CameraOff aria-hidden="true" /> : null}
    </IconButton>
  );
}
