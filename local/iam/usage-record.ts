import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject, type Json } from '../json/json';
import { parseJson } from '../json/parse-json';
import type { Grant } from './iam';

/** The environment variable that names the folder in which processes record what they used. */
export const USAGE_VARIABLE = 'PARLEY_IAM_USAGE';

type Used = Pick<Grant, 'role' | 'action' | 'resource'>;

/** Appends the grants that were of use to the folder, in a file of this process alone, a line each. */
export function recordUsage(folder: string, grants: readonly Grant[]): void {
  const lines = grants
    .filter(({ used }) => used)
    .map(({ role, action, resource }) => `${JSON.stringify({ role, action, resource })}\n`);
  if (lines.length === 0) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(path.join(folder, `${process.pid}.jsonl`), lines.join(''));
}

/**
 * Tells of a grant whether any process recorded that it was of use.
 * @returns undefined when there is no record at all
 */
export function readUsage(folder: string): ((grant: Used) => boolean) | undefined {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  if (files.length === 0) return undefined;
  const used = new Set<string>();
  for (const file of files) {
    for (const line of readFileSync(path.join(folder, file), 'utf8').split('\n')) {
      // The last line of a process that was killed may be cut off.
      const grant = line.endsWith('}') ? parseJson(line) : undefined;
      if (isObject(grant)) used.add(key(grant['role'], grant['action'], grant['resource']));
    }
  }
  return ({ role, action, resource }) => used.has(key(role, action, resource));
}

function key(...parts: readonly (Json | undefined)[]): string {
  return JSON.stringify(parts);
}
