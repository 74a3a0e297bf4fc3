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

export interface PlanSettings {
  /** Recipients that one worker should get, in connections. */
  readonly segmentSize: number;
  /** Up to this many parts are posted from the Express workflow itself. */
  readonly inlineParts: number;
  /** The share of the account's quota that a fan-out may use, in posts a second. */
  readonly postsPerSecond: number;
}

/**
 * How a message's audience is divided. Stored once and used by every attempt, so that a part always means the
 * same range of slots.
 */
export interface Plan {
  readonly tier: 'inline' | 'broadcast';
  /** Number of parts; part i is the i-th of as many equal ranges of the slot space. */
  readonly parts: number;
  /** Estimated connections, exact up to a page. */
  readonly size: number;
  /** Workers that post at the same time. */
  readonly workers: number;
  /** What each of them may post a second. */
  readonly postsPerSecond: number;
  /** How long an attempt may take before the sweep starts another, in milliseconds. */
  readonly lease: number;
}

/** A slot's first half: 64 bits, as 16 hex digits. */
const SPACE = 1n << 64n;
/** What an attempt may take in the inline tier, in milliseconds; the claim is made before the tier is known. */
export const INLINE_LEASE = 90_000;
/** Children of a Distributed Map that run at once; more would only share the same quota. */
const BROADCAST_WORKERS = 40;

/**
 * The number of rows in a partition from its first page in hash order, by k-minimum-values: were N places drawn
 * evenly from the space, the k-th smallest lies at about k / N of it, so N is about (k - 1) / V with V the k-th
 * place as a fraction (Bar-Yossef et al. 2002; unbiased in this form, relative standard error 1 / sqrt(k - 2),
 * 6.3 % at k = 256; Beyer et al., SIGMOD 2007). A whole page is counted instead.
 *
 * k counts the expired rows too, because they stand in the same order; their share is taken off at the end.
 */
export function estimateSize(sample: SampledAudience): number {
  if (sample.complete || sample.last === undefined) return sample.slots.length;
  const seen = sample.slots.length + sample.expired;
  const fraction = Number(BigInt(`0x${sample.last.slice(0, 16)}`) + 1n) / Number(SPACE);
  const liveShare = sample.slots.length / seen;
  return Math.max(sample.slots.length, Math.round(((seen - 1) / fraction) * liveShare));
}

/**
 * Divides an audience. Pure: the same page and settings give the same plan.
 * An empty audience has no part; an incomplete page always has at least one.
 */
export function planAudience(sample: SampledAudience, settings: PlanSettings): Plan {
  const size = estimateSize(sample);
  const parts = Math.max(Math.ceil(size / settings.segmentSize), sample.complete ? 0 : 1);
  const tier = parts <= settings.inlineParts ? 'inline' : 'broadcast';
  const workers = Math.max(1, Math.min(parts, tier === 'inline' ? settings.inlineParts : BROADCAST_WORKERS));
  const postsPerSecond = Math.max(1, Math.floor(settings.postsPerSecond / workers));
  // Twice the planned time, because a worker that meets throttling needs longer, and never below the inline lease.
  const planned = (size / settings.postsPerSecond) * 1000;
  const lease = tier === 'inline' ? INLINE_LEASE : Math.ceil(INLINE_LEASE + 2 * planned);
  return { tier, parts, size, workers, postsPerSecond, lease };
}

/**
 * The range of slots of one part: `from` inclusive, `to` exclusive. Bounds are half slots (16 hex digits), so all
 * connections of a person fall into the same part, and the ranges of all parts are the whole space: whoever joins
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

/** The part in which a person's connections are, by the first half of their slots. */
export function partOfPlace(place: string, parts: number): number {
  let part = Number((BigInt(`0x${place}`) * BigInt(parts)) / SPACE);
  // Bounds are rounded down, so the quotient can be one too low at an edge.
  while (part < parts - 1 && place >= rangeOfPart(part + 1, parts).from) part += 1;
  return part;
}
