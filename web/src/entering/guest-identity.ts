import * as z from 'zod/mini';
import type { Admission } from '../session/session';
import { forgetOwn } from '../session/own-storage';
import { read } from '../session/remembered';

const KEY = 'parley.guest';
const ACCOUNT = 'guest';
const guestIdentity = z.object({ name: z.string(), secret: z.string(), room: z.optional(z.string()) });
type GuestIdentity = z.infer<typeof guestIdentity>;

/** The guest that this browser was last, who is let in again without a question. */
export function knownGuest(storage: Storage): Admission | undefined {
  const guest = read(storage, KEY, guestIdentity);
  return guest === undefined ? undefined : admissionOf(guest);
}

/** Makes somebody new, whom this browser remembers. */
export function newGuest(storage: Storage, name: string, room: string | undefined): Admission {
  forgetGuest(storage);
  const guest = { name, secret: secret(), room };
  keep(storage, guest);
  return admissionOf(guest);
}

/** A guest who was renamed comes back under the new name. */
export function renameGuest(storage: Storage, name: string): void {
  const guest = read(storage, KEY, guestIdentity);
  if (guest !== undefined) keep(storage, { ...guest, name });
}

/** Forgets the guest and everything that was kept for them; there is no way back to them. */
export function forgetGuest(storage: Storage): void {
  storage.removeItem(KEY);
  forgetOwn(storage, ACCOUNT);
}

function keep(storage: Storage, guest: GuestIdentity): void {
  try {
    storage.setItem(KEY, JSON.stringify(guest));
  } catch {
    // Without storage one is this guest until the page is closed.
  }
}

function admissionOf({ name, secret: given, room }: GuestIdentity): Admission {
  return { account: ACCOUNT, guest: { name, secret: given, ...(room === undefined ? {} : { room }) } };
}

/** 160 random bits: whoever has them is this guest. */
function secret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
