import { UPGRADE_GRACE, type AudienceRow } from '../connections';
import type { Outcomes } from './ledger';
import type { PostOutcome, Sockets } from '../ports';

/**
 * How much longer than its pace demands a stretch may take, in milliseconds: what even the last of it may be tried
 * again. Longer outages are the next attempt's business.
 */
export const POST_BUDGET = 5000;
/** An upgrade that is under way is over within moments; a young connection that still answers 410 is asked again. */
const YOUNG_RETRIES = 3;
const YOUNG_PAUSE = 200;

/**
 * Posts one frame to a stretch of the audience and says what became of each row.
 *
 * 410 means gone, except on a row younger than a minute: the gateway answers 410 until the upgrade is through, so
 * such a row is asked again shortly and then reported `not_open`, a failure that the next attempt makes good.
 */
export async function deliver(
  frame: string,
  rows: readonly AudienceRow[],
  ports: { sockets: Sockets; now: () => number; pause: (milliseconds: number) => Promise<void> },
  postsPerSecond: number,
): Promise<Outcomes> {
  const deadline = performance.now() + (rows.length / postsPerSecond) * 1000 + POST_BUDGET;
  const post = (to: readonly AudienceRow[]) => ports.sockets.post(frame, to, { deadline, postsPerSecond });
  const outcomes = new Map<AudienceRow, PostOutcome>();
  const settle = (to: readonly AudienceRow[], results: readonly PostOutcome[]) => {
    to.forEach((row, index) =>
      outcomes.set(row, results[index] ?? { outcome: 'failed', reason: 'no_outcome' }),
    );
  };
  const isYoungAndGone = (row: AudienceRow) =>
    outcomes.get(row)?.outcome === 'gone' && ports.now() - row.openedAt < UPGRADE_GRACE;

  settle(rows, await post(rows));
  for (let retry = 0; retry < YOUNG_RETRIES; retry += 1) {
    const young = rows.filter(isYoungAndGone);
    if (young.length === 0) break;
    await ports.pause(YOUNG_PAUSE);
    settle(young, await post(young));
  }
  for (const row of rows.filter(isYoungAndGone)) outcomes.set(row, { outcome: 'failed', reason: 'not_open' });

  const posted: string[] = [];
  const gone: string[] = [];
  const failed: { slot: string; reason: string }[] = [];
  for (const [{ slot }, result] of outcomes) {
    if (result.outcome === 'posted') posted.push(slot);
    else if (result.outcome === 'gone') gone.push(slot);
    else failed.push({ slot, reason: result.reason });
  }
  return { posted, gone, failed };
}
