/**
 * `npm run schemas` writes the documents that are derived from the schemas of the wire and of the bus; with `--check`
 * it writes nothing and ends with 1 where one of them is not what it would write.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { documents } from './schemas/documents';

const ROOT = path.join(__dirname, '..');

async function main(check: boolean): Promise<void> {
  for (const { file, text } of await documents(ROOT)) {
    const target = path.join(ROOT, file);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    if (check) {
      console.error(`${file} is out of date: run npm run schemas`);
      process.exitCode = 1;
    } else {
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
      console.log(`wrote ${file}`);
    }
  }
}

void main(process.argv.includes('--check'));
