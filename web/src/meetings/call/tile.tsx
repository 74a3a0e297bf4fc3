import { MicOff } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Avatar } from '../../parts/avatar';
import { GuestMark } from '../../people/guest-mark';
import type { Sends } from './call';

interface Props {
  readonly userId: string;
  readonly name: string;
  readonly stream: MediaStream | undefined;
  readonly sends: Sends;
  readonly isConnected: boolean;
  readonly isOwn?: boolean;
}

/** One participant's picture and sound. */
export function Tile({ userId, name, stream, sends, isConnected, isOwn = false }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null || stream === undefined || element.srcObject === stream) return;
    element.srcObject = stream;
    // Refused only where nobody has touched the page, which joining a call is.
    element.play().catch(() => {});
  });
  return (
    <figure className={`call-tile ${isOwn ? 'call-tile-own' : ''} ${sends.picture ? '' : 'call-tile-dark'}`}>
      <video ref={video} autoPlay playsInline muted={isOwn} aria-label={`Picture of ${name}`} />
      {!sends.picture && <Avatar userId={userId} name={name} size="large" />}
      <figcaption>
        {!sends.sound && (
          <span role="img" aria-label="Muted:" className="call-muted">
            <MicOff aria-hidden="true" />
          </span>
        )}
        {isOwn ? 'You' : <bdi>{name}</bdi>}
        {!isOwn && <GuestMark userId={userId} />}
        {!sends.picture && <span className="unseen">, camera off</span>}
        {!isConnected && ' – connecting …'}
      </figcaption>
    </figure>
  );
}
