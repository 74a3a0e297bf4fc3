import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartError } from './start-error';

/** The data directory cannot be used; the message is one line for the person who chose it. */
export class DataDirectoryError extends StartError {
  override readonly name = 'DataDirectoryError';
}

/** Tells a data directory of this runtime from any other folder, so that a reset never deletes somebody's files. */
const MARKER = '.parley-data';

/**
 * Makes sure that the directory exists, is one of ours, and can be written to.
 * @param reset deletes what it holds
 * @throws DataDirectoryError
 */
export function openDataDirectory(directory: string, { reset }: { readonly reset: boolean }): void {
  try {
    makeFolder(directory);
  } catch (error) {
    throw new DataDirectoryError(`The data directory ${directory} cannot be made: ${reason(error)}.`);
  }
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new DataDirectoryError(`The data directory ${directory} cannot be written to.`);
  }
  const marker = path.join(directory, MARKER);
  const content = readdirSync(directory);
  if (content.length > 0 && !existsSync(marker)) {
    throw new DataDirectoryError(
      `The folder ${directory} holds files that are not Parley's; choose another with --data.`,
    );
  }
  if (reset) {
    for (const name of content) {
      if (name !== MARKER) rmSync(path.join(directory, name), { recursive: true });
    }
  }
  try {
    writeFileSync(marker, 'The local data of Parley. npm start -- --reset deletes what is in this folder.\n');
  } catch (error) {
    throw new DataDirectoryError(`The data directory ${directory} cannot be written to: ${reason(error)}.`);
  }
}

/** One folder at a time: mkdirSync with `recursive` never returns where a parent can be neither found nor made (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}

/** Node's system errors read `ENOTDIR: not a directory, mkdir '/x'`; the middle is what a person needs. */
function reason(error: unknown): string {
  return /E[A-Z]+: ([^,]+)/.exec(String(error))?.[1] ?? String(error);
}
