import { guestAddress, tokenAddress, type Guest } from './guest';
import type { Position } from './events';
import type { Address } from './link';
import type { SocketClass } from './socket';
import type { Random, Time } from './time';
import type { Timing } from './timing';
import type { UnsentStore } from './unsent-store';

export interface ClientOptions {
  /** `wss://…/stage`. A function is asked for each connection, e.g. to fetch a ticket, which can be used once. */
  readonly url: string | (() => string | Promise<string>);
  /** Asked for each connection. Without it and without `guest`, the URL alone lets in (a ticket, a signature). */
  readonly token?: () => string | Promise<string>;
  readonly guest?: Guest;
  /** Needed where there is no global one: `import { WebSocket } from 'ws'`. */
  readonly WebSocket?: SocketClass;
  /** Where messages are kept until they are accepted; in memory unless told. */
  readonly store?: UnsentStore;
  /** Whether messages that the server refused stay in `unsent()` and in the store, until `retry` or `discard`. */
  readonly keepRefused?: boolean;
  /** `positions()` of an earlier life: what came since then is delivered, or missed out loud. */
  readonly positions?: Readonly<Record<string, Position>>;
  readonly timing?: Partial<Timing>;
  readonly time?: Time;
  readonly random?: Random;
}

/** Where to connect now, as whom. A guest who was renamed comes back under the new name. */
export async function addressOf(
  { url, token, guest }: ClientOptions,
  name: string | undefined,
  guestSecret: string,
): Promise<Address> {
  const address = typeof url === 'string' ? url : await url();
  if (token !== undefined) return tokenAddress(address, await token());
  if (guest === undefined) return { url: address, protocols: [] };
  return guestAddress(address, { ...guest, name: name ?? guest.name }, guestSecret);
}
