export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly x: { readonly label: string; readonly from: number; readonly to: number };
  readonly y: {
    readonly label: string;
    readonly from: number;
    readonly to: number;
    readonly tick: (value: number) => string;
  };
  readonly series: readonly Series[];
}

const WIDTH = 420;
const HEIGHT = 320;
const LEFT = 64;
const TOP = 34;
const BOTTOM = 44;

/** One or more charts with logarithmic axes side by side, as an SVG that is readable on light and dark pages. */
export function svgOf(charts: readonly Chart[]): string {
  const width = charts.length * (LEFT + WIDTH + 24);
  const legend = charts[0]?.series ?? [];
  const height = TOP + HEIGHT + BOTTOM + 22 * legend.length + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${charts.map(({ title }) => title).join('; ')}">`,
    '<style>',
    'svg { background: #fff; color: #1f2328; font: 13px system-ui, sans-serif }',
    'text { fill: currentColor } .title { font-weight: 600; font-size: 15px } .grid { stroke: currentColor; opacity: .15 }',
    '@media (prefers-color-scheme: dark) { svg { background: #0d1117; color: #e6edf3 } }',
    '</style>',
    ...charts.map((chart, index) => chartAt(chart, index * (LEFT + WIDTH + 24))),
    ...legend.map(({ name, colour, dashed }, index) => {
      const y = TOP + HEIGHT + BOTTOM + 14 + 22 * index;
      return `<line x1="${LEFT}" x2="${LEFT + 36}" y1="${y - 4}" y2="${y - 4}" stroke="${colour}" stroke-width="3"${dash(dashed)}/><text x="${LEFT + 46}" y="${y}">${name}</text>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}

const dash = (dashed = false) => (dashed ? ' stroke-dasharray="6 5"' : '');

function chartAt({ title, x, y, series }: Chart, left: number): string {
  const along = (value: number, axis: { from: number; to: number }) =>
    Math.log10(value / axis.from) / Math.log10(axis.to / axis.from);
  const atX = (value: number) => (left + LEFT + along(value, x) * WIDTH).toFixed(1);
  const atY = (value: number) => (TOP + (1 - along(value, y)) * HEIGHT).toFixed(1);
  const [start, end] = [left + LEFT, left + LEFT + WIDTH];
  return [
    `<text class="title" x="${start}" y="20">${title}</text>`,
    ...powersOfTen(x).map(
      (value) =>
        `<line class="grid" x1="${atX(value)}" x2="${atX(value)}" y1="${TOP}" y2="${TOP + HEIGHT}"/><text x="${atX(value)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${value.toLocaleString('en')}</text>`,
    ),
    ...powersOfTen(y).map(
      (value) =>
        `<line class="grid" x1="${start}" x2="${end}" y1="${atY(value)}" y2="${atY(value)}"/><text x="${start - 6}" y="${Number(atY(value)) + 4}" text-anchor="end">${y.tick(value)}</text>`,
    ),
    `<text x="${(start + end) / 2}" y="${TOP + HEIGHT + 36}" text-anchor="middle">${x.label}</text>`,
    ...series.map(({ points, colour, dashed }) => {
      const line = points.map((point) => `${atX(point.x)},${atY(point.y)}`).join(' ');
      return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2.5"${dash(dashed)}/>`;
    }),
  ].join('\n');
}

function powersOfTen({ from, to }: { from: number; to: number }): number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}
