import path from 'node:path';
import { prepareAssembly } from '../local/assembly/assembly-cache';
import { SynthError } from '../local/assembly/synth';
import { startRuntime } from '../local/runtime';
import { StartError } from '../local/start-error';
import { IAM_HELP, parseIamRequest } from './operations/iam-command-line';
import { auditOf, auditLines } from './operations/iam-audit';
import { OperatorError } from './operations/operator-error';

const ROOT = path.join(__dirname, '..');

/** Reads the policies as the local runtime does, which is why it starts one: it resolves the template's names. */
async function main(): Promise<void> {
  const request = parseIamRequest(process.argv.slice(2));
  if (request === 'help') {
    console.log(IAM_HELP);
    return;
  }
  const { directory } = await prepareAssembly(ROOT, request.context);
  const runtime = await startRuntime({ assembly: directory });
  const grants = runtime.iam.usage();
  await runtime.close();
  const audit = auditOf(grants, path.resolve(ROOT, request.record));
  if (request.unused && !audit.recorded) {
    throw new OperatorError(`There is no record of use in ${request.record}; npm test makes one.`);
  }
  if (request.json) console.log(JSON.stringify(audit, null, 2));
  else for (const line of auditLines(audit, request)) console.log(line);
  if (audit.recorded && audit.unused > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  if (error instanceof SynthError) console.error(error.output);
  const known = error instanceof StartError || error instanceof OperatorError;
  console.error(known ? error.message : error);
  process.exitCode = 1;
});
