import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
    const told = JSON.parse(execFileSync('sh', ['-c', script], { cwd: ROOT, encoding: 'utf8' }));
    expect(told).toMatchObject({ code: 'EFBIG', lines: told.appended });
    expect(told.appended).toBeGreaterThan(5);
    const read = new JsonLines(file).read();
    expect(read).toHaveLength(told.appended + 1);
    expect(read.at(-1)).toEqual({});
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
