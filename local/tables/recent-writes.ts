import type { LevelRange } from 'dynalite/db/index.js';
import type { JsonObject } from '../json/json';

/** A row that a write changed: its key in the database and what was there before, if anything. */
export interface OldImage {
  readonly key: string;
  readonly before: JsonObject | undefined;
}

/** How far back a stale read can look, in milliseconds. */
const WINDOW = 10_000;
const MOST = 50_000;

/**
 * The old images of the last ten seconds' writes, of items and index entries alike, so that an eventually
 * consistent read can be answered from the past. Kept always, as a fault may be set on a running process and
 * its first read must already be stale; the images are objects that the write had in hand anyway.
 */
export class RecentWrites {
  #writes: { readonly at: number; readonly table: string; readonly images: readonly OldImage[] }[] = [];

  /** Notes a write that was just done. */
  record(table: string, images: readonly OldImage[]): void {
    const now = performance.now();
    this.#writes.push({ at: now, table, images });
    const oldest = this.#writes[0];
    if (this.#writes.length >= MOST || (oldest !== undefined && oldest.at < now - 2 * WINDOW)) {
      this.#writes = this.#writes.filter(({ at }) => at >= now - WINDOW).slice(-MOST / 2);
    }
  }

  /** The table as it was so long ago; `milliseconds` of real time, at most ten seconds. */
  asOf(table: string, milliseconds: number): PastView {
    if (milliseconds > WINDOW) {
      throw new Error(`A stale read may look back ${WINDOW} ms at most, not ${milliseconds} ms.`);
    }
    const since = performance.now() - milliseconds;
    const images = new Map<string, JsonObject | undefined>();
    for (const write of this.#writes) {
      if (write.at <= since || write.table !== table) continue;
      for (const { key, before } of write.images) if (!images.has(key)) images.set(key, before);
    }
    return new PastView(images);
  }
}

/** The rows that differ between some moment and now, as they were. */
export class PastView {
  constructor(readonly images: ReadonlyMap<string, JsonObject | undefined>) {}

  /** The changed rows of a range, as they were. */
  within(range: LevelRange): Map<string, JsonObject | undefined> {
    return new Map([...this.images].filter(([key]) => inRange(key, range)));
  }
}

function inRange(key: string, range: LevelRange): boolean {
  // dynalite gives both bounds of a side in one case (a page's start key beside the range's); both must hold.
  return (
    (range.gt === undefined || key > range.gt) &&
    (range.gte === undefined || key >= range.gte) &&
    (range.lt === undefined || key < range.lt) &&
    (range.lte === undefined || key <= range.lte)
  );
}
