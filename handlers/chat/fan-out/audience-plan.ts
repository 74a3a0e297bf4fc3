import { INLINE_LEASE } from './leases';
import type { Plan } from './plan';

/** What the planner sees of an audience: its first rows in hash order. */
export interface SampledAudience {
  /** Slots of the live rows, ascending. */
  readonly slots: readonly string[];
  /** Rows on the page whose lease is over; TTL has not deleted them yet. */
  readonly expired: number;
  /** The last slot on the page, of a live row or not; undefined for an empty page. */
  readonly last: string | undefined;
  /** Whether the page is the whole partition. */
  readonly complete: boolean;
}

/** At most this many rows are read to plan, whatever the audience's size. */
export const SAMPLE_SIZE = 256;
/** Rows that a worker reads at once: at 125 bytes a row well under DynamoDB's page of 1 MB. */
export const PAGE_SIZE = 1000;

export interface PlanSettings {
  /** The most recipients that a part should have, in connections. */
  readonly segmentSize: number;
  /** Up to this many parts are posted from the Express workflow itself, if that is done in good time. */
  readonly inlineParts: number;
  /** The share of the account's quota that a fan-out may use, in posts a second. */
  readonly postsPerSecond: number;
}

/** A slot's first half: 64 bits, as 16 hex digits. */
const SPACE = 1n << 64n;
/**
 * Planned for longer than this, in milliseconds, a room is broadcast whatever its parts. The rest of the lease is for
 * pruning: were all of a room gone, closing their sockets would take more than twice as long as posting to them. The
 * second that a Distributed Map adds is less than 5 % of it.
 */
const LONGEST_INLINE = INLINE_LEASE / 4;
/**
 * What one worker is given to post, a second, in a large room. Fewer workers are cheaper, because they are paid while
 * they wait for their pace: ten to a share of 7,000 cost 2 % of what its posts do, five cost 1 %. With more, fewer
 * parts wait one behind the other. A broadcast has many in a row anyway, and is the larger bill.
 */
const POSTS_PER_WORKER = { inline: 700, broadcast: 1400 };
/** The most that one is given: where one recipient in twenty takes a second, these hold 70 of its places. */
const MOST_PER_WORKER = 1400;
/** Posts that one worker has under way at a time; a smaller part would not be over sooner. */
const IN_FLIGHT = 200;
/** What a post is taken to need, in milliseconds. AWS publishes no figure. */
const POST_LATENCY = 30;
/** An account that may post 10,000 a second has 5,000 at once; this is their ratio to a share of 7,000. */
const BURST_SECONDS = 5000 / 7000;

/**
 * The number of rows in a partition from its first page in hash order, by k-minimum-values: were N places drawn
 * evenly from the space, the k-th smallest lies at about k / N of it, so N is about (k - 1) / V with V the k-th
 * place as a fraction (Bar-Yossef et al. 2002; unbiased in this form, relative standard error 1 / sqrt(k - 2),
 * 6.3 % at k = 256; Beyer et al., SIGMOD 2007). A whole page is counted instead.
 *
 * Devices of a person may stand at one place, and those at the last place may go on behind the page. So what is
 * counted is the live rows before that place; with one device each that is k - 1. With d devices at one place the
 * error is sqrt(E[d^2] / E[d] / k); the many places of a person (`ids.ts`) keep that close to one device's.
 */
export function estimateSize({ slots, last, complete }: SampledAudience): number {
  if (complete || last === undefined) return slots.length;
  const lastPlace = last.slice(0, 16);
  const fraction = Number(BigInt(`0x${lastPlace}`) + 1n) / Number(SPACE);
  const before = slots.filter((slot) => slot < lastPlace).length;
  return Math.max(slots.length, Math.round(before / fraction));
}

/**
 * Divides an audience. Pure: the same page and settings give the same plan.
 * An empty audience has no part; an incomplete page always has at least one.
 *
 * No part has more than about `segmentSize` recipients. A small room has as many parts as it takes to have all its
 * posts under way at once; one that outlasts the burst has enough workers that the slow do not take all places. Each
 * worker serves the same number of parts, because one that worked alone at the end would use its own share only. Few
 * and large ones: between two parts a worker waits until the last slow recipient of the first has answered, and each
 * part of a broadcast is a paid transition and execution.
 */
