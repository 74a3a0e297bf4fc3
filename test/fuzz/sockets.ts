import { connect, type ChatClient } from '../support/chat-client';
import { seededRandom } from '../support/seeded-random';
import { faultOf } from './check-answer';
import { FrameMaker } from './frames';
import { exampleFrames, kindOf, type Fuzzed } from './handlers';

const SOCKETS = 8;
/** A client keeps all that arrived, so another one takes over after so many frames. */
const KEPT_FRAMES = 500;
/** API Gateway's limit of one frame; a longer one closes the socket with 1009, which is not what is sought here. */
const FRAME_BYTES = 32 * 1024;

/**
 * Sends random frames through real sockets, one after the other on each, and waits for the answer to each. A socket
 * that closes, or a frame without an answer, is a fault; only `bye` may end a connection, and then another one begins.
 * @param url where clients connect, with guests let in
 */
export async function fuzzSockets(
  url: string,
  frames: number,
  seed: number,
  progress: (done: number) => void = () => {},
): Promise<Fuzzed> {
  const answers = new Map<string, number>();
  const faults: Fuzzed['faults'][number][] = [];
  let done = 0;
  const drive = async (number: number) => {
    const random = seededRandom(seed + number);
    const maker = new FrameMaker(random, exampleFrames());
    const begin = () => connect(`${url}?name=Guest%20${number}`);
    let client = await begin();
    while (done < frames && faults.length < 10) {
      const frame = maker.next();
      if (Buffer.byteLength(frame) > FRAME_BYTES) continue;
      done += 1;
      if (done % 1000 === 0) progress(done);
      client.send(frame);
      const answer = await answerOf(client);
      const fault = answer === undefined ? 'no answer' : faultOf(frame, answer);
      if (fault !== undefined) faults.push({ fault, frame, answer: answer ?? '' });
      const kind = answer === undefined ? 'none' : kindOf(answer);
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
      if (kind === 'bye' || answer === undefined || client.frames.length > KEPT_FRAMES) {
        client.kill();
        client = await begin();
      }
    }
    client.kill();
  };
  await Promise.all(Array.from({ length: SOCKETS }, (_, number) => drive(number)));
  return { frames: done, answers, faults };
}

/** The next frame that is an answer and no push, or undefined where none comes. */
async function answerOf(client: ChatClient): Promise<string | undefined> {
  try {
    const answer = await client.next(
      (frame) => typeof frame === 'object' && ('ok' in frame || frame.type === 'bye' || 'requestId' in frame),
      20_000,
    );
    return JSON.stringify(answer);
  } catch {
    return undefined;
  }
}
