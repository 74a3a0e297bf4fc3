import type { Figure } from './figures';

/** Measures two ways in turn, A B B A and so on, because a machine is faster now and slower then. */
export async function inPairs(
  count: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: number; b: number }[]> {
  const pairs: { a: number; b: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index % 2 === 0) {
      const first = await a();
      pairs.push({ a: first, b: await b() });
    } else {
      const first = await b();
      pairs.push({ a: await a(), b: first });
    }
  }
  return pairs;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** The median of a series, with its lowest and highest. */
export function spread(name: string, unit: string, values: readonly number[], goal?: string): Figure {
  return {
    name,
    unit,
    value: median(values),
    range: [Math.min(...values), Math.max(...values)],
    ...(goal === undefined ? {} : { goal }),
  };
}
