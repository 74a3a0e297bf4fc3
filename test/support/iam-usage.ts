import { rmSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_RECORD } from '../../bin/operations/iam-command-line';

/** What this reads of Jest's global configuration. */
interface Selection {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
  readonly testNamePattern?: string;
  readonly onlyChanged: boolean;
}

/** The whole suite begins the record of used grants anew; a part of it adds to what there is. */
export default function beginRecord({ testPathPatterns, testNamePattern, onlyChanged }: Selection): void {
  const isWhole = testPathPatterns.patterns.length === 0 && testNamePattern === undefined && !onlyChanged;
  if (isWhole) rmSync(path.join(__dirname, '..', '..', DEFAULT_RECORD), { recursive: true, force: true });
}
