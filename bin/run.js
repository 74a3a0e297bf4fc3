// npm start and npm test on a fresh clone: installs what is missing, then runs the tool that is named.
// Plain JavaScript on Node's own modules, because nothing else can be assumed to be there yet.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const lockfile = path.join(root, 'package-lock.json');
const installed = path.join(root, 'node_modules', '.parley-lockfile-hash');

/** How often it is seen whether npm is still there. */
const PARENT_CHECK_MS = 500;

function fail(line) {
  console.error(line);
  process.exit(1);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) {
  fail(`Parley needs Node 20.19 or newer (or 22.12 or newer); this is ${process.version}.`);
}

const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
  console.log('Installing the packages of package-lock.json (the first time takes about a minute) ...');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const install = spawnSync(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: npm.length === 1 && process.platform === 'win32',
  });
  if (install.status !== 0) fail('npm ci failed; its output is above.');
  writeFileSync(installed, wanted);
}

/** The arguments that make Node run a tool: its own JavaScript file, so that no shell shim gets Ctrl-C instead of it. */
function commandOf(tool, args) {
  // As a loader and not as its command line, which is one process more and kills its child soon after a Ctrl-C.
  if (tool === 'tsx') return ['--import', 'tsx', ...args];
  const packages = { tsc: 'typescript', cdk: 'aws-cdk' };
  const manifest = path.join(root, 'node_modules', packages[tool] ?? tool, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return [path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[tool]), ...args];
}

const [tool, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, commandOf(tool, args), {
  cwd: root,
  stdio: 'inherit',
  // The AWS SDK warns about Node 20 on every import, in the middle of what a command has to say.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...process.env },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
// npm hands SIGTERM to the shell in between, which dies of it without a word to us. npm runs no script without one.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_CHECK_MS).unref();
}
child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
