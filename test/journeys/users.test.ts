import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import type { Runtime } from '../../local/runtime';
import { connect } from '../support/chat-client';
import { startTestRuntime } from '../support/runtime';

const ROOT = path.join(__dirname, '..', '..');
const PATIENCE = 60_000;

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startTestRuntime();
}, 90_000);
afterAll(() => runtime.close());

/** The real command; gives what it prints. */
async function user(...args: string[]): Promise<string> {
  const command = [
    '--no-warnings',
    '--import',
    'tsx',
    'bin/user.ts',
    ...args,
    '--endpoint',
    runtime.endpoint,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT });
  return stdout;
}

it(
  'adds a person with a password that is shown once, and signs them in',
  async () => {
    expect(await user('list')).toBe('There is nobody yet: npm run user -- add NAME\n');
    const added = await user('add', 'Ann', '--group', 'agents');
    expect(added).toContain('Ann was added to agents.');
    const password = /shown this once: (\S+)/.exec(added)?.[1] ?? '';
    const token = (await user('token', 'Ann', '--password', password)).trim();
    expect(decodeJwt(token)).toMatchObject({ username: 'Ann', 'cognito:groups': ['agents'] });

    const ann = await connect(runtime.url, { headers: { Authorization: `Bearer ${token}` } });
    ann.send({ action: 'hello' });
    const hello = await ann.next({ ok: true });
    expect(await user('list')).toBe(`Ann  ${String(hello['userId'])}  agents\n`);

    expect(await user('groups', 'Ann', '--group', 'moderators')).toBe('Ann is in moderators.\n');
    expect(await user('groups', 'Ann', '--no-groups')).toBe('Ann is in no group.\n');
    expect(await user('ban', 'Ann')).toBe('Ann is banned.\n');
    expect(await ann.next({ type: 'bye' })).toMatchObject({ reconnect: false });
    await ann.closed;
  },
  PATIENCE,
);

it.each([
  [['token', 'Nobody', '--password', 'x'], 'Incorrect username or password.'],
  [['groups', 'Nobody'], 'User does not exist.'],
  [['add', 'Bob', '--password', 'short'], 'Password did not conform with policy: Password not long enough'],
  [['add', 'Bob', '--group', 'kings'], 'Group not found.'],
])(
  '%j is refused in one line, and nothing is left behind',
  async (args, message) => {
    await expect(user(...args)).rejects.toMatchObject({ code: 1, stderr: `${message}\n` });
    expect(await user('list')).not.toContain('Bob');
  },
  PATIENCE,
);
