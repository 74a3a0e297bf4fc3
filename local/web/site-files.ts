import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Media types by file extension, of what web apps are made of. S3 guesses them in the same way. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

export interface SiteFile {
  readonly body: Buffer;
  readonly type: string;
  readonly cacheControl: string | undefined;
}

/** One source of a deployment: a folder, and what takes the place of its markers. */
export interface Source {
  readonly folder: string;
  readonly markers: Readonly<Record<string, string>>;
}

/**
 * The files of a folder and below, by their path with `/`, e.g. `assets/app-1a2b.js`. They are read at once, so that
 * a page and its scripts are of one build also when another is made meanwhile.
 */
export function readSiteFiles(
  { folder, markers }: Source,
  cacheControl: string | undefined,
): Map<string, SiteFile> {
  const files = new Map<string, SiteFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const key = path.relative(folder, file).split(path.sep).join('/');
    const type = TYPES[path.extname(key).toLowerCase()] ?? 'application/octet-stream';
    files.set(key, { body: filledIn(readFileSync(file), markers), type, cacheControl });
  }
  return files;
}

function filledIn(body: Buffer, markers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(markers);
  if (entries.length === 0) return body;
  return Buffer.from(
    entries.reduce((text, [marker, value]) => text.replaceAll(marker, () => value), body.toString('utf8')),
  );
}
