import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import packageJson from '../../package.json';

const ROOT = path.join(__dirname, '../..');
const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

describe('the package entry parley/client', () => {
  it('is one module that plain Node imports, with types beside it', () => {
    run('--import', 'tsx', 'bin/build-client.ts');
    const program = "import * as client from 'parley/client'; console.log(Object.keys(client).join())";
    expect(run('--input-type=module', '--eval', program).split(',')).toEqual(
      expect.arrayContaining(['ParleyClient', 'CommandError', 'createNewMeeting']),
    );
    expect(existsSync(path.join(ROOT, packageJson.exports['./client'].types))).toBe(true);
  }, 60_000);
});
