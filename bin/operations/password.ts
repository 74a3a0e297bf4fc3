import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { OperatorError } from './operator-error';

const LETTERS = 'abcdefghijkmnpqrstuvwxyz';
const KINDS = [LETTERS, LETTERS.toUpperCase(), '23456789', '_.+:'] as const;
const LENGTH = 20;

/** A password that every policy of a user pool takes: 20 characters, some of each kind, none that look alike or mean something to a shell. */
export function newPassword(): string {
  const all = KINDS.join('');
  const characters = [...KINDS, ...Array<string>(LENGTH - KINDS.length).fill(all)].map(
    (kind) => kind[randomInt(kind.length)] ?? '',
  );
  // The four that must be there are not to stand in front.
  for (let at = characters.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [characters[at], characters[other]] = [characters[other] ?? '', characters[at] ?? ''];
  }
  return characters.join('');
}

/**
 * Reads one line from the terminal without showing it, or from a pipe.
 * @throws OperatorError where nothing comes
 */
export async function askPassword(question: string): Promise<string> {
  const terminal = process.stdin.isTTY === true;
  // What is typed is echoed to the output of readline; this one drops it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (terminal) process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal });
  try {
    for await (const line of lines) if (line !== '') return line;
    throw new OperatorError('No password was given; --password takes one too.');
  } finally {
    lines.close();
    if (terminal) process.stderr.write('\n');
  }
}
