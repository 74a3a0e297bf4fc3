import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Everything that the CDK app reads, relative to the project's root. What is missing counts as empty. */
const INPUTS = [
  'bin',
  'stacks',
  'handlers',
  'statemachines',
  'client',
  'web',
  'cdk.json',
  'cdk.context.json',
  'package-lock.json',
  'tsconfig.json',
];

/** Folders inside the inputs that are made, not written. */
const MADE = ['node_modules', 'dist', 'coverage'];

/**
 * 16 hex digits that change when the content of an input, its name, or the context changes.
 * @param context the context values that the app would get
 */
export function inputsHash(root: string, context: unknown): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(context));
  for (const input of INPUTS) addPath(hash, root, input);
  return hash.digest('hex').slice(0, 16);
}

function addPath(hash: Hash, root: string, relative: string): void {
  const absolute = path.join(root, relative);
  if (!existsSync(absolute)) return;
  if (statSync(absolute).isDirectory()) {
    for (const name of readdirSync(absolute).sort()) {
      if (!name.startsWith('.') && !MADE.includes(name)) addPath(hash, root, path.join(relative, name));
    }
    return;
  }
  const content = readFileSync(absolute);
  // Name and length delimit the content, so that moving bytes from one file to the next changes the hash.
  hash.update(`\0${relative}\0${content.length}\0`).update(content);
}
