/** One line of a benchmark's result. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** The lowest and the highest of the series whose median `value` is. */
  readonly range?: readonly [number, number];
  /** What docs and goals ask for, e.g. `≤ 8`. */
  readonly goal?: string;
}

/** Median, 99th percentile and maximum of a series of milliseconds. */
export function summarize(
  name: string,
  milliseconds: readonly number[],
  goals: { p50?: string; p99?: string } = {},
): Figure[] {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  const line = (what: string, value: number, goal?: string): Figure => ({
    name: `${name} ${what}`,
    unit: 'ms',
    value,
    ...(goal === undefined ? {} : { goal }),
  });
  return [line('p50', at(0.5), goals.p50), line('p99', at(0.99), goals.p99), line('max', at(1))];
}

/** Whether a figure is what its goal asks for; undefined where there is none. */
export function reached({ value, goal }: Figure): boolean | undefined {
  const match = /^(≤|≥)? ?([\d.]+)$/.exec(goal ?? '');
  if (match === null) return undefined;
  const limit = Number(match[2]);
  if (match[1] === '≤') return value <= limit;
  return match[1] === '≥' ? value >= limit : value === limit;
}

/** Two decimals, three where the first two say little. */
function short(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 1 ? 3 : 2)));
}

/** Figures as an aligned table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${short(figure.value)} ${figure.unit}`,
    figure.range === undefined ? '' : `${short(figure.range[0])} … ${short(figure.range[1])}`,
    figure.goal ?? '',
    { true: 'reached', false: 'MISSED', undefined: '' }[String(reached(figure))] ?? '',
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
