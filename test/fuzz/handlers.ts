import path from 'node:path';
import { readConversation } from '../../bin/schemas/conversation';
import { HeadHints, RoomGuesses } from '../../handlers/chat/sending/hints';
import { routes } from '../../handlers/wiring';
import { acceptMessage } from '../../handlers/websocket/accept-message';
import { connect } from '../../handlers/websocket/connect';
import { moderate } from '../../handlers/websocket/moderate';
import { recallMessages } from '../../handlers/websocket/recall';
import { refresh } from '../../handlers/websocket/refresh';
import { rooms } from '../../handlers/websocket/rooms';
import { session } from '../../handlers/websocket/session';
import { signal } from '../../handlers/websocket/signal';
import { world } from '../support/memory/world';
import { seededRandom } from '../support/seeded-random';
import { faultOf } from './check-answer';
import { FrameMaker } from './frames';

/** The world is made anew after so many frames, so that it stays small. */
const FRAMES_A_WORLD = 2000;
/** Frames under way together, as those of many people are. */
const AT_ONCE = 20;

export interface Fuzzed {
  /** How many were sent; fewer than wished for where faults ended it. */
  readonly frames: number;
  /** How many answers were ok, by error name, or `bye`. */
  readonly answers: ReadonlyMap<string, number>;
  /** The first faults found, each with the frame. */
  readonly faults: readonly { readonly fault: string; readonly frame: string; readonly answer: string }[];
}

/** The frames of the documents, with which random ones begin. */
export function exampleFrames(): Record<string, unknown>[] {
  const { steps } = readConversation(path.join(__dirname, '..', '..'));
  return steps.map(({ sends }) => sends);
}

/**
 * Gives random frames of five people to the functions of the wiring, with ports in memory.
 * @param progress told after every world
 */
export async function fuzzHandlers(
  frames: number,
  seed: number,
  progress: (done: number) => void = () => {},
): Promise<Fuzzed> {
  const random = seededRandom(seed);
  const maker = new FrameMaker(random, exampleFrames());
  const answers = new Map<string, number>();
  const faults: Fuzzed['faults'][number][] = [];
  let done = 0;
  for (; done < frames && faults.length < 10; progress(done)) {
    const { people, answer, pass } = await smallWorld();
    const last = Math.min(done + FRAMES_A_WORLD, frames);
    while (done < last) {
      pass(random() < 0.1 ? 10_000 : 100);
      const batch = Array.from({ length: Math.min(AT_ONCE, last - done) }, () => maker.next());
      done += batch.length;
      const texts = await Promise.all(
        batch.map((frame) => answer(frame, people[Math.floor(random() * people.length)]!)),
      );
      for (const [index, frame] of batch.entries()) {
        const text = texts[index]!;
        const fault = faultOf(frame, text);
        if (fault !== undefined) faults.push({ fault, frame, answer: text });
        const kind = kindOf(text);
        answers.set(kind, (answers.get(kind) ?? 0) + 1);
      }
    }
  }
  return { frames: done, answers, faults };
}

/** The lobby with four people and one whom the server does not know. */
async function smallWorld() {
  const it = world();
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const ports = {
    ...it,
    log: quiet,
    hints: new HeadHints(),
    guesses: new RoomGuesses(),
    maxTextBytes: 8000,
    postsPerSecond: 1000,
    retentionDays: 0,
    pause: () => Promise.resolve(),
    tokens: { verify: () => Promise.resolve('invalid' as const) },
  };
  const people = ['George', 'Elaine', 'Jerry', 'Kramer'];
  for (const name of people) {
    const queryStringParameters = { name };
    await connect(
      { requestContext: { connectionId: name, requestId: 'connect' }, queryStringParameters },
      ports,
    );
  }
  const functions = {
    'accept-message': acceptMessage,
    moderate,
    rooms,
    refresh,
    session,
    signal,
    recall: recallMessages,
  };
  const answer = async (body: string, connectionId: string) => {
    const event = { requestContext: { connectionId, requestId: 'trace' }, body };
    return (await functions[functionFor(body)](event, ports)).body;
  };
  return {
    people: [...people, 'nobody'],
    answer,
    pass: (milliseconds: number) => it.clock.advance(milliseconds),
  };
}

/** As API Gateway selects a route, by `$request.body.action`. */
function functionFor(body: string) {
  try {
    const { action } = JSON.parse(body) as { action?: unknown };
    const found = Object.entries(routes).find(([key]) => key === action && !key.startsWith('$'));
    const name = found?.[1].function;
    if (name !== undefined && name !== 'connect' && name !== 'disconnect') return name;
  } catch {
    // Not JSON: no route of its own.
  }
  return 'accept-message';
}

/** `ok`, the name of the error, or the type of the push. */
export function kindOf(text: string): string {
  const { ok, error, type } = JSON.parse(text) as { ok?: boolean; error?: { name: string }; type?: string };
  return ok === true ? 'ok' : (error?.name ?? type ?? 'nothing');
}
