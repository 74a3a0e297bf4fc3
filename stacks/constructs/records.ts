/** Object.entries for a record with known keys, e.g. a page of handlers/wiring.ts: the keys keep their type. */
export function entriesOf<K extends string, V>(record: Readonly<Partial<Record<K, V>>>): [K, V][];
export function entriesOf(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record);
}

/** The same keys, each with what `make` makes of its value. */
export function mapRecord<K extends string, V, R>(
  record: Readonly<Record<K, V>>,
  make: (value: V, name: K) => R,
): Record<K, R>;
export function mapRecord(
  record: Readonly<Record<string, unknown>>,
  make: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value, name)]));
}
