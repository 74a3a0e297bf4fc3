import { parseArgs } from 'node:util';
import { roomIdOf } from '../../handlers/chat/rooms';
import { HELP, PLACE, understood, WHERE, whereOf, type Where } from './command-line';
import { OperatorError } from './operator-error';

/** All connections, those of one room, or what is to be done about one. */
export type ConnectionsRequest = Where &
  (
    | { readonly command: 'list'; readonly roomId?: string }
    | { readonly command: 'inspect' | 'close'; readonly connectionId: string }
  );

export const CONNECTIONS_HELP = `npm run connections -- [ROOM] [--inspect ID | --close ID] [--endpoint URL | --stage NAME]

Who is connected, everywhere or in ROOM (a channel's name, or an id), a line each: the connection's id, name and id of the
person, what they are, their rooms, since when, and when the connection was last heard of. Reads all of Connections.

  --inspect ID     what API Gateway knows of one connection: since when, last active, from where, with what
  --close ID       closes one; who was on it may connect again (npm run user -- ban keeps somebody out)

${WHERE}`;

/**
 * Reads the command line of connections.
 * @returns 'help' where it was asked for
 * @throws OperatorError, one line, for anything that is not understood
 */
export function parseConnectionsRequest(args: readonly string[]): ConnectionsRequest | 'help' {
  const options = {
    ...HELP,
    ...PLACE,
    inspect: { type: 'string' },
    close: { type: 'string' },
  } as const;
  const { values, positionals } = understood(() =>
    parseArgs({ args: [...args], options, allowPositionals: true, strict: true }),
  );
  if (values.help === true) return 'help';
  const { inspect, close } = values;
  const [room, ...others] = positionals;
  if ([inspect, close, room].filter((one) => one !== undefined).length > 1)
    throw new OperatorError('A room, --inspect and --close exclude each other.');
  if (others.length > 0)
    throw new OperatorError(`One room at a time, please; there is also ${others.join(', ')}.`);
  const where = whereOf(values);
  if (inspect !== undefined) return { command: 'inspect', connectionId: inspect, ...where };
  if (close !== undefined) return { command: 'close', connectionId: close, ...where };
  if (room === undefined) return { command: 'list', ...where };
  return { command: 'list', roomId: understood(() => roomIdOf(room)), ...where };
}
