import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = path.join(__dirname, '..', '..', 'docs');
const page = readFileSync(path.join(DOCS, 'systems.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (feature|-+) /.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
const tests = rows.flatMap(([feature, shownBy]) =>
  [...shownBy!.matchAll(/\[[^\]]+\]\(([^)]+\.test\.ts)\): “([^”]+)”/g)].map(
    ([, file, name]) => [feature!, file!, name!] as const,
  ),
);

describe('the table of the five systems', () => {
  test.each(tests)('%s is shown by a test of %s that exists: %s', (_, file, name) => {
    const source = readFileSync(path.join(DOCS, file), 'utf8').replaceAll('\\', '');
    expect(["'", '"', '`'].some((quote) => source.includes(quote + name + quote))).toBe(true);
  });

  test('has a test for each feature, or says that it is not built and what it belongs to', () => {
    const bare = rows.filter(([feature]) => !tests.some(([one]) => one === feature));
    expect(rows.length).toBeGreaterThan(70);
    expect(
      bare
        .map(([, shownBy]) => shownBy)
        .filter((cell) => !/^(Not built: |Not shipped: |Out of scope\.|`npm run bench)/.test(cell!)),
    ).toEqual([]);
  });
});
