import { createEventBus } from '../../handlers/aws/event-bus';
import { createLedger } from '../../handlers/aws/ledger';
import { createOutbox } from '../../handlers/aws/outbox';
import { parseMessageId } from '../../handlers/chat/ids';
import { reachOf, redrive, redriveRefusal } from '../../handlers/chat/fan-out/redrive';
import type { Request } from './command-line';
import { executionsOf } from './executions';
import type { Installation } from './installation';
import { OperatorError } from './operator-error';

/**
 * Starts the next attempt of a message's fan-out, saying first what it will do.
 * @throws OperatorError, before anything is changed, where nothing was missed, where the entry has expired, and
 *   where an attempt is known to be under way
 */
export async function redriveMessage(
  { messageId }: Request,
  installation: Installation,
  say: (line: string) => void,
): Promise<void> {
  const location = parseMessageId(messageId);
  if (location === undefined)
    throw new OperatorError(`${messageId} is no message id; one looks like r_7m3k….41, room and number.`);
  const ports = { outbox: createOutbox(), ledger: createLedger(), bus: createEventBus(), now: Date.now };
  const [status, plan, records] = await Promise.all([
    ports.outbox.status(location.roomId, location.seq),
    ports.ledger.findPlan(messageId),
    ports.ledger.records(messageId),
  ]);
  const refusal = redriveRefusal(status, plan, records);
  if (refusal !== null || status === undefined) throw new OperatorError(`${messageId}: ${refusal ?? ''}`);
  const executions = await executionsOf(messageId, { ...installation, since: status.acceptedAt });
  const running = executions.find((one) => one.status === 'RUNNING');
  if (running !== undefined)
    throw new OperatorError(
      `${messageId}: an attempt is under way, and a second one would post twice. Wait for its end, or stop it: ${running.executionArn}`,
    );

  say(`Parley ${installation.description}`);
  say(`Message ${messageId} is ${status.state}, after ${status.attempt} attempts.`);
  say(`Attempt ${status.attempt + 1} goes to ${reachWords(reachOf(plan, records))}.`);
  if (status.state === 'open' && status.attempt > 0 && (status.dueAt ?? 0) > ports.now())
    say('Should the last attempt be under way still, whoever it is posting to may get the message twice.');
  const result = await redrive(messageId, ports);
  if (result.outcome === 'refused') throw new OperatorError(`${messageId}: ${result.reason}`);
  say(
    result.started
      ? `Attempt ${result.attempt} is started. npm run explain tells what came of it.`
      : `The entry is put back, but the bus did not take the event: the sweep starts attempt ${result.attempt} within a minute.`,
  );
}

function reachWords(reach: ReturnType<typeof reachOf>): string {
  if (reach === undefined) return 'everybody who is in the room by then: the ledger has no plan of it';
  const { slots, parts } = reach;
  const words: string[] = [];
  if (slots > 0) words.push(slots === 1 ? '1 connection that failed' : `${slots} connections that failed`);
  if (parts.length > 0) {
    const whose = parts.length === 1 ? '1 part whose outcome is' : `${parts.length} parts whose outcomes are`;
    const not = parts.length === 1 ? 'that was' : 'that were';
    words.push(`${whose} unknown or ${not} not attempted, save whom the ledger names as reached`);
  }
  return words.length === 0 ? 'nobody: all have it, only its workflow has to end' : words.join(', and to ');
}
