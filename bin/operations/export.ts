import { writeFile } from 'node:fs/promises';
import { accountOf } from './account';
import type { ExportRequest } from './command-line';
import type { Installation } from './installation';
import { personOf, storedOf, type StoredOfPerson } from './personal-data';

/** Everything that is stored of a person, as it is stored: times in the tables are Unix, in milliseconds or (`expiresAt`) seconds. */
export interface Export {
  readonly userId: string;
  readonly exportedAt: string;
  readonly stored: StoredOfPerson;
  /** What the user pool holds; absent for guests. */
  readonly account?: unknown;
}

/**
 * Writes all that is stored of a person into a file that only its owner can read.
 * @throws OperatorError where nobody, or more than one, is meant
 */
export async function exportPerson(
  { person, file }: ExportRequest,
  installation: Installation,
  say: (line: string) => void,
): Promise<void> {
  const userId = await personOf(person);
  const exported: Export = {
    userId,
    exportedAt: new Date().toISOString(),
    stored: await storedOf(userId),
    account: await accountOf(userId, installation),
  };
  const path = file ?? `${userId}.json`;
  await writeFile(path, `${JSON.stringify(exported, plain, 2)}\n`, { mode: 0o600 });
  say(`Parley ${installation.description}`);
  say(`Person ${userId}`);
  for (const [table, rows] of Object.entries(exported.stored))
    if (rows.length > 0) say(`  ${table}: ${rows.length}`);
  say(`Written to ${path}. It holds what they said and are called: keep it as carefully.`);
}

/** JSON has no sets. */
function plain(_: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value;
}
