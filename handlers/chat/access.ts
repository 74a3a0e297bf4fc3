import type { User } from './users';

/** Why somebody may not come in although their credential is good. */
export type Revocation = 'banned' | 'signed_out';

/**
 * What has been decided about a person since they got their credential; undefined where that is nothing.
 * @param signedInAt when they gave their password, in Unix milliseconds; absent where no token speaks for them. Tokens
 *   know whole seconds, so who signs in within the second of the sign-out counts as before it.
 */
export function revocationOf(
  user: User | undefined,
  { signedInAt = Infinity }: { readonly signedInAt?: number | undefined },
): Revocation | undefined {
  if (user?.bannedAt !== undefined) return 'banned';
  if (user?.signedOutAt !== undefined && signedInAt <= user.signedOutAt) return 'signed_out';
  return undefined;
}

/** Who may connect; see the setting of this name. */
export const ACCESSES = ['cognito', 'guests', 'iam'] as const;
export type Access = (typeof ACCESSES)[number];

/** What is said of requests that browsers send from web pages. */
export interface OriginRules {
  readonly access: Access;
  /** Exact origins such as `https://chat.example`. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Whether a request from a page of this origin may come in. What sends none is no browser, and nobody's session can be
 * ridden on by it. Without a list no page may, except where everybody may come in anyway.
 */
export function isOriginAllowed(
  origin: string | undefined,
  { access, allowedOrigins }: OriginRules,
): boolean {
  if (origin === undefined) return true;
  return allowedOrigins.length === 0 ? access === 'guests' : allowedOrigins.includes(origin);
}

/** The scheme has no case (RFC 9110, section 11.1), and the token is one word (RFC 6750, section 2.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** The token in a header `Authorization: Bearer <token>`; undefined where it is of another form. */
export function bearerTokenOf(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}
