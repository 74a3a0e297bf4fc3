import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';

/** A handshake, with what it differs in from one that nobody would object to. */
export interface Handshake {
  /** After the stage, e.g. `ticket=x`. */
  readonly query?: string;
  readonly path?: string;
  /** A list sends a header several times, undefined none. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  readonly protocols?: readonly string[];
}

/**
 * Sends a WebSocket handshake as it is, however wrong, and gives the status of the answer: 101 where it is let in.
 * The connection is cut at once, unless `keep` takes it.
 */
export function handshake(
  url: string,
  { query, path, headers = {}, protocols = [] }: Handshake,
  keep: (socket: Duplex) => void = (socket) => socket.destroy(),
): Promise<number> {
  const { hostname, port, pathname } = new URL(url);
  const all = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path: `${path ?? pathname}${query === undefined ? '' : `?${query}`}`,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    });
    sent.once('upgrade', (_response, socket) => {
      socket.on('error', () => {});
      keep(socket);
      resolve(101);
    });
    sent.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}
