import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const DOCS = path.join(ROOT, 'docs');
const page = readFileSync(path.join(DOCS, 'systems.md'), 'utf8');

/** Cells that stand for no test. What is not built must be on this list. */
const UNTESTED = [
  'Not built: message requests.',
  'Not built: attachments.',
  'Not built: the support desk.',
  'Not built: the dashboard.',
  'Not shipped: Postman’s WebSocket requests cannot be exported; the lines of the README work in it as they are.',
  'Out of scope.',
  '`npm run bench -- local`; figures in [performance.md](performance.md).',
];

interface Shown {
  /** As tests say it: `S3, 401 and 403`. */
  readonly row: string;
  readonly cell: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

const rows: Shown[] = page.split(/^## (?=S\d, )/m).flatMap((section) =>
  [...section.matchAll(/^\| (?!name |-)(.+?) +\| .+? +\| (.+?) +\|$/gm)].map(([, name, cell]) => ({
    row: `${section.slice(0, 2)}, ${name!}`,
    cell: cell!,
    tests: [...cell!.matchAll(/\[[^\]]+\]\(([^)]+\.test\.ts)\): “([^”]+)”/g)].map(([, file, title]) => ({
      file: file!,
      name: title!,
    })),
  })),
);

/** The rows that a test says it shows, in front of what it is called. */
function rowsNamedBy(name: string): string[] {
  return /^(?:S\d, [^:;]+; )*S\d, [^:;]+(?=: )/.exec(name)?.[0].split('; ') ?? [];
}

describe('the table of the five systems', () => {
  test.each(rows.flatMap(({ row, tests }) => tests.map(({ file, name }) => [row, file, name] as const)))(
    '%s is shown by a test of %s that exists: %s',
    (_, file, name) => {
      const source = readFileSync(path.join(DOCS, file), 'utf8').replaceAll('\\', '');
      expect(["'", '"', '`'].some((quote) => source.includes(quote + name + quote))).toBe(true);
    },
  );

  test('has for each feature a test that begins with its name, or says why there is none', () => {
    const named = ({ row, tests }: Shown) => tests.some(({ name }) => rowsNamedBy(name).includes(row));
    expect(rows.length).toBeGreaterThanOrEqual(80);
    expect(rows.filter((one) => !named(one) && !UNTESTED.includes(one.cell)).map(({ row }) => row)).toEqual(
      [],
    );
  });

  test('has every row that a test claims to show', () => {
    const files = readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
    const claimed = files
      .filter((file) => file.endsWith('.test.ts'))
      .flatMap((file) => {
        const source = readFileSync(path.join(ROOT, 'test', file), 'utf8');
        return [...source.matchAll(/(?<=['"`])S\d, [^\n]+?: /g)].flatMap(([name]) => rowsNamedBy(name));
      });
    expect(claimed.length).toBeGreaterThan(80);
    const known = rows.map(({ row }) => row);
    expect(claimed.filter((row) => !known.includes(row))).toEqual([]);
  });
});
