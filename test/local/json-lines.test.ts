import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { JsonLines } from '../../local/json/json-lines';

const ROOT = path.join(__dirname, '..', '..');

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parley-lines-'));
  file = path.join(folder, 'lines.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Appends lines of 300 bytes to a file that may have 4 KiB, until one is refused, and then a line of 2 bytes. */
const FILLING = `
  const { JsonLines } = require('./local/json/json-lines.ts');
  const lines = new JsonLines(process.argv[1]);
  let appended = 0;
  try {
    for (;;) {
      lines.append({ text: 'x'.repeat(288) });
      appended += 1;
    }
  } catch (error) {
    console.log(JSON.stringify({ appended, lines: lines.lines, code: error.code }));
  }
  lines.append({});
`;

describe('a file of JSON lines', () => {
  it('has nothing of a line that the disk did not take whole, so the next one stands for itself', () => {
    const node = [process.execPath, '--import', 'tsx', '--eval', FILLING, file];
    const script = `ulimit -f 8; exec ${node.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`;
    const output = execFileSync('sh', ['-c', script], { cwd: ROOT, encoding: 'utf8' });
    const told = JSON.parse(output) as { appended: number; lines: number; code: string };
    expect(told).toMatchObject({ code: 'EFBIG', lines: told.appended });
    expect(told.appended).toBeGreaterThan(5);
    const read = [...new JsonLines(file).read()];
    expect(read).toHaveLength(told.appended + 1);
    expect(read.at(-1)).toEqual({});
  });

  it('gives lines that are longer than a piece of the file, and loses one that a crash cut off', () => {
    const lines = new JsonLines(file);
    const texts = [1, 3_000_000, 2, 1_500_000].map((length) => 'ü'.repeat(length));
    for (const text of texts) lines.append({ text });
    lines.close();
    appendFileSync(file, '{"text":"cut o');
    const again = new JsonLines(file);
    expect(Array.from(again.read(), ({ text }) => text === texts.shift())).toEqual([true, true, true, true]);
    expect(again.lines).toBe(4);
    again.append({ text: 'after' });
    expect([...new JsonLines(file).read()].at(-1)).toEqual({ text: 'after' });
  });

  it('is as it was when it could not be rewritten, and nothing is left of the try', () => {
    const lines = new JsonLines(file);
    lines.append({ first: true });
    const entries = function* () {
      yield { second: true };
      throw new Error('No more of them');
    };
    expect(() => lines.rewrite(entries())).toThrow('No more of them');
    lines.append({ third: true });
    expect([...new JsonLines(file).read()]).toEqual([{ first: true }, { third: true }]);
    expect(readdirSync(folder)).toEqual(['lines.jsonl']);
  });

  it('does not write later what it refused before', () => {
    const lines = new JsonLines(path.join(file, 'within', 'a-file'));
    new JsonLines(file).append({ first: true });
    expect(() => lines.append({ refused: true })).toThrow(/ENOTDIR|EEXIST/);
    rmSync(file);
    lines.append({ taken: true });
    lines.close();
    expect(readFileSync(path.join(file, 'within', 'a-file'), 'utf8')).toBe('{"taken":true}\n');
  });
});
