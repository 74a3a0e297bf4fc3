import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { functions, workflows } from '../../handlers/wiring';

const handlers = path.join(__dirname, '../../handlers');
/** What handlers call is in these; all others hold entry points. */
const CALLED = /^(aws|chat)$/;
const exportsHandler = (file: string) =>
  /^export (const|async function|function) handler\b/m.test(readFileSync(path.join(handlers, file), 'utf8'));

describe('wiring', () => {
  test.each(Object.entries(functions))(
    '%s names an entry point that exists and exports handler',
    (_, { entry }) => {
      expect(exportsHandler(entry)).toBe(true);
    },
  );

  test('names every entry point that there is, because no other file is deployed', () => {
    const folders = readdirSync(handlers, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !CALLED.test(entry.name))
      .map(({ name }) => name);
    const entryPoints = folders.flatMap((folder) =>
      readdirSync(path.join(handlers, folder))
        .map((file) => `${folder}/${file}`)
        .filter(exportsHandler),
    );
    expect(entryPoints.sort()).toEqual(
      Object.values(functions)
        .map(({ entry }) => entry)
        .sort(),
    );
  });

  test.each(Object.entries(workflows))('%s names a definition that exists', (_, { definition }) => {
    expect(existsSync(path.join(__dirname, '../../statemachines', definition))).toBe(true);
  });
});
