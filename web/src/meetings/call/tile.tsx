import { useEffect, useRef } from 'react';

interface Props {
  readonly name: string;
  readonly stream: MediaStream | undefined;
  readonly isConnected: boolean;
  readonly isOwn?: boolean;
}

/** One participant's picture and sound. */
export function Tile({ name, stream, isConnected, isOwn = false }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null || stream === undefined || element.srcObject === stream) return;
    element.srcObject = stream;
    // Refused only where nobody has touched the page, which joining a call is.
    element.play().catch(() => {});
  });
  return (
    <figure className={`call-tile ${isOwn ? 'call-tile-own' : ''}`}>
      <video ref={video} autoPlay playsInline muted={isOwn} aria-label={`Picture of ${name}`} />
      <figcaption>
        {isOwn ? 'You' : <bdi>{name}</bdi>}
        {!isConnected && ' – connecting …'}
      </figcaption>
    </figure>
  );
}
