import type { SignedIn } from './identity';

/** Lets somebody connect who has shown a token over HTTPS: a browser can send no header with a WebSocket. */
export interface Ticket extends SignedIn {
  /** See `ticketHash` in ids.ts; the ticket itself is stored nowhere. */
  readonly hash: string;
  /** The page that asked for it, and the only one that can use it; absent where the asker is no browser. */
  readonly origin?: string | undefined;
  /** Unix milliseconds; see TICKET_LIFETIME. */
  readonly expiresAt: number;
}

/** A client connects at once, so half a minute is enough for slow networks and short for thieves. In milliseconds. */
export const TICKET_LIFETIME = 30_000;
