import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Deployed } from '../support/deployed';
import { eventually } from '../support/eventually';
import { spawnRuntime, type SpawnedRuntime } from '../support/runtime';

const ROOT = path.join(__dirname, '..', '..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** The lines of all code blocks of one language. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].flatMap(([, block]) =>
    block!.split('\n').filter((line) => line !== ''),
  );
}

/** The real wscat, as `npx wscat` runs it, with lines typed into it. */
class Wscat {
  output = '';
  readonly #process;

  constructor(address: string) {
    const wscat = path.join(ROOT, 'node_modules', 'wscat', 'bin', 'wscat');
    this.#process = spawn(process.execPath, [wscat, '-c', address], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
  }

  type(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  async end(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    this.#process.kill();
    await exited;
  }
}

describe('what the README says', () => {
  let runtime: SpawnedRuntime;
  const terminals: Wscat[] = [];
  beforeAll(async () => {
    runtime = await spawnRuntime(['--port', '0', '--ephemeral', '--speed', '30']);
  }, 60_000);
  afterAll(async () => {
    for (const terminal of terminals) await terminal.end();
    await runtime.stop();
  }, 30_000);

  test('its two wscat terminals chat with its own lines, unchanged, each shown once to the other', async () => {
    const addresses = blocks('sh').flatMap((line) => /^npx wscat -c "(.*)"$/.exec(line)?.[1] ?? []);
    expect(addresses).toHaveLength(2);
    const here = addresses.map((address) => address.replace('ws://127.0.0.1:8080/dev', runtime.url));
    terminals.push(...here.map((address) => new Wscat(address)));
    const [george, elaine] = terminals;
    const deployed = new Deployed(runtime.endpoint);
    await eventually(async () => expect(await deployed.rows('Connections')).toHaveLength(2), {
      timeout: 10_000,
    });
    // The row is there before the upgrade is through, and wscat drops what is typed until then.
    await eventually(
      () => {
        for (const terminal of terminals) terminal.type('{"action":"send","data":"ping"}');
        for (const { output } of terminals) expect(output).toContain('"pong":true');
      },
      { timeout: 10_000 },
    );

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
        { timeout: 10_000 },
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
    await eventually(() => expect(elaine!.output).toContain('is the bus down?'), { timeout: 15_000 });
  }, 30_000);

  test('its links lead to files that exist', () => {
    const links = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(() => readFileSync(path.join(ROOT, link))).not.toThrow(/ENOENT/);
  });

  test('its npm scripts exist', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    // `npm ci` is npm's own.
    const named = [...README.matchAll(/npm (?:run (?:-s )?)?(?!ci\b)([a-z]+)/g)].map(([, name]) => name!);
    expect(new Set(named).size).toBeGreaterThanOrEqual(5);
    for (const name of named) expect(scripts).toHaveProperty(name);
  });
});
