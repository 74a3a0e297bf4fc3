export interface Devices {
  readonly stream: MediaStream;
  /** What a person is told about a device that could not be opened; empty where all is well. */
  readonly problem: string;
}

/** Camera and microphone, or whichever of them can be had. Never fails: one may also only look and listen. */
export async function openDevices(): Promise<Devices> {
  if (navigator.mediaDevices === undefined) {
    return {
      stream: new MediaStream(),
      problem: 'Camera and microphone need a page over HTTPS. You can look and listen.',
    };
  }
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ audio: true, video: VIDEO }), problem: '' };
  } catch (error) {
    const refused = nameOf(error);
    // One device that is missing or taken must not cost the other.
    const microphone = await tryOne({ audio: true });
    if (microphone !== undefined)
      return { stream: microphone, problem: `The camera was ${reasonOf(refused)}. You can still be heard.` };
    const camera = await tryOne({ video: VIDEO });
    if (camera !== undefined)
      return { stream: camera, problem: `The microphone was ${reasonOf(refused)}. You can still be seen.` };
    return {
      stream: new MediaStream(),
      problem: `Camera and microphone were ${reasonOf(refused)}. You can look and listen.`,
    };
  }
}

const VIDEO: MediaTrackConstraints = {
  width: { ideal: 640 },
  height: { ideal: 360 },
  frameRate: { ideal: 24, max: 30 },
};

async function tryOne(wanted: MediaStreamConstraints): Promise<MediaStream | undefined> {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch {
    return undefined;
  }
}

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : '';
}

/** By the names that `getUserMedia` gives its errors (Media Capture and Streams, section 10.2). */
function reasonOf(name: string): string {
  switch (name) {
    case 'NotAllowedError':
      return 'refused: allow this page to use them in the browser, and join again';
    case 'NotFoundError':
      return 'not found';
    case 'NotReadableError':
      return 'taken by another program';
    default:
      return 'not to be opened';
  }
}
