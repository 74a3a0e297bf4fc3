import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareAssembly } from '../../local/assembly/assembly-cache';
import { SynthError } from '../../local/assembly/synth';

/** An app that notes what the runtime gave it, instead of synthesizing anything. */
const APP = `
const { writeFileSync } = require('node:fs');
if (require('node:fs').existsSync('bin/refuse')) { console.error('maxTextBytes must be at most 100000, not 1e9'); process.exit(1); }
const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(CDK|AWS)_/.test(name)));
writeFileSync(process.env.CDK_OUTDIR + '/given.json', JSON.stringify(given));
writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', '{"artifacts":{}}');
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'parley-app-'));
  mkdirSync(path.join(root, 'bin'));
  write('bin/app.js', APP);
  write(
    'cdk.json',
    JSON.stringify({ app: 'node bin/app.js', context: { stage: 'dev', fromFile: { kept: true } } }),
  );
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, content: string): void {
  writeFileSync(path.join(root, file), content);
}

function given(directory: string): Record<string, string> {
  return JSON.parse(readFileSync(path.join(directory, 'given.json'), 'utf8')) as Record<string, string>;
}

function assemblies(): string[] {
  return readdirSync(path.join(root, '.parley', 'assembly'));
}

describe('preparing the cloud assembly', () => {
  test('the app gets the context of cdk.json and -c, path metadata, and no account or region', async () => {
    process.env.CDK_DEFAULT_ACCOUNT = '123456789012';
    process.env.CDK_DEFAULT_REGION = 'eu-west-1';
    try {
      const { directory } = await prepareAssembly(root, { access: 'guests', stage: 'test' });
      const { CDK_CONTEXT_JSON, CDK_OUTDIR, ...others } = given(directory);
      expect(JSON.parse(CDK_CONTEXT_JSON!)).toEqual({
        stage: 'test',
        fromFile: { kept: true },
        access: 'guests',
        'aws:cdk:enable-path-metadata': true,
        'aws:cdk:enable-asset-metadata': false,
        'aws:cdk:bundling-stacks': ['**'],
        'aws:cdk:disable-stack-trace': true,
      });
      expect(path.dirname(CDK_OUTDIR!)).toBe(path.join(root, '.parley', 'assembly'));
      expect(others).toEqual({
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        CDK_VALIDATION: 'false',
      });
    } finally {
      delete process.env.CDK_DEFAULT_ACCOUNT;
      delete process.env.CDK_DEFAULT_REGION;
    }
  });

  test('unchanged inputs reuse the assembly, and the app is not run', async () => {
    const first = await prepareAssembly(root, {});
    const synthesized = jest.fn();
    const second = await prepareAssembly(root, {}, synthesized);
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(second.directory).toBe(first.directory);
    expect(path.basename(second.directory)).toMatch(/^[0-9a-f]{16}$/);
    expect(synthesized).not.toHaveBeenCalled();
  });

  test.each<[string, () => Record<string, string>]>([
    ['another context value', () => ({ stage: 'test' })],
    ['a changed file', () => (write('bin/app.js', `${APP}\n`), {})],
    ['a new file', () => (mkdirSync(path.join(root, 'stacks')), write('stacks/a.ts', ''), {})],
    ['a changed lock file', () => (write('package-lock.json', '{}'), {})],
  ])('%s makes a new one', async (_, change) => {
    const before = await prepareAssembly(root, {});
    const after = await prepareAssembly(root, change());
    expect(after.reused).toBe(false);
    expect(after.directory).not.toBe(before.directory);
  });

  test('files that no input holds change nothing', async () => {
    await prepareAssembly(root, {});
    write('README.md', 'hello');
    mkdirSync(path.join(root, 'web', 'node_modules'), { recursive: true });
    write('web/node_modules/x.js', '1');
    expect(await prepareAssembly(root, {})).toMatchObject({ reused: true });
  });

  test('an app that fails is heard, and leaves nothing behind', async () => {
    write('bin/refuse', '');
    const failed = prepareAssembly(root, {});
    await expect(failed).rejects.toThrow(SynthError);
    await expect(failed).rejects.toMatchObject({ output: 'maxTextBytes must be at most 100000, not 1e9' });
    expect(assemblies()).toEqual([]);
  });

  test('starts at the same time end with one whole assembly', async () => {
    const prepared = await Promise.all([1, 2, 3].map(() => prepareAssembly(root, {})));
    expect(new Set(prepared.map(({ directory }) => directory)).size).toBe(1);
    expect(assemblies()).toEqual([path.basename(prepared[0]!.directory)]);
    expect(existsSync(path.join(prepared[0]!.directory, 'manifest.json'))).toBe(true);
  });

  test('the newest five are kept, and older ones only while somebody may be using them', async () => {
    const folder = path.join(root, '.parley', 'assembly');
    const hoursAgo = (name: string, hours: number) => {
      mkdirSync(path.join(folder, name), { recursive: true });
      const time = new Date(Date.now() - hours * 3_600_000);
      utimesSync(path.join(folder, name), time, time);
    };
    for (const hours of [2, 3, 4, 5, 6, 7]) hoursAgo(`old-${hours}`, hours);
    hoursAgo('synth-killed', 2);
    hoursAgo('synth-running', 0.1);
    const { directory } = await prepareAssembly(root, {});
    expect(assemblies().sort()).toEqual(
      ['old-2', 'old-3', 'old-4', 'old-5', 'synth-running', path.basename(directory)].sort(),
    );
  });

  test('the assets are CommonJS, whatever the project around them says', async () => {
    const { directory } = await prepareAssembly(root, {});
    expect(JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))).toEqual({
      type: 'commonjs',
    });
  });
});
