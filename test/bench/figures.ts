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

/** Median, 99th percentile and maximum of a series of milliseconds, or other shares of it. */
export function summarize(
  name: string,
  milliseconds: readonly number[],
  goals: Readonly<Record<string, string>> = {},
  shares: readonly number[] = [0.5, 0.99, 1],
): Figure[] {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return shares.map((share) => {
    const what = share === 1 ? 'max' : `p${100 * share}`;
    const goal = goals[what];
    return { name: `${name} ${what}`, unit: 'ms', value: at(share), ...(goal === undefined ? {} : { goal }) };
  });
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
