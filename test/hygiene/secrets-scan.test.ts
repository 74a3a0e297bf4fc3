import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../support/temporary-folder';

const ROOT = path.join(__dirname, '..', '..');
const SECRETLINT = path.join(ROOT, 'node_modules', 'secretlint', 'bin', 'secretlint.js');
const CONFIG = path.join(ROOT, '.secretlintrc.json');

/** Looks through one file as `npm run check` does through all; gives the exit code and what was printed. */
function scan(text: string): Promise<{ code: number; printed: string }> {
  const file = path.join(temporaryFolder(), 'some.ts');
  writeFileSync(file, text);
  const args = [SECRETLINT, '--secretlintrc', CONFIG, '--no-color', file];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: path.dirname(file) }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, printed: stdout + stderr });
    });
  });
}

/** Put together here, or this file would be found itself. */
const PLANTED: Record<string, string> = {
  'an AWS key': `const secretAccessKey = '${'wJalrXUtnFEMI/K7MDENG'}${'+bPxRfiCYzQ8n4Lm2pW'}';`,
  'a private key': `-----BEGIN ${'RSA PRIVATE'} KEY-----\n${'MIIEpAIBAAKCAQEA'.repeat(8)}\n-----END RSA PRIVATE KEY-----`,
  'a GitHub token': `const token = 'ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'}';`,
};

describe('the scan for secrets', () => {
  test.each(Object.entries(PLANTED))('finds %s, fails, and does not print it', async (_, text) => {
    const { code, printed } = await scan(text);
    expect(code).toBe(1);
    expect(printed).toContain('some.ts');
    expect(printed).not.toContain(text);
  });

  test('passes what is none, and the key that AWS shows in its examples', async () => {
    const harmless = "const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };";
    expect(await scan(harmless)).toMatchObject({ code: 0 });
    const example = `secretAccessKey: '${'wJalrXUtnFEMI/K7MDENG'}+bPxRfiCYEXAMPLEKEY'`;
    expect(await scan(example)).toMatchObject({ code: 0 });
  });

  test('is part of npm run check, over all files', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.check).toContain('secretlint "**/*"');
  });
});
