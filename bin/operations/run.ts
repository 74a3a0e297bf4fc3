import type { Where } from './command-line';
import { findInstallation, type Installation } from './installation';
import { OperatorError } from './operator-error';

/** Runs one operator's command to its end; what a person can mend is one line on stderr and exit code 1. */
export async function runCommand<Request extends Where>(
  { help, parse }: { help: string; parse: (args: readonly string[]) => Request | 'help' },
  command: (request: Request, installation: Installation) => Promise<void>,
): Promise<void> {
  try {
    const request = parse(process.argv.slice(2));
    if (request === 'help') {
      console.log(help);
      return;
    }
    const installation = await findInstallation(request);
    try {
      await command(request, installation);
    } finally {
      installation.close();
    }
  } catch (error) {
    console.error(error instanceof OperatorError || isAwsError(error) ? error.message : error);
    process.exitCode = 1;
  }
}

/** Missing credentials or Region, an expired session, a missing permission: AWS says it well enough itself. */
function isAwsError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    ('$metadata' in error ||
      error.name === 'CredentialsProviderError' ||
      /^Region is missing/.test(error.message))
  );
}
