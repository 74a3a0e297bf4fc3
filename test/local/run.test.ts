import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../support/eventually';
import { temporaryFolder } from '../support/temporary-folder';

/** Says that it is there, and closes at SIGTERM like the runtime: with something left to do. */
const TOOL = `
const { writeFileSync } = require('node:fs');
process.on('SIGTERM', () => setTimeout(() => {
  writeFileSync('closed', '');
  process.exit(7);
}, 50));
setInterval(() => {}, 1000);
writeFileSync('ready', '');
`;

/** A checkout with bin/run.js, whose packages are installed and are one tool. */
function checkout(): string {
  const folder = temporaryFolder();
  const packages = path.join(folder, 'node_modules');
  mkdirSync(path.join(folder, 'bin'));
  mkdirSync(path.join(packages, 'tool'), { recursive: true });
  copyFileSync(path.join(__dirname, '..', '..', 'bin', 'run.js'), path.join(folder, 'bin', 'run.js'));
  writeFileSync(path.join(folder, 'package-lock.json'), '{}');
  writeFileSync(
    path.join(packages, '.parley-lockfile-hash'),
    createHash('sha256').update('{}').digest('hex'),
  );
  writeFileSync(path.join(packages, 'tool', 'package.json'), JSON.stringify({ bin: 'tool.js' }));
  writeFileSync(path.join(packages, 'tool', 'tool.js'), TOOL);
  return folder;
}

const there = (folder: string, file: string) => () => {
  expect(existsSync(path.join(folder, file))).toBe(true);
};
const PATIENCE = { timeout: 20_000 };

describe('bin/run.js', () => {
  const started: ChildProcess[] = [];
  afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

  async function start(folder: string, command: string, args: readonly string[]): Promise<ChildProcess> {
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    const child = spawn(command, args, { cwd: folder, env, stdio: 'inherit' });
    started.push(child);
    await eventually(there(folder, 'ready'), PATIENCE);
    return child;
  }

  it('passes SIGTERM on and ends as the tool does', async () => {
    const folder = checkout();
    const child = await start(folder, process.execPath, ['bin/run.js', 'tool']);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
    there(folder, 'closed')();
  }, 30_000);

  it('ends the tool when the shell dies that npm runs it in, because nobody else could', async () => {
    const folder = checkout();
    // Two commands, so that no shell puts the first one in its own place.
    const shell = await start(folder, 'sh', ['-c', `"${process.execPath}" bin/run.js tool; true`]);
    shell.kill('SIGTERM');
    expect(await once(shell, 'exit')).toEqual([null, 'SIGTERM']);
    await eventually(there(folder, 'closed'), PATIENCE);
  }, 60_000);
});
