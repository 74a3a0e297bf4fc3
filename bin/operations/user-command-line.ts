import { parseArgs } from 'node:util';
import { HELP, PLACE, understood, WHERE, whereOf, type Where } from './command-line';
import { OperatorError } from './operator-error';

/** What is to be done, and to whom: a name in the user pool, for `ban`, `unban` and `sign-out` an id (u_… or g_…) as well. */
export type UserRequest = Where &
  (
    | { readonly command: 'list' }
    | {
        readonly command: 'add';
        readonly name: string;
        readonly groups: readonly string[];
        /** Without one, one is made up. */
        readonly password?: string;
      }
    /** Without groups it is only said in which somebody is. */
    | { readonly command: 'groups'; readonly name: string; readonly groups?: readonly string[] }
    /** Without a password, it is asked for. */
    | { readonly command: 'token'; readonly name: string; readonly password?: string }
    | { readonly command: 'remove' | 'ban' | 'unban' | 'sign-out'; readonly name: string }
  );

export const USER_HELP = `npm run user -- COMMAND [NAME] [options] [--endpoint URL | --stage NAME]

The people who may sign in, and who of them may not come in at all.

  list                                         who there is, in which groups
  add NAME [--group GROUP]… [--password TEXT]  adds somebody; without --password one is made up and printed, once
  groups NAME [--group GROUP]… [--no-groups]   says, or sets, in which groups somebody is: agents, moderators
  token NAME [--password TEXT]                 signs in and prints the access token; without --password it is asked for
  sign-out NAME                                ends all of a person's sessions, tokens and connections
  ban NAME, unban NAME                         keeps somebody out, and closes what is open; lets them in again
  remove NAME                                  signs somebody out and takes them out of the user pool

NAME is as people sign in; sign-out, ban and unban take an id as well, also a guest's (g_…). Groups count from the
next sign-in or refresh on. With a token: npx wscat -c ADDRESS -H "Authorization: Bearer $(npm run -s user -- token NAME)"

${WHERE}`;

/**
 * Reads the command line of user.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseUserRequest(args: readonly string[]): UserRequest | 'help' {
  const options = {
    ...HELP,
    ...PLACE,
    group: { type: 'string', multiple: true },
    'no-groups': { type: 'boolean' },
    password: { type: 'string' },
  } as const;
  const { values, positionals } = understood(() =>
    parseArgs({ args: [...args], options, allowPositionals: true, strict: true }),
  );
  if (values.help === true) return 'help';
  const [command, name, ...others] = positionals;
  if (others.length > 0)
    throw new OperatorError(`One person at a time, please; there is also ${others.join(', ')}.`);
  const { group: groups, 'no-groups': none, password } = values;
  const refuse = (option: string) => {
    throw new OperatorError(`${command} takes no ${option}; --help tells more.`);
  };
  if (groups !== undefined && command !== 'add' && command !== 'groups') refuse('--group');
  if (none !== undefined && command !== 'groups') refuse('--no-groups');
  if (none !== undefined && groups !== undefined)
    throw new OperatorError('--group and --no-groups exclude each other.');
  if (password !== undefined && command !== 'add' && command !== 'token') refuse('--password');

  const where = whereOf(values);
  const given = { ...(password === undefined ? {} : { password }), ...where };
  switch (command) {
    case 'list':
      if (name !== undefined) refuse('name');
      return { command, ...where };
    case 'add':
      return { command, name: required(name), groups: groups ?? [], ...given };
    case 'token':
      return { command, name: required(name), ...given };
    case 'groups': {
      const wanted = none === true ? [] : groups;
      return { command, name: required(name), ...(wanted === undefined ? {} : { groups: wanted }), ...where };
    }
    case 'remove':
    case 'ban':
    case 'unban':
    case 'sign-out':
      return { command, name: required(name), ...where };
    default:
      throw new OperatorError(
        `${command === undefined ? 'What is to be done?' : `There is no command ${command}.`} It may be list, add, groups, token, sign-out, ban, unban or remove.`,
      );
  }
}

function required(name: string | undefined): string {
  if (name === undefined || name === '') throw new OperatorError('Who? Give a name; --help tells more.');
  return name;
}
