/**
 * `npm run build:client` makes `dist/client` of `client/`: one module for browsers and Node, and its types. It is what
 * `parley/client` resolves to.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';

const ROOT = path.join(__dirname, '..');
const TARGET = path.join(ROOT, 'dist', 'client');

rmSync(TARGET, { recursive: true, force: true });
buildSync({
  entryPoints: [path.join(ROOT, 'client', 'index.ts')],
  outfile: path.join(TARGET, 'index.mjs'),
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  mainFields: ['module', 'main'],
  sourcemap: true,
  logLevel: 'warning',
});
const types = spawnSync(
  process.execPath,
  [
    require.resolve('typescript/bin/tsc'),
    ...['--project', path.join(ROOT, 'client', 'tsconfig.json')],
    ...['--outDir', path.join(TARGET, 'types')],
  ],
  { stdio: 'inherit' },
);
process.exitCode = types.status ?? 1;
