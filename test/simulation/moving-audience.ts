import {
  partOfPlace,
  planAudience,
  rangeOfPart,
  type PlanSettings,
} from '../../handlers/chat/fan-out/audience-plan';
import { seededRandom } from '../support/seeded-random';

/** How a page ends, and what a worker does there: the last row may expire, leave, or be followed by one that joins. */
const PAGE = 4;
/** Rows that the sample of a plan sees; small, so that most plans are made of an estimate. */
const SAMPLE = 8;

export interface Served {
  readonly rows: number;
  /** Rows that were there from plan to end and were served by nobody. */
  readonly gaps: number;
  /** Rows that were served more than once. */
  readonly overlaps: number;
}

/**
 * One plan of a small room at random settings, and workers that read their parts page by page while others join,
 * leave and expire between any two reads. Who stays throughout must be served by one worker once.
 */
export function serveMovingAudience(seed: number): Served {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const hex = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const settings: PlanSettings = {
    segmentSize: 3 + below(20),
    inlineParts: 1 + below(40),
    postsPerSecond: 100 + below(20_000),
  };

  interface Row {
    readonly slot: string;
    live: boolean;
    readonly stays: boolean;
  }
  /** In slot order. */
  const rows: Row[] = [];
  const firstAbove = (bound: string) => {
    let at = 0;
    while (at < rows.length && rows[at]!.slot < bound) at += 1;
    return at;
  };
  const edgeOrAnywhere = () => {
    if (random() < 0.9) return hex() + hex();
    const parts = 1 + below(20);
    return rangeOfPart(below(parts), parts).from;
  };
  const join = (stays: boolean) => {
    // A fifth join a person who is there, at the same place; some stand at the very edge of a part.
    const there = rows[below(Math.max(1, rows.length))];
    const place = there !== undefined && random() < 0.2 ? there.slot.slice(0, 16) : edgeOrAnywhere();
    const slot = place + hex() + hex();
    rows.splice(firstAbove(slot), 0, { slot, live: true, stays });
  };
  const move = () => {
    const kind = random();
    if (kind < 0.4) return join(false);
    const at = below(rows.length);
    const row = rows[at];
    if (row === undefined || row.stays) return;
    if (kind < 0.7) rows.splice(at, 1);
    else row.live = false;
  };

  const size = below(30);
  for (let index = 0; index < size; index += 1) join(random() < 0.6);
  for (const row of rows) if (!row.stays && random() < 0.3) row.live = false;
  const seen = rows.slice(0, SAMPLE);
  const live = seen.filter((row) => row.live);
  const plan = planAudience(
    {
      slots: live.map(({ slot }) => slot),
      expired: seen.length - live.length,
      last: seen.at(-1)?.slot,
      complete: seen.length < SAMPLE,
    },
    settings,
  );

  const served = new Map<string, number>();
  for (let part = 0; part < plan.parts; part += 1) {
    const { from, to } = rangeOfPart(part, plan.parts);
    for (let after: string | undefined = from; after !== undefined;) {
      const page: Row[] = rows
        .slice(firstAbove(after))
        .slice(0, PAGE)
        .filter(({ slot }) => slot < to);
      for (const row of page) {
        if (!row.live) continue;
        const elsewhere = partOfPlace(row.slot.slice(0, 16), plan.parts) !== part;
        served.set(row.slot, (served.get(row.slot) ?? 0) + (elsewhere ? 2 : 1));
      }
      // Nothing sorts between a slot and the same with one more digit.
      after = page.length < PAGE ? undefined : `${page.at(-1)?.slot}0`;
      if (random() < 0.5) move();
    }
  }
  const stayed = rows.filter((row) => row.stays);
  return {
    rows: rows.length,
    gaps: stayed.filter(({ slot }) => !served.has(slot)).length,
    overlaps: [...served.values()].filter((times) => times > 1).length,
  };
}
