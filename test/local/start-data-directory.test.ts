import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataDirectoryError, openDataDirectory } from '../../local/data-directory';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parley-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a directory is made where there is none, and found again', () => {
  const directory = path.join(folder, 'a', 'b');
  openDataDirectory(directory, { reset: false });
  writeFileSync(path.join(directory, 'kept'), '');
  openDataDirectory(directory, { reset: false });
  expect(existsSync(path.join(directory, 'kept'))).toBe(true);
});

test('a reset deletes what one of our directories holds', () => {
  openDataDirectory(folder, { reset: false });
  mkdirSync(path.join(folder, 'tables'));
  writeFileSync(path.join(folder, 'tables', '000001.log'), '');
  openDataDirectory(folder, { reset: true });
  expect(readdirSync(folder)).toEqual(['.parley-data']);
});

test.each([true, false])("somebody's files are neither mixed with ours nor deleted (reset: %s)", (reset) => {
  writeFileSync(path.join(folder, 'thesis.txt'), '');
  const open = () => openDataDirectory(folder, { reset });
  expect(open).toThrow(DataDirectoryError);
  expect(open).toThrow(`The folder ${folder} holds files that are not Parley's; choose another with --data.`);
  expect(readdirSync(folder)).toEqual(['thesis.txt']);
});

test('a path that cannot be a directory is one clear line', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  for (const directory of [file, path.join(file, 'data'), '/proc/nobody/data']) {
    const open = () => openDataDirectory(directory, { reset: false });
    expect(open).toThrow(DataDirectoryError);
    expect(open).toThrow(/^The data directory \S+ cannot be (made: [a-z ]+|written to)\.$/);
  }
});
