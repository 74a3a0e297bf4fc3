import { parseArgs } from 'node:util';
import { OperatorError } from './operator-error';

/** Which Parley is meant. */
export interface Where {
  /** Address of the AWS APIs of a local runtime. */
  readonly endpoint?: string;
  /** Stage on AWS. */
  readonly stage?: string;
}

export interface Request extends Where {
  readonly messageId: string;
  /** Ids or names, as given. */
  readonly user?: string;
}

export interface EpochRequest extends Where {
  /** Do it; without this it is only said what would be done. */
  readonly confirmed: boolean;
}

export interface PersonRequest extends Where {
  /** A name or an id, as given. */
  readonly person: string;
}

export interface EraseRequest extends PersonRequest {
  /** Do it; without this it is only said what would be done. */
  readonly confirmed: boolean;
}

export interface ExportRequest extends PersonRequest {
  /** Path of the file that is written. */
  readonly file?: string;
}

export const WHERE = `Without --endpoint and --stage it asks the local runtime at http://127.0.0.1:8080 when that answers, and
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

export const NEW_EPOCH_HELP = `npm run new-epoch -- [--yes] [--endpoint URL | --stage NAME]

For use after tables were restored from a backup: gives every room a new epoch, so that every client sees that its
position is of another time, and lets each room's numbering go on above the highest number that is found in any table.
Reads all of Rooms, Outbox, ChatHistory and Deliveries. Without --yes it says what it would do and changes nothing.

${WHERE}`;

export const ERASE_HELP = `npm run erase -- USER [--yes] [--endpoint URL | --stage NAME]

Erases what is stored of a person: starts the workflow erase-person, waits for its end and prints its receipt, which
holds numbers only. USER is an id (u_… or g_…) or a name. Without --yes it says what it would do and changes nothing. It
reads all of ChatHistory and Outbox, at least twice. Safe to repeat. See docs/personal-data.md for what stays.

${WHERE}`;

export const EXPORT_HELP = `npm run export -- USER [--file PATH] [--endpoint URL | --stage NAME]

Writes all that is stored of a person into a file of JSON, by table. USER is an id (u_… or g_…) or a name. It reads all
of ChatHistory and Outbox.

  --file PATH      where to; without it USER_ID.json in this folder

${WHERE}`;

export const PLACE = { endpoint: { type: 'string' }, stage: { type: 'string' } } as const;
export const HELP = { help: { type: 'boolean', short: 'h' } } as const;

/**
 * Reads the command line of explain and redrive.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseRequest(args: readonly string[], { user }: { user: boolean }): Request | 'help' {
  const options = {
    ...HELP,
    ...PLACE,
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
  return {
    messageId,
    ...(typeof values.user === 'string' ? { user: values.user } : {}),
    ...whereOf(values),
  };
}

/**
 * Reads the command line of new-epoch.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseEpochRequest(args: readonly string[]): EpochRequest | 'help' {
  const options = { ...HELP, ...PLACE, yes: { type: 'boolean' } } as const;
  const { values } = understood(() => parseArgs({ args: [...args], options, strict: true }));
  if (values.help === true) return 'help';
  return { confirmed: values.yes === true, ...whereOf(values) };
}

/**
 * Reads the command line of erase.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseEraseRequest(args: readonly string[]): EraseRequest | 'help' {
  const options = { ...HELP, ...PLACE, yes: { type: 'boolean' } } as const;
  const { values, positionals } = understood(() =>
    parseArgs({ args: [...args], options, allowPositionals: true, strict: true }),
  );
  if (values.help === true) return 'help';
  return { person: onePerson(positionals), confirmed: values.yes === true, ...whereOf(values) };
}

/**
 * Reads the command line of export.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseExportRequest(args: readonly string[]): ExportRequest | 'help' {
  const options = { ...HELP, ...PLACE, file: { type: 'string' } } as const;
  const { values, positionals } = understood(() =>
    parseArgs({ args: [...args], options, allowPositionals: true, strict: true }),
  );
  if (values.help === true) return 'help';
  const { file } = values;
  return { person: onePerson(positionals), ...(file === undefined ? {} : { file }), ...whereOf(values) };
}

function onePerson([person, ...others]: readonly string[]): string {
  if (person === undefined)
    throw new OperatorError('Whom? Give a name or an id (u_… or g_…); --help tells more.');
  if (others.length > 0)
    throw new OperatorError(`One person at a time, please; there is also ${others.join(', ')}.`);
  return person;
}

export function whereOf({
  endpoint,
  stage,
}: {
  endpoint?: string | undefined;
  stage?: string | undefined;
}): Where {
  if (endpoint !== undefined && stage !== undefined)
    throw new OperatorError('--endpoint is for a local runtime and --stage for AWS: give one of them.');
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new OperatorError(`--endpoint ${endpoint} is no address such as http://127.0.0.1:8080.`);
  return {
    ...(endpoint === undefined ? {} : { endpoint: endpoint.replace(/\/+$/, '') }),
    ...(stage === undefined ? {} : { stage }),
  };
}

export function understood<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new OperatorError(error instanceof Error ? error.message.split('. ')[0] : String(error));
  }
}
