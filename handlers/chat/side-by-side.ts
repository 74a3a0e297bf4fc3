/**
 * Runs `work` on every item, at most `limit` at a time, and waits for all of them, also after one has failed: on
 * Lambda whatever still runs when an invocation ends is frozen and goes on in the middle of the next one.
 * @returns what the works gave, in the items' order
 * @throws the first failure, after everything else has ended
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined) continue;
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
