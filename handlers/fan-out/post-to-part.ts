import * as z from 'zod/mini';
import { locatePart, PAGE_SIZE } from '../chat/fan-out/audience-plan';
import type { AudienceRow } from '../chat/connections';
import { deliver, POST_BUDGET } from '../chat/fan-out/delivery';
import { countsOf, missedOfPart, postedSlots } from '../chat/fan-out/ledger';
import { planShape, type Plan } from '../chat/fan-out/plan';
import { pushOf } from '../chat/messages';
import type { Log, Now, Sockets } from '../chat/ports';
import type { Ledger, Outbox } from '../chat/storage/messages';
import type { Audience } from '../chat/storage/rooms';
import * as aws from '../composition';
import { entryOf, locate, partStep } from './step-input';

const postInput = z.extend(partStep, {
  /** It travels, being so little, so that no worker need read it. */
  plan: planShape,
  cursor: z.nullable(z.string()),
});

export interface PostToPartResult {
  readonly messageId: string;
  readonly attempt: number;
  readonly part: number;
  readonly plan: Plan;
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

/**
 * No further page is begun with less left than it may take: what the pace demands of a full page, the time in which the
 * last of it are tried again, and this for reading it and noting what came of it, in milliseconds. DynamoDB's client
 * gives up a call after 6 s.
 */
const AROUND_A_PAGE = 12_000;
/**
 * So much earlier than the pace demands a stretch is begun, in milliseconds: a worker may run ahead of its pace, and
 * posts that wait are paced all the same. They lose as much of the time in which they are tried again.
 */
const LEAD = 700;

/**
 * Step of `fan-out` and of `broadcast`'s children: posts the message to one part of its audience, first to whom
 * the ledger does not name as reached. What became of each recipient is in the ledger; the result only counts.
 * Safe to repeat. A throw means that the rest of this part is unknown; the next attempt serves it.
 */
export async function postToPart(input: unknown, ports: Ports): Promise<PostToPartResult> {
  const { messageId, attempt, part, plan, cursor } = postInput.parse(input);
  const result = (next: string | null, counts: Counts): PostToPartResult => ({
    ...{ messageId, attempt, part, plan },
    cursor: next,
    ...counts,
  });

  const earlier = attempt === 1 ? [] : await ports.ledger.records(messageId, part);
  const missed = missedOfPart(earlier.filter((record) => record.attempt < attempt));
  if (missed !== 'everybody' && missed.length === 0) return result(null, { posted: 0, gone: 0, failed: 0 });

  const { roomId } = locate(messageId);
  const { partition, ...range } = locatePart(part, roomId, plan);
  const readAfter = (after: string | null) =>
    missed === 'everybody'
      ? nextPage(partition, { ...range, after: after ?? undefined }, ports.audience)
      : theMissed(partition, missed, ports.audience);
  // The record must be begun before the first post, not before the first read.
  const [entry, record, first] = await Promise.all([
    entryOf(messageId, ports.outbox),
    ports.ledger.begin(messageId, part, attempt, plan),
    readAfter(cursor),
  ]);
  const done = postedSlots([...earlier, record]);
  const frame = JSON.stringify(pushOf(entry));
  // The record as it stands, so that what an earlier run of this attempt left undone is not counted once it is made good.
  const all = { posted: [...record.posted], gone: [...record.gone], failed: [...record.failed] };

  const recipientsOf = ({ rows }: Stretch) =>
    rows.filter((row) => !done.has(row.slot) && (entry.echo || row.connectionId !== entry.origin));
  /** Serves a stretch. Its outcomes are noted after those `before` it, so that the last note says that all is done. */
  const serve = async (stretch: Stretch, before: Promise<void>) => {
    const outcomes = await deliver(frame, recipientsOf(stretch), ports, plan.postsPerSecond);
    const gone = [...outcomes.gone, ...stretch.vanished];
    await before;
    await ports.ledger.add(messageId, part, attempt, { ...outcomes, gone, finished: stretch.next === null });
    all.posted.push(...outcomes.posted);
    all.gone.push(...gone);
    all.failed.push(...outcomes.failed);
  };

  let stretch = first;
  let served = serve(stretch, Promise.resolve());
  const reserve = (PAGE_SIZE / plan.postsPerSecond) * 1000 + POST_BUDGET + AROUND_A_PAGE;
  // Not `now`, which is the wall clock and may be set.
  let due = performance.now() - LEAD;
  while (stretch.next !== null && ports.remaining() > reserve) {
    // By its pace everybody has been asked once then: who is slow or refuses must not hold up the next stretch.
    due += (stretch.rows.length / plan.postsPerSecond) * 1000;
    await Promise.race([served, ports.pause(Math.max(0, due - performance.now()))]);
    stretch = await readAfter(stretch.next).catch(async (error: unknown) => {
      await served;
      throw error;
    });
    served = serve(stretch, served);
  }
  await served;
  const counts = countsOf(all);
  ports.log.info('posted', { messageId, attempt, part, ...counts });
  return result(stretch.next, counts);
}

type Counts = Pick<PostToPartResult, 'posted' | 'gone' | 'failed'>;

/** Whom to serve at once: live rows, slots that were missed before and have left since, and where to go on. */
interface Stretch {
  readonly rows: readonly AudienceRow[];
  readonly vanished: readonly string[];
  readonly next: string | null;
}

async function nextPage(
  partition: string,
  range: { from: string; to: string; after: string | undefined },
  audience: Audience,
): Promise<Stretch> {
  return { ...(await audience.page(partition, range)), vanished: [] };
}

async function theMissed(partition: string, missed: readonly string[], audience: Audience): Promise<Stretch> {
  const rows = await audience.find(partition, missed);
  const live = new Set(rows.map(({ slot }) => slot));
  return { rows, vanished: missed.filter((slot) => !live.has(slot)), next: null };
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
