import { readFileSync } from 'node:fs';
import path from 'node:path';
import { settings } from '../../stacks/settings';

test('the settings table of the README is that of the code, to the letter', () => {
  const readme = readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');
  const table = /<!-- settings: .* -->\n([^]*)<!-- \/settings -->/.exec(readme)?.[1] ?? '';
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(rows).toEqual(
    settings.map(({ name, default: value, unit, description }) => [`\`${name}\``, value, unit, description]),
  );
});
