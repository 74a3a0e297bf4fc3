import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const page = readFileSync(path.join(ROOT, 'SECURITY.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (threat|-+) /.test(line))
  .map((line) =>
    line
      .replace(/^\| | \|$/g, '')
      .split(' | ')
      .map((cell) => cell.trim()),
  );
const tests = rows.flatMap(([threat, , shownBy = '']) =>
  [...shownBy.matchAll(/\[[^\]]+\]\(([^)]+\.(?:test|contract)\.ts)\): “([^”]+)”/g)].map(
    ([, file, name]) => [threat!, file!, name!] as const,
  ),
);

describe('the threat model', () => {
  test.each(tests)('%s: is met as a test of %s shows that exists: %s', (_, file, name) => {
    const source = readFileSync(path.join(ROOT, file), 'utf8').replaceAll('\\', '');
    expect(["'", '"', '`'].some((quote) => source.includes(quote + name + quote))).toBe(true);
  });

  test('has a test for every threat, and threats of all six kinds', () => {
    expect(rows.filter(([threat]) => !tests.some(([one]) => one === threat))).toEqual([]);
    const kinds = rows.map(([threat = '']) => /^\**([A-Z][a-z]+(?: [a-z]+)*)/.exec(threat)?.[1]);
    for (const kind of [
      'Spoofing',
      'Tampering',
      'Repudiation',
      'Information disclosure',
      'Denial of service',
      'Elevation of privilege',
    ])
      expect(kinds.some((one) => one?.startsWith(kind))).toBe(true);
  });
});
