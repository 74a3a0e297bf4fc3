import type {
  AttemptSummary,
  ConnectionFate,
  Outcome,
  PersonFate,
  Verdict,
} from '../../handlers/chat/fan-out/explanation';
import type { Plan } from '../../handlers/chat/fan-out/plan';
import { timestampOf, type FanOutStatus } from '../../handlers/chat/messages';
import type { Bill, ServiceBill } from './bill';
import type { ServingExecution } from './executions';

/** All that is known of a message's delivery; nothing of what it says. */
export interface Delivery {
  readonly messageId: string;
  /** Undefined once its outbox entry has expired. */
  readonly status: FanOutStatus | undefined;
  /** Undefined before its first attempt, and once the ledger has expired. */
  readonly plan: Plan | undefined;
  readonly attempts: readonly AttemptSummary[];
  readonly executions: readonly ServingExecution[];
  /** Undefined on AWS, which tells no message from another. */
  readonly bill: Bill | undefined;
  readonly people: readonly { readonly userId: string; readonly fate: PersonFate | undefined }[];
}

/** Tells it in plain words, a line each. */
export function reportLines(delivery: Delivery, now: number): string[] {
  const { messageId, status, plan, attempts, executions, bill, people } = delivery;
  return [
    `Message ${messageId}`,
    ...indented(statusLines(status, now)),
    '',
    'Plan',
    ...indented([planLine(plan)]),
    '',
    'Attempts',
    ...indented(attempts.length === 0 ? ['none yet'] : attempts.flatMap(attemptLines)),
    '',
    'Executions, by the workflows’ logs',
    ...indented(
      executions.length === 0
        ? ['none found (on AWS lines come up to a minute late; see the setting executionLogging)']
        : executions.map(executionLine),
    ),
    '',
    'Bill',
    ...indented(billLines(bill)),
    ...people.flatMap(({ userId, fate }) => ['', `User ${userId}`, ...indented(personLines(fate))]),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function statusLines(status: FanOutStatus | undefined, now: number): string[] {
  if (status === undefined)
    return ['not in the outbox: expired, or never there; what follows is what the ledger keeps'];
  const { state, attempt, acceptedAt, dueAt, closedAt, redrivenAt, lastFailure, archivedAt } = status;
  const lines = [`${state}, after ${count(attempt, 'attempt')}; accepted ${timestampOf(acceptedAt)}`];
  if (closedAt !== undefined) lines.push(`closed ${timestampOf(closedAt)}`);
  if (state === 'open' && dueAt !== undefined) {
    const when =
      dueAt <= now
        ? 'overdue since'
        : attempt === 0
          ? 'due'
          : 'next attempt, or end of the lease of the last,';
    lines.push(`${when} ${timestampOf(dueAt)}`);
  }
  if (state === 'parked') lines.push('parked: no attempt is due any more; npm run redrive puts it back');
  if (lastFailure !== undefined) lines.push(`last failure: ${lastFailure}`);
  if (redrivenAt !== undefined) lines.push(`redriven by an operator ${timestampOf(redrivenAt)}`);
  if (archivedAt === undefined) lines.push('not in ChatHistory yet');
  return lines;
}

function planLine(plan: Plan | undefined): string {
  if (plan === undefined) return 'none: no part has begun yet, or the ledger has expired';
  const { tier, parts, size, workers, postsPerSecond } = plan;
  return `${tier}: ${count(parts, 'part')} for about ${count(size, 'connection')}, ${count(workers, 'worker')} at ${postsPerSecond} posts a second each`;
}

function attemptLines(summary: AttemptSummary): string[] {
  const { attempt, due, posted, gone, failed, unknown, unfinished, notBegun } = summary;
  const failures = Object.entries(failed).map(([reason, times]) => `${times} ${reason}`);
  const sum = Object.values(failed).reduce((total, times) => total + times, 0);
  const reasons = failures.length === 0 ? '' : ` (${failures.join(', ')})`;
  const lines = [
    `attempt ${attempt}: posted ${posted}, gone ${gone}, failed ${sum}${reasons}, unknown ${unknown === 0 ? '0' : `about ${unknown}`}`,
  ];
  if (due.length === 0) lines.push('  nobody was left to post to');
  if (unfinished.length > 0)
    lines.push(`  not finished: ${parts(unfinished)}; the worker died there, or is still at it`);
  if (notBegun.length > 0) lines.push(`  not begun: ${parts(notBegun)}`);
  return lines;
}

function executionLine({ workflow, executionArn, startedAt, status, error }: ServingExecution): string {
  const start = startedAt === undefined ? '' : ` ${timestampOf(startedAt)}`;
  return `${workflow} ${status}${error === undefined ? '' : ` (${error})`}${start}  ${executionArn}`;
}

function billLines(bill: Bill | undefined): string[] {
  if (bill === undefined) return ['not known: only the local runtime has a meter that tells messages apart'];
  if (bill.traces.length === 0)
    return ['nothing: the meter begins anew with each start of the runtime, and keeps the newest traces'];
  return bill.traces.flatMap(({ trace, dollars, loggingDollars, services }) => [
    `${perMillion(dollars)} for a million such messages, and ${perMillion(loggingDollars)} for their logs`,
    `  trace ${trace}, by the prices of ${bill.prices.date} in ${bill.prices.region}`,
    ...services.map((service) => `  ${serviceLine(service)}`),
  ]);
}

function serviceLine({ service, dollars, used }: ServiceBill): string {
  const units = used.map(({ quantity, unit }) => `${Number(quantity.toPrecision(3))} ${unit}`);
  return `${service} ${perMillion(dollars)}: ${units.join('; ')}`;
}

function perMillion(dollars: number): string {
  return `$${(dollars * 1_000_000).toFixed(2)}`;
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  posted: 'has it',
  gone: 'was gone',
  failed: 'does not have it',
  unknown: 'unknown: its worker died before it said',
  sender: 'sent it, and had the reply instead of a push',
  later: 'opened after the message',
  absent: 'not in the audience then',
  unattempted: 'not attempted yet',
};

function personLines(fate: PersonFate | undefined): string[] {
  if (fate === undefined) return ['nothing is known: there is no plan'];
  const lines = fate.connections.map(connectionLine);
  const others = `${VERDICTS[fate.others]} (${parts(fate.parts)})`;
  if (fate.connections.length === 0) lines.push(others);
  if (fate.connections.length > 0 && fate.others !== 'absent')
    lines.push(`any other connection they had then: ${others}`);
  for (const { part, attempts } of fate.diedIn)
    lines.push(`attempts that died over part ${part}: ${attempts.join(', ')}`);
  return lines;
}

function connectionLine({ connectionId, slot, verdict, history }: ConnectionFate): string {
  const told = history.map((outcome) => `attempt ${outcome.attempt} ${outcomeWords(outcome)}`).join(', ');
  const name = connectionId === undefined ? `slot ${slot}…` : `connection ${connectionId}`;
  return `${name}: ${VERDICTS[verdict]}${told === '' ? '' : ` (${told})`}`;
}

function outcomeWords(outcome: Outcome): string {
  return outcome.outcome === 'failed' ? `failed ${outcome.reason}` : outcome.outcome;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** At most this many part numbers are printed; a broadcast can have thousands. */
const NUMBERS = 20;

function parts(numbers: readonly number[]): string {
  const shown = numbers.slice(0, NUMBERS).join(', ');
  const rest = numbers.length > NUMBERS ? ` and ${numbers.length - NUMBERS} more` : '';
  return `${numbers.length === 1 ? 'part' : 'parts'} ${shown}${rest}`;
}
