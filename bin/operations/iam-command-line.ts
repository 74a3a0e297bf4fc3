import { parseArgs } from 'node:util';
import { parseContext } from '../../local/options';
import { OperatorError } from './operator-error';

export interface IamRequest {
  /** CDK context, as for `npm start`. */
  readonly context: Readonly<Record<string, string>>;
  /** The folder in which processes recorded what they used, relative to the project. */
  readonly record: string;
  /** Only what was never used. */
  readonly unused: boolean;
  readonly json: boolean;
}

/** Where tests record what they used; see test/support/environment.ts. */
export const DEFAULT_RECORD = '.parley/iam-usage';

export const IAM_HELP = `npm run iam -- [options]

Who may do what: every grant of the synthesized template, by function, state machine and rule, and whether any test used
it. Needs a record of use, which npm test makes (and begins anew whenever it runs as a whole); without one it lists the
grants alone. X-Ray, log delivery, encryption and what fills the web app's bucket are apart: nothing on this machine
asks for them. Ends with 1 where a grant was never used.

  -c key=value     CDK context, exactly as cdk takes it; repeatable
  --unused         only the grants that were never used
  --json           as JSON
  --record DIR     the record of use (${DEFAULT_RECORD})
  --help           this text
`;

/**
 * Reads the command line of iam.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseIamRequest(args: readonly string[]): IamRequest | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        context: { type: 'string', short: 'c', multiple: true, default: [] },
        unused: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        record: { type: 'string', default: DEFAULT_RECORD },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const { unused, json, record } = values;
    return { context: parseContext(values.context), unused, json, record };
  } catch (error) {
    throw new OperatorError(error instanceof Error ? error.message.split('. ')[0] : String(error));
  }
}
