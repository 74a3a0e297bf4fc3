import type { Address } from './link';

/** A person without an account. */
export interface Guest {
  readonly name?: string;
  /** The room to begin in; the deployment's default room where absent. */
  readonly room?: string;
  /**
   * Keeps the identity over connections: 8 to 128 characters of `A–Z a–z 0–9 - . _ ~`. Whoever has it is this guest.
   * A client without one makes one up, which lasts as long as the client.
   */
  readonly secret?: string;
}

/** Subprotocols that are offered; the server picks the first, and reads the credential from the second. */
const PROTOCOL = 'parley.v1';

export function guestAddress(url: string, { name, room }: Guest, secret: string): Address {
  const address = new URL(url);
  if (name !== undefined) address.searchParams.set('name', name);
  if (room !== undefined) address.searchParams.set('room', room);
  return { url: address.href, protocols: [PROTOCOL, `guest.${secret}`] };
}

/** With a token of the sign-in. It never goes into the URL, which ends up in logs. */
export function tokenAddress(url: string, token: string): Address {
  return { url, protocols: [PROTOCOL, `bearer.${token}`] };
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `length` characters of 5 random bits. */
export function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('');
}
