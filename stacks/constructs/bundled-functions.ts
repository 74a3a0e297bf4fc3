import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { ConfigurationError } from '../configuration-error';
import { madeOnce, ROOT } from './made-once';

/** What the bundles are made of. Settings are no part of it: they reach a function by its environment. */
const SOURCES = ['handlers', 'package-lock.json', 'stacks/constructs/bundled-functions.ts'];

/**
 * Every function, bundled into `<name>/index.js`, unless that was done before.
 * @param entries path below `handlers` by function name
 * @returns the folder that holds a folder for each
 * @throws ConfigurationError with one line for each entry that does not exist; Error where esbuild fails
 */
export function bundledFunctions(entries: Readonly<Record<string, string>>): string {
  return madeOnce('functions', SOURCES, (folder) =>
    bundleFunctions(entries, path.join(ROOT, 'handlers'), folder),
  );
}

/**
 * Bundles all entry points in one esbuild call, into `<outputFolder>/<name>/index.js` each: fourteen calls, as
 * CDK's NodejsFunction makes them, take 10 s; one takes 0.5 s.
 * @param entries path below `handlersFolder` by function name
 * @throws ConfigurationError with one line for each entry that does not exist; Error where esbuild fails
 */
export function bundleFunctions(
  entries: Readonly<Record<string, string>>,
  handlersFolder: string,
  outputFolder: string,
): void {
  const missing = Object.entries(entries).filter(
    ([, entry]) => !existsSync(path.join(handlersFolder, entry)),
  );
  if (missing.length > 0) {
    throw new ConfigurationError(
      missing.map(
        ([name, entry]) =>
          `handlers/${entry} does not exist, but is the entry of ${name} in handlers/wiring.ts`,
      ),
    );
  }
  buildSync({
    absWorkingDir: handlersFolder,
    entryPoints: Object.entries(entries).map(([name, entry]) => ({ in: entry, out: `${name}/index` })),
    outdir: outputFolder,
    bundle: true,
    platform: 'node',
    // nodejs24.x on AWS, but the same file also runs on the developer's Node 20.
    target: 'node20',
    format: 'cjs',
    // ES modules first: tree shaking then works, and a DynamoDB client takes a third less.
    mainFields: ['module', 'main'],
    // The SDK is bundled too: AWS's own copy loads slower and changes under us.
    external: [],
    // Ways to credentials that no function has take 130 KB of each bundle.
    alias: {
      '@aws-sdk/credential-provider-node': path.join(handlersFolder, 'aws', 'lambda-credentials.ts'),
    },
    minify: true,
    // Reading a source map costs every cold start and every thrown error; stack traces still name functions.
    sourcemap: false,
    legalComments: 'none',
    logLevel: 'error',
  });
}
