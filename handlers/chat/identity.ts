/** How somebody came in: without an account, signed in, or as a server with AWS credentials. */
export const KINDS = ['guest', 'user', 'server'] as const;
export type IdentityKind = (typeof KINDS)[number];

/** Groups of the user pool that give rights; all others are none of Parley's business. */
export const GROUPS = ['agents', 'moderators'] as const;
export type Group = (typeof GROUPS)[number];

/** Who a connection speaks for, as its credential says. */
export interface Identity {
  readonly userId: string;
  readonly kind: IdentityKind;
  readonly groups: readonly Group[];
  /** When the credential ends, in Unix milliseconds; absent for guests and servers, who have none that ends. */
  readonly tokenExpiresAt?: number | undefined;
}

/** Somebody whom a token of the user pool speaks for. */
export interface SignedIn extends Identity {
  readonly kind: 'user';
  /** What the user pool calls them. */
  readonly name: string;
  readonly tokenExpiresAt: number;
  /** When they gave their password, in Unix milliseconds; tokens that are refreshed keep it. */
  readonly signedInAt: number;
}
