import * as z from 'zod/mini';
import type { Admission } from '../session/session';
import { read } from '../session/remembered';

const KEY = 'parley.guest';
const guestIdentity = z.object({
  name: z.string(),
  secret: z.string(),
  room: z.optional(z.string()),
  /** Each guest has an own one: a tab of the one before may still be open, and what it keeps is not the next one's. */
  account: z._default(z.string(), 'guest'),
});
/** What any guest of this browser keeps in it, see `forgetOwn`. */
const OF_GUESTS = /^parley\.(unsent\.guest(-[0-9a-f]+)?\..*|.*\.guest(-[0-9a-f]+)?)$/;
type GuestIdentity = z.infer<typeof guestIdentity>;

/** The guest that this browser was last, who is let in again without a question. */
export function knownGuest(storage: Storage): Admission | undefined {
  const guest = read(storage, KEY, guestIdentity);
  return guest === undefined ? undefined : admissionOf(guest);
}

/** Makes somebody new, whom this browser remembers. */
export function newGuest(storage: Storage, name: string, room: string | undefined): Admission {
  forgetGuest(storage);
  const guest = { name, secret: random(20), room, account: `guest-${random(4)}` };
  keep(storage, guest);
  return admissionOf(guest);
}

/** A guest who was renamed comes back under the new name. */
export function renameGuest(storage: Storage, name: string): void {
  const guest = read(storage, KEY, guestIdentity);
  if (guest !== undefined) keep(storage, { ...guest, name });
}

/** Forgets the guest and everything that was kept for any; there is no way back to them. */
export function forgetGuest(storage: Storage): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys) if (key === KEY || OF_GUESTS.test(key)) storage.removeItem(key);
}

function keep(storage: Storage, guest: GuestIdentity): void {
  try {
    storage.setItem(KEY, JSON.stringify(guest));
  } catch {
    // Without storage one is this guest until the page is closed.
  }
}

function admissionOf({ name, secret, room, account }: GuestIdentity): Admission {
  return { account, guest: { name, secret, ...(room === undefined ? {} : { room }) } };
}

/** So many random bytes in hexadecimal digits. With 20 of them whoever has them is this guest. */
function random(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
