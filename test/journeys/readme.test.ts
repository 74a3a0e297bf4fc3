import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { spawnRuntime, type SpawnedRuntime } from '../support/runtime';
import { temporaryFolder } from '../support/temporary-folder';
import { Wscat } from '../support/wscat';

const ROOT = path.join(__dirname, '..', '..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Where the README says that everything is. */
const ADDRESS = 'http://127.0.0.1:8080';
const PATIENCE = { timeout: 60_000, interval: 100 };

/** The lines of all code blocks of one language. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].flatMap(([, block]) =>
    block!.split('\n').filter((line) => line !== ''),
  );
}

/** The frames within its sentences. */
function inlineFrames(): string[] {
  return [...README.matchAll(/(?<=[^`])`(\{"action":[^`]+\})`/g)].map(([, frame]) => frame!);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end, with what is typed into it. */
function run(
  program: string,
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...quiet, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

interface NpmOptions {
  /** What stands for a word of the line. */
  readonly words?: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
  /** What is typed. */
  readonly input?: string;
}

/** What no test here runs as it stands, and where it is run. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start': 'the runtime of this file is started by the same command, on a free port',
  'npm test': 'is what runs this',
  'npm run bootstrap': 'needs an AWS account',
  'npm run deploy': 'needs an AWS account',
};

describe('what the README says', () => {
  let runtime: SpawnedRuntime;
  const terminals: Wscat[] = [];
  const folder = temporaryFolder();
  const ran = new Set<string>();

  /** A line of the README for the runtime of this test. */
  const here = (line: string) =>
    line.replace('ws://127.0.0.1:8080/dev', runtime.url).replace(ADDRESS, runtime.endpoint);

  /** An operator's line, by the script that npm would run, with words of it replaced. */
  const npm = (line: string, { words = {}, more = [], input = '' }: NpmOptions = {}): Promise<Ended> => {
    ran.add(line);
    const [, script, rest = ''] = /^npm run (?:-s )?(\w+)(?: -- (.*))?$/.exec(line)!;
    const file = /^node bin\/run\.js tsx (\S+)$/.exec(scripts[script!]!)![1]!;
    const args = rest.split(' ').flatMap((word) => (word === '' ? [] : [words[word] ?? word]));
    const node = ['--no-warnings', '--import', 'tsx', file, ...args, ...more, '--endpoint', runtime.endpoint];
    return run(process.execPath, node, { input });
  };
  const lineWith = (words: string) => {
    const [line, ...others] = blocks('sh').filter((one) => one.includes(words));
    expect([line, others]).toEqual([expect.any(String), []]);
    return line!;
  };

  beforeAll(async () => {
    runtime = await spawnRuntime(['--port', '0', '--ephemeral', '--speed', '10']);
  }, 60_000);
  afterAll(async () => {
    for (const terminal of terminals) await terminal.end();
    await runtime.stop();
  }, 30_000);

  test('S1, two or three sockets; S2, wscat: its two wscat terminals chat with its own lines, unchanged, each shown once to the other', async () => {
    const addresses = blocks('sh').flatMap((line) => /^npx wscat -c "(.*)"$/.exec(line)?.[1] ?? []);
    expect(addresses).toHaveLength(2);
    terminals.push(...addresses.map((address) => new Wscat(here(address))));
    const [george, elaine] = terminals;
    const deployed = new Deployed(runtime.endpoint);
    await eventually(async () => expect(await deployed.rows('Connections')).toHaveLength(2), {
      timeout: 20_000,
    });
    for (const terminal of terminals) await terminal.ready();

    const lines = blocks('json');
    expect(lines.length).toBeGreaterThanOrEqual(6);
    for (const [index, line] of lines.entries()) {
      const { message, data } = JSON.parse(line) as { message?: string; data?: string };
      george!.type(line);
      await eventually(
        () => {
          expect(george!.output.match(/"ok":true,"messageId"/g)).toHaveLength(index + 1);
          expect(elaine!.output.match(/"type":"message"/g)).toHaveLength(index + 1);
        },
        { timeout: 20_000 },
      );
      expect(elaine!.output).toContain(`"sender":"George","message":${JSON.stringify(message ?? data)}`);
    }
    expect(george!.output).not.toContain('"type":"message"');
    deployed.close();
  }, 60_000);

  test('its faults are put and taken back, and the message that waited arrives through the sweep', async () => {
    const specs = blocks('sh').flatMap(
      (line) => /^curl -X PUT \S+\/faults -d '(.*)'$/.exec(line)?.slice(1) ?? [],
    );
    expect(specs).toEqual(['bus.put:refuse', '']);
    const [george, elaine] = terminals;
    const put = (body: string) => fetch(`${runtime.endpoint}/faults`, { method: 'PUT', body });
    expect((await put(specs[0]!)).status).toBe(200);
    const replies = george!.output.match(/"ok":true,"messageId"/g)!.length;
    george!.type('{"action":"sendMessage","message":"is the bus down?"}');
    await eventually(() => expect(george!.output.match(/"ok":true,"messageId"/g)).toHaveLength(replies + 1));
    expect(elaine!.output).not.toContain('is the bus down?');
    expect((await put(specs[1]!)).status).toBe(200);
    await eventually(() => expect(elaine!.output).toContain('is the bus down?'), PATIENCE);
  }, 90_000);

  test('S3, createMeeting: its lines within sentences are answered as they stand: history, a private message, a meeting', async () => {
    const frames = inlineFrames();
    expect(frames.map((frame) => (JSON.parse(frame) as { action: string }).action)).toEqual([
      'history',
      'sendPrivate',
      'createMeeting',
    ]);
    const [george, elaine] = terminals;
    for (const frame of frames) {
      const before = elaine!.output.length;
      elaine!.type(frame);
      await eventually(() => expect(elaine!.output.slice(before)).toContain('"ok":true'));
    }
    expect(elaine!.output).toMatch(/"ok":true,.*"messages":\[\{"type":"message"/);
    expect(elaine!.output).toMatch(/"source":"create"/);
    await eventually(() => expect(george!.output).toContain('"message":"Just between us"'));
  }, 60_000);

  test('S3, route responses: with "echo":true the sender gets the push as well, and an "id" is repeated in the reply', async () => {
    const [george] = terminals;
    george!.type('{"action":"sendMessage","message":"hear myself","echo":true,"id":"mine"}');
    await eventually(() => expect(george!.output).toMatch(/"id":"mine","ok":true/));
    await eventually(() => expect(george!.output).toMatch(/"type":"message".*"message":"hear myself"/));
  }, 60_000);

  test('S2, connections can be seen: npm run connections lists both terminals, and drops the one that Ctrl-C ended', async () => {
    const [everywhere, inRoom] = blocks('sh').filter((line) => line.startsWith('npm run connections'));
    const [all, some] = await Promise.all([npm(everywhere!), npm(inRoom!)]);
    expect(all.output.match(/^\S+ {2}(George|Elaine) {2}g_\w+ {2}guest {2}r_\w+/gm)).toHaveLength(2);
    expect(some.output.trim().split('\n')).toHaveLength(2);
    await terminals[1]!.end();
    await eventually(async () => {
      const left = await npm(inRoom!);
      expect(left.output).toContain('George');
      expect(left.output).not.toContain('Elaine');
    }, PATIENCE);
  }, 120_000);

  test('its lines of the AWS CLI find what is there, where there is an aws', async () => {
    const lines = blocks('sh').filter((line) => line.startsWith('aws '));
    expect(lines).toHaveLength(2);
    for (const line of lines) ran.add(line);
    const [, ...assignments] = lineWith('export AWS_ACCESS_KEY_ID').split(' ');
    const env = Object.fromEntries(assignments.map((assignment) => assignment.split('=')));
    if ((await run('aws', ['--version']).catch(() => undefined))?.code !== 0) {
      process.stderr.write('The README’s lines of the AWS CLI: not tested. There is no aws on the PATH.\n');
      return;
    }
    const [machines, tables] = await Promise.all(
      lines.map((line) => run('aws', here(line).split(' ').slice(1), { env })),
    );
    expect(machines).toEqual({ code: 0, output: expect.stringContaining('stateMachineArn') });
    expect(tables).toEqual({ code: 0, output: expect.stringContaining('-ChatHistory') });
  }, 120_000);

  test('its lines of sign-in add Ann, ask for her password and print a token that wscat comes in with', async () => {
    const added = await npm(lineWith('user -- add Ann'));
    const password = /shown this once: (\S+)/.exec(added.output)![1]!;
    const { output } = await npm(lineWith('user -- token Ann'), { input: `${password}\n` });
    expect(decodeJwt(output.trim())).toMatchObject({ username: 'Ann', 'cognito:groups': ['agents'] });
    expect(README).toContain('`wscat -H "Authorization: Bearer TOKEN"`');
    const ann = new Wscat(runtime.url, ['-H', `Authorization: Bearer ${output.trim()}`]);
    await ann.ready();
    await ann.end();
  }, 120_000);

  test('its lines that ask what became of a message and that start it again take the id of a reply', async () => {
    const messageId = /"ok":true,"messageId":"([^"]+)"/.exec(terminals[0]!.output)![1]!;
    const words = { MESSAGE_ID: messageId };
    const [explained, redriven] = await Promise.all([
      npm(lineWith('explain'), { words }),
      npm(lineWith('redrive'), { words }),
    ]);
    expect(explained).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^ {2}closed, after 1 attempt/m),
    });
    expect(explained.output).toContain('sent it, and had the reply instead of a push');
    expect(redriven).toMatchObject({ code: 1, output: expect.stringContaining('Nobody was missed') });
  }, 120_000);

  test('its lines that give somebody their data and erase it do so', async () => {
    await terminals[0]!.end();
    const file = path.join(folder, 'george.json');
    const exported = await npm(lineWith('npm run export'), { more: ['--file', file] });
    expect(exported).toMatchObject({ code: 0, output: expect.stringContaining(`Written to ${file}`) });
    expect(readFileSync(file, 'utf8')).toContain('yo yo honey singh');
    const erased = await npm(lineWith('npm run erase'));
    expect(erased).toMatchObject({ code: 0, output: expect.stringContaining('erasedAt') });
  }, 120_000);

  test('its links lead to files that exist', () => {
    const links = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(() => readFileSync(path.join(ROOT, link))).not.toThrow(/ENOENT/);
  });

  test('S2, screenshots instead of commands: each command line is run here, or said where it is', () => {
    const elsewhere = (line: string) => Object.hasOwn(RUN_ELSEWHERE, line.replace(/\s+#.*$/, ''));
    const other = /^(npx wscat -c|curl -X PUT|export AWS_ACCESS_KEY_ID)/;
    const never = blocks('sh').filter((line) => !ran.has(line) && !elsewhere(line) && !other.test(line));
    expect(never).toEqual([]);
  });

  test('its npm scripts exist', () => {
    const named = [...README.matchAll(/npm (?:run (?:-s )?)?([a-z]+)/g)].map(([, name]) => name!);
    expect(new Set(named).size).toBeGreaterThanOrEqual(5);
    for (const name of named) expect(scripts).toHaveProperty(name);
  });
});
