import { CLIENT_ERRORS } from '../../handlers/chat/errors';
import { commands, EVERYWHERE, type Command } from '../../handlers/chat/protocol/commands';
import { byePush } from '../../handlers/chat/protocol/pushes';
import { errorReplySchema } from '../../handlers/chat/protocol/replies';

const FRAME_BYTES = 32 * 1024;

const actions = new Map<unknown, Command>(
  Object.entries<Command>(commands).flatMap(([action, command]) =>
    [action, ...(command.aliases ?? [])].map((name) => [name, command] as const),
  ),
);

/** What is wrong with the answer to a frame, if anything: whatever comes in, it must be typed and fit a frame. */
export function faultOf(frame: string, answer: string): string | undefined {
  if (Buffer.byteLength(answer) > FRAME_BYTES) return `the answer has ${Buffer.byteLength(answer)} bytes`;
  const parsed = JSON.parse(answer) as { ok?: unknown };
  if (parsed.ok === undefined) return byePush.safeParse(parsed).success ? undefined : 'neither ok nor bye';
  if (parsed.ok === false) {
    const { data } = errorReplySchema.safeParse(parsed);
    if (data === undefined) return 'an error that is not typed';
    const { name, code } = data.error;
    if (name === 'internal') return 'a fault of ours';
    const known = Object.entries(CLIENT_ERRORS).some(([one, it]) => one === name && it.code === code);
    if (!known) return `an unknown error ${name}`;
    return mayRefuse(frame, name) ? undefined : `${name}, of which the catalogue of commands does not know`;
  }
  const command = actions.get(actionOf(frame));
  if (command === undefined) return 'ok to an unknown action';
  return command.gives.safeParse(parsed).success ? undefined : 'a reply that is not what the command gives';
}

/** What the catalogue says of refusals is what the documents say, so it has to hold. */
function mayRefuse(frame: string, name: string): boolean {
  const command = actions.get(actionOf(frame));
  if (EVERYWHERE.some((one) => one === name)) return true;
  if (command === undefined) return name === 'unknown_action';
  const needsMessage = command === commands.sendMessage && name === 'unknown_action';
  return needsMessage || (command.refusals ?? []).some((one) => one === name);
}

/** The action of a frame; a message may come without one. Undefined where it is no JSON object. */
function actionOf(frame: string): unknown {
  try {
    const { action = 'sendMessage' } = JSON.parse(frame) as { action?: unknown };
    return action;
  } catch {
    return undefined;
  }
}
