import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { functions, type FunctionName } from '../../handlers/wiring';
import { bundleFunctions } from '../../stacks/constructs/bundled-functions';
import type { Figure } from './figures';
import { inPairs, spread } from './pairs';

const HANDLERS = path.join(__dirname, '..', '..', 'handlers');
const SPAWNS = 20;
/** What clients wait for, and what each message needs. */
const MEASURED: readonly FunctionName[] = ['accept-message', 'post-to-part'];

/** P10: sizes of the bundles, and how long Node takes to load them, against what CDK's NodejsFunction makes of the same code. */
export async function bundles(): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-bundles-'));
  try {
    const entries = Object.fromEntries(Object.entries(functions).map(([name, { entry }]) => [name, entry]));
    bundleFunctions(entries, HANDLERS, path.join(folder, 'ours'));
    bundleAsByDefault(path.join(folder, 'default'));
    const file = (how: string, name: string) => path.join(folder, how, name, 'index.js');
    const kilobytes = (how: string, name: string) => statSync(file(how, name)).size / 1000;

    const workers = Object.keys(functions).filter(
      (name) => !functions[name as FunctionName].entry.startsWith('websocket/'),
    );
    const figures: Figure[] = [
      { name: 'accept-message', unit: 'KB', value: kilobytes('ours', 'accept-message'), goal: '≤ 420' },
      {
        name: `the largest of ${workers.length} workers`,
        unit: 'KB',
        value: Math.max(...workers.map((name) => kilobytes('ours', name))),
        goal: '≤ 380',
      },
    ];
    for (const name of MEASURED) {
      const load = (how: string) => () => Promise.resolve(importMilliseconds(file(how, name)));
      const pairs = await inPairs(SPAWNS, load('ours'), load('default'));
      figures.push(
        { name: `${name} as by default`, unit: 'KB', value: kilobytes('default', name) },
        spread(
          `${name}: import`,
          'ms',
          pairs.map(({ a }) => a),
        ),
        spread(
          `${name}: import as by default`,
          'ms',
          pairs.map(({ b }) => b),
        ),
        spread(
          `${name}: import, times the default's`,
          '',
          pairs.map(({ a, b }) => a / b),
          '≤ 0.7',
        ),
      );
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * As NodejsFunction calls esbuild where it is told nothing but to bundle the SDK: CommonJS first, not minified. Left to
 * itself it leaves the SDK out and loads the copy in Lambda, which this machine does not have.
 * Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_lambda_nodejs-readme.html
 */
function bundleAsByDefault(outdir: string): void {
  buildSync({
    absWorkingDir: HANDLERS,
    entryPoints: MEASURED.map((name) => ({ in: functions[name].entry, out: `${name}/index` })),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'error',
  });
}

const LOAD =
  'const began = performance.now(); require(process.argv[1]); console.log(performance.now() - began);';

/** In a process of its own, which has loaded nothing. */
function importMilliseconds(file: string): number {
  return Number(execFileSync(process.execPath, ['-e', LOAD, file], { encoding: 'utf8' }));
}
