import { parseArgs } from 'node:util';
import { OperatorError } from './operator-error';

export interface Request {
  readonly messageId: string;
  /** Ids or names, as given. */
  readonly user?: string;
  /** Address of the AWS APIs of a local runtime. */
  readonly endpoint?: string;
  /** Stage on AWS. */
  readonly stage?: string;
}

const WHERE = `Without --endpoint and --stage it asks the local runtime at http://127.0.0.1:8080 when that answers, and
otherwise the stage dev on AWS, with your credentials and Region.

  --endpoint URL   a local runtime at another address
  --stage NAME     a stage that is deployed to AWS`;

export const EXPLAIN_HELP = `npm run explain -- MESSAGE_ID [--user NAME_OR_ID] [--endpoint URL | --stage NAME]

What became of a message: its state, each attempt, the executions that served it, and with --user what became of each
connection of that person. MESSAGE_ID is in the sender's reply and in each push, e.g. r_7m3k….41.

${WHERE}`;

export const REDRIVE_HELP = `npm run redrive -- MESSAGE_ID [--endpoint URL | --stage NAME]

Starts the next attempt of a message's fan-out now. It goes to those alone who were missed: failed, unknown, unattempted.

${WHERE}`;

/**
 * Reads the command line.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseRequest(args: readonly string[], { user }: { user: boolean }): Request | 'help' {
  const options = {
    help: { type: 'boolean', short: 'h' },
    endpoint: { type: 'string' },
    stage: { type: 'string' },
    ...(user ? { user: { type: 'string' } as const } : {}),
  } as const;
  const { values, positionals } = understood(() =>
    parseArgs({ args: [...args], options, allowPositionals: true, strict: true }),
  );
  if (values.help === true) return 'help';
  const [messageId, ...others] = positionals;
  if (messageId === undefined)
    throw new OperatorError('Which message? Give its id, e.g. r_7m3k….41; --help tells more.');
  if (others.length > 0)
    throw new OperatorError(`One message at a time, please; there is also ${others.join(', ')}.`);
  if (values.endpoint !== undefined && values.stage !== undefined)
    throw new OperatorError('--endpoint is for a local runtime and --stage for AWS: give one of them.');
  if (values.endpoint !== undefined && !URL.canParse(values.endpoint))
    throw new OperatorError(`--endpoint ${values.endpoint} is no address such as http://127.0.0.1:8080.`);
  const given = { user: values.user, endpoint: values.endpoint, stage: values.stage };
  return {
    messageId,
    ...(typeof given.user === 'string' ? { user: given.user } : {}),
    ...(given.endpoint === undefined ? {} : { endpoint: given.endpoint.replace(/\/+$/, '') }),
    ...(given.stage === undefined ? {} : { stage: given.stage }),
  };
}

function understood<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new OperatorError(error instanceof Error ? error.message.split('. ')[0] : String(error));
  }
}