export function planAudience(sample: SampledAudience, settings: PlanSettings): Plan {
  const size = estimateSize(sample);
  const planned = (size / settings.postsPerSecond) * 1000;
  const needed = Math.max(Math.ceil(size / settings.segmentSize), sample.complete ? 0 : 1);
  const divided = (tier: Plan['tier']) => {
    const forTheShare = Math.ceil(settings.postsPerSecond / POSTS_PER_WORKER[tier]);
    const paced = planned > BURST_SECONDS * 1000 ? Math.ceil(settings.postsPerSecond / MOST_PER_WORKER) : 0;
    const useful = Math.min(Math.max(workersAtOnce(size, planned), paced), settings.inlineParts);
    if (needed <= Math.max(useful, forTheShare)) return { tier, parts: Math.max(needed, useful), each: 1 };
    const each = Math.ceil(needed / forTheShare);
    return { tier, parts: Math.ceil(needed / each) * each, each };
  };

  const inline = divided('inline');
  const fits = inline.parts <= settings.inlineParts && planned <= LONGEST_INLINE;
  const { tier, parts, each } = fits ? inline : divided('broadcast');
  const workers = Math.max(1, parts / each);
  const postsPerSecond = Math.max(1, Math.floor(settings.postsPerSecond / workers));
  // Twice the planned time, because a worker that meets throttling needs longer, and never below the inline lease.
  const lease = tier === 'inline' ? INLINE_LEASE : Math.ceil(INLINE_LEASE + 2 * planned);
  return { tier, parts, size, workers, postsPerSecond, lease };
}

/**
 * The plan of a direct room. Its audience is that of its people, so a part is one person with all devices; whoever
 * has none connected needs no part.
 */
export function planDirect(
  people: readonly { readonly partition: string; readonly sample: SampledAudience }[],
  settings: PlanSettings,
): Plan {
  const here = people.filter(({ sample }) => sample.slots.length > 0);
  const parts = here.length;
  return {
    tier: 'inline',
    parts,
    partitions: here.map(({ partition }) => partition),
    size: here.reduce((sum, { sample }) => sum + estimateSize(sample), 0),
    workers: Math.max(1, parts),
    postsPerSecond: Math.max(1, Math.floor(settings.postsPerSecond / Math.max(1, parts))),
    lease: INLINE_LEASE,
  };
}

/** How many workers it takes to post as fast as the quota lets them, its burst included; each has so many under way. */
function workersAtOnce(size: number, planned: number): number {
  const throttled = Math.max(0, planned - BURST_SECONDS * 1000);
  return Math.ceil(size / (IN_FLIGHT * (1 + throttled / POST_LATENCY)));
}

/**
 * The range of slots of one part: `from` inclusive, `to` exclusive. Bounds are half slots (16 hex digits), so all
 * connections at one place fall into the same part, and the ranges of all parts are the whole space: whoever joins
 * or leaves meanwhile is in exactly one.
 * @throws RangeError for a part that the plan does not have
 */
export function rangeOfPart(part: number, parts: number): { from: string; to: string } {
  if (!Number.isInteger(part) || part < 0 || part >= parts)
    throw new RangeError(`There is no part ${part} of ${parts}`);
  const bound = (index: number) => ((BigInt(index) * SPACE) / BigInt(parts)).toString(16).padStart(16, '0');
  // 'g' sorts after every hex digit: the last part has no upper bound.
  return { from: bound(part), to: part === parts - 1 ? 'g' : bound(part + 1) };
}

/** Where the recipients of one part are: a partition of the audience and a range of its slots. */
export function locatePart(
  part: number,
  roomId: string,
  { parts, partitions }: Pick<Plan, 'parts' | 'partitions'>,
): { partition: string; from: string; to: string } {
  if (partitions === undefined) return { partition: roomId, ...rangeOfPart(part, parts) };
  const partition = partitions[part];
  if (partition === undefined) throw new RangeError(`There is no part ${part} of ${partitions.length}`);
  return { partition, ...rangeOfPart(0, 1) };
}

/** The part in which the connections at a place are, by the first half of their slots. */
export function partOfPlace(place: string, parts: number): number {
  let part = Number((BigInt(`0x${place}`) * BigInt(parts)) / SPACE);
  // Bounds are rounded down, so the quotient can be one too low at an edge.
  while (part < parts - 1 && place >= rangeOfPart(part + 1, parts).from) part += 1;
  return part;
}
