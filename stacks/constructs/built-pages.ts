import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { madeOnce, ROOT } from './made-once';

/** What the pages are made of. */
const SOURCES = ['web', 'client', 'handlers/chat', 'package-lock.json', 'stacks/constructs/built-pages.ts'];

/**
 * Builds the browser app, unless that was done before.
 * @returns the folder of its files
 * @throws Error with the builder's words where it does not build
 */
export function builtPages(): string {
  return madeOnce('pages', SOURCES, (folder) => {
    const builder = path.join(path.dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');
    const build = spawnSync(
      process.execPath,
      [builder, 'build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'],
      // Whatever this process is: a test's environment would make it React's slow development build.
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
    );
    if (build.status !== 0)
      throw new Error(`the browser app does not build:\n${build.stdout}${build.stderr}`);
  });
}
