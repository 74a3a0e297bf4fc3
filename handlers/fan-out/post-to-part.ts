import * as z from 'zod/mini';
import { rangeOfPart } from '../chat/audience-plan';
import type { AudienceRow } from '../chat/connections';
import { deliver } from '../chat/delivery';
import { missedOfPart, postedSlots, type PartProgress, type PartRecord } from '../chat/ledger';
import { pushOf } from '../chat/messages';
import type { Audience, Ledger, Log, Now, Outbox, Sockets } from '../chat/ports';
import * as aws from '../composition';
import { entryOf, partStep } from './step-input';

const postInput = z.extend(partStep, { cursor: z.nullable(z.string()) });

export interface PostToPartResult {
  readonly messageId: string;
  readonly attempt: number;
  readonly part: number;
  /** The slot to go on after, null at the end. Always present: a Choice on a missing field matches nothing. */
  readonly cursor: string | null;
  /** Connections so far in this attempt. */
  readonly posted: number;
  readonly gone: number;
  readonly failed: number;
}

interface Ports {
  outbox: Outbox;
  audience: Audience;
  ledger: Ledger;
  sockets: Sockets;
  log: Log;
  now: Now;
  pause: (milliseconds: number) => Promise<void>;
  /** Milliseconds until Lambda ends this invocation. */
  remaining: () => number;
}

/** With less than this left no further page is begun: a page can take its post budget several times over. */
const PAGE_RESERVE = 25_000;

/**
 * Step of `fan-out` and of `broadcast`'s children: posts the message to one part of its audience, first to whom
 * the ledger does not name as reached. What became of each recipient is in the ledger; the result only counts.
 * Safe to repeat. A throw means that the rest of this part is unknown; the next attempt serves it.
 */
export async function postToPart(input: unknown, ports: Ports): Promise<PostToPartResult> {
  const { messageId, attempt, part, cursor } = postInput.parse(input);
  const [entry, plan, records] = await Promise.all([
    entryOf(messageId, ports.outbox),
    ports.ledger.findPlan(messageId),
    ports.ledger.records(messageId, part),
  ]);
  if (plan === undefined) throw new Error(`There is no plan for ${messageId}`);
  const missed = missedOfPart(records.filter((record) => record.attempt < attempt));
  const done = postedSlots(records);
  const frame = JSON.stringify(pushOf(entry));
  const isRecipient = (row: AudienceRow) =>
    !done.has(row.slot) && (entry.echo || row.connectionId !== entry.origin);

  const counts = countsOf(records, attempt);
  const serve = async (rows: readonly AudienceRow[], vanished: readonly string[], finished: boolean) => {
    const outcomes = await deliver(frame, rows.filter(isRecipient), ports, plan.postsPerSecond);
    const progress: PartProgress = { ...outcomes, gone: [...outcomes.gone, ...vanished], finished };
    await ports.ledger.add(messageId, part, attempt, progress);
    counts.posted += progress.posted.length;
    counts.gone += progress.gone.length;
    counts.failed += progress.failed.length;
  };

  let next: string | null = null;
  if (missed === 'everybody') {
    const readAfter = (after: string | null) =>
      ports.audience.page(entry.roomId, { ...rangeOfPart(part, plan.parts), after: after ?? undefined });
    // The record must be begun before the first post, not before the first read.
    let [page] = await Promise.all([readAfter(cursor), ports.ledger.begin(messageId, part, attempt)]);
    await serve(page.rows, [], page.next === null);
    while (page.next !== null && ports.remaining() > PAGE_RESERVE) {
      page = await readAfter(page.next);
      await serve(page.rows, [], page.next === null);
    }
    next = page.next;
  } else if (missed.length > 0) {
    const [rows] = await Promise.all([
      ports.audience.find(entry.roomId, missed),
      ports.ledger.begin(messageId, part, attempt),
    ]);
    const live = new Set(rows.map(({ slot }) => slot));
    const vanished = missed.filter((slot) => !live.has(slot));
    await serve(rows, vanished, true);
  }
  ports.log.info('posted', { messageId, attempt, part, ...counts });
  return { messageId, attempt, part, cursor: next, ...counts };
}

/** What earlier invocations of the same attempt have done: it goes on after a cursor, or was tried again. */
function countsOf(records: readonly PartRecord[], attempt: number) {
  const record = records.find((one) => one.attempt === attempt);
  return {
    posted: record?.posted.length ?? 0,
    gone: record?.gone.length ?? 0,
    failed: record?.failed.length ?? 0,
  };
}

export const handler = (input: unknown, context: { getRemainingTimeInMillis(): number }) =>
  postToPart(input, {
    outbox: aws.outbox(),
    audience: aws.audience(),
    ledger: aws.ledger(),
    sockets: aws.sockets(),
    log: aws.log(),
    now: Date.now,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    remaining: () => context.getRemainingTimeInMillis(),
  });
