import { createHash, type Hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'parley');
/** How many builds of one kind are kept: somebody may change branches. */
const KEPT = 4;

/**
 * A build of some sources, made unless these very sources have been built before: synthesis is much more frequent than
 * a change of what it bundles.
 * @param kind what is built, e.g. `pages`
 * @param sources files and folders, relative to the project's root; they should hold all that the build depends on
 * @param make builds into the folder that it is given
 * @returns the folder, named by the sources, and complete from the moment it is there
 */
export function madeOnce(kind: string, sources: readonly string[], make: (folder: string) => void): string {
  const hash = createHash('sha256');
  for (const source of sources) addTo(hash, source);
  const cache = path.join(CACHE, kind);
  const folder = path.join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = `${folder}.${process.pid}`;
  make(draft);
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Somebody else has built the same meanwhile.
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  forgetOldest(cache);
  return folder;
}

function addTo(hash: Hash, relative: string): void {
  const absolute = path.join(ROOT, relative);
  if (statSync(absolute).isDirectory()) {
    for (const name of readdirSync(absolute).sort()) addTo(hash, path.join(relative, name));
    return;
  }
  const content = readFileSync(absolute);
  // Name and length delimit the content.
  hash.update(`\0${relative}\0${content.length}\0`).update(content);
}

function forgetOldest(cache: string): void {
  const builds = readdirSync(cache).filter((name) => /^[0-9a-f]{16}$/.test(name));
  const newestFirst = builds
    .map((name) => ({ name, at: statSync(path.join(cache, name)).mtimeMs }))
    .sort((one, other) => other.at - one.at);
  for (const { name } of newestFirst.slice(KEPT))
    rmSync(path.join(cache, name), { recursive: true, force: true });
}
