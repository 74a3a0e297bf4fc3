import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '../support/chat-client';
import { spawnRuntime, StartFailed, testAssembly, type SpawnedRuntime } from '../support/runtime';

let folder: string;
const running: SpawnedRuntime[] = [];

beforeAll(async () => {
  // So that no test below waits for a synthesis.
  await testAssembly();
}, 120_000);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parley-npm-start-'));
});
afterEach(async () => {
  for (const runtime of running.splice(0)) await runtime.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<SpawnedRuntime> {
  const runtime = await spawnRuntime(['--port', '0', ...args]);
  running.push(runtime);
  return runtime;
}

/** What a start that must fail printed. */
async function failure(...args: string[]): Promise<StartFailed> {
  const failed = await start(...args).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(StartFailed);
  return failed as StartFailed;
}

test('npm start says where everything is, and gives a line that joins the chat', async () => {
  const runtime = await start('--ephemeral');
  const output = runtime.output();
  expect(output).toContain('access=guests');
  expect(output).toContain(`  npx wscat -c "${runtime.url}?name=George"`);
  expect(output).toContain(`aws --endpoint-url ${runtime.endpoint}`);
  expect(output).toMatch(/^Ready in \d+\.\d s: ws:\/\/127\.0\.0\.1:\d+\/dev$/m);
  const george = await connect(`${runtime.url}?name=George`);
  await george.close();
}, 60_000);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s closes the sockets and exits with 0',
  async (signal) => {
    const runtime = await start('--ephemeral');
    const george = await connect(`${runtime.url}?name=George`);
    expect(await runtime.stop(signal)).toBe(0);
    expect(await george.closed).toMatchObject({ code: 1001 });
    expect(runtime.output()).toContain('Closing ...');
  },
  60_000,
);

/** The goal is 5 s on two cores that have nothing else to do. */
const SLOWEST_SECOND_START = 5 * 5;

test('a data directory survives kill -9 and serves the next start, which synthesizes nothing', async () => {
  const data = path.join(folder, 'data');
  await (await start('--data', data)).kill();
  const again = await start('--data', data);
  expect(again.output()).not.toContain('Synthesizing');
  const [, seconds] = /^Ready in (\d+\.\d) s/m.exec(again.output()) ?? [];
  expect(Number(seconds)).toBeLessThanOrEqual(SLOWEST_SECOND_START);
  await (await connect(`${again.url}?name=George`)).close();
}, 60_000);

test('the operator can change the faults of the running process', async () => {
  const runtime = await start('--ephemeral', '--faults', 'bus.put:refuse@1', '--seed', '7');
  expect(runtime.output()).toContain('Faults     1 rules, seed 7');
  const body = 'function.invoke[connect]:throw@x1';
  await fetch(`${runtime.endpoint}/faults`, { method: 'PUT', body });
  await expect(connect(`${runtime.url}?name=George`)).rejects.toThrow('The server answered 502');
}, 60_000);

test('a port in use is one clear line and exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, output } = await failure('--ephemeral', '--port', String(port));
  other.close();
  expect(code).toBe(1);
  expect(output.trim().split('\n').at(-1)).toBe(
    `Port ${port} is in use; choose another with --port, or --port 0 for a free one.`,
  );
}, 60_000);

test("a setting that is wrong is said in the app's own words, without a stack", async () => {
  const { code, output } = await failure('--ephemeral', '-c', 'segmentSize=many');
  expect(code).toBe(1);
  expect(output).toContain('segmentSize must be');
  expect(output).not.toMatch(/^\s+at /m);
}, 60_000);

test.each([
  [['--prot', '1'], "Unknown option '--prot'; npm start -- --help lists the options\n"],
  [['--faults', 'bus.putt:refuse'], /^Fault specification, character 1: [^\n]+\n$/],
])('%j is answered with one line, before anything is synthesized', async (args, line) => {
  const { code, output } = await failure(...args);
  expect(code).toBe(1);
  expect(output).toEqual(typeof line === 'string' ? line : expect.stringMatching(line));
});

test("a data directory that is somebody's folder is refused, even to reset it", async () => {
  mkdirSync(path.join(folder, 'mine'));
  writeFileSync(path.join(folder, 'mine', 'thesis.txt'), '');
  const { code, output } = await failure('--data', path.join(folder, 'mine'), '--reset');
  expect(code).toBe(1);
  expect(output).toMatch(
    /^The folder \S+ holds files that are not Parley's; choose another with --data\.\n$/,
  );
});

test('--help explains every option and exits with 0', async () => {
  const { code, output } = await failure('--help');
  expect(code).toBe(0);
  expect(output).toContain('--ephemeral');
});
