/**
 * A reply stays below 30,000 bytes, so that it fits into one frame of API Gateway (32 KB); the rest is for the
 * envelope with the command's id.
 */
export const REPLY_BYTES = 30_000 - 512;

/** As many items from the first on as fit into so many bytes, but no fewer than `least`. */
export function fitting<Item>(items: readonly Item[], bytes: number, least: number): Item[] {
  let left = bytes;
  const cut = items.findIndex((item, index) => {
    left -= bytesInList(item);
    return left < 0 && index >= least;
  });
  return cut === -1 ? [...items] : items.slice(0, cut);
}

/** What a value takes up in a frame, with the comma after it. */
export function bytesInList(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}
