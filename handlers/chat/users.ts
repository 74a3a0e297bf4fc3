/** A person, on one or more connections. */
export interface User {
  readonly userId: string;
  readonly name: string;
  /** What they were called before they chose this name; whoever is told of the change hears both. */
  readonly formerName?: string | undefined;
  /** Since when they may not connect at all, in Unix milliseconds. */
  readonly bannedAt?: number | undefined;
  /** Tokens issued before this moment let nobody in any more, in Unix milliseconds. */
  readonly signedOutAt?: number | undefined;
  /** Unix milliseconds; guests do not stay for ever. */
  readonly expiresAt?: number | undefined;
}

/** By what a name is looked up: case and surrounding white space do not count. */
export function nameKeyOf(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
