/** Where people and their connections are kept. See ports.ts for what holds of every port. */
import type { Connection } from '../connections';
import type { SignedIn } from '../identity';
import type { Admission, Rate } from '../rate';
import type { Ticket } from '../tickets';
import type { User } from '../users';

export interface Connections {
  add(connection: Connection): Promise<void>;
  /** Reads consistently; an expired connection is unknown. */
  find(connectionId: string): Promise<Connection | undefined>;
  /** The live ones among these, read consistently, in no order. */
  findMany(connectionIds: readonly string[]): Promise<Connection[]>;
  /** Adds a room, as the one last joined, and gives the connection as it is then; undefined for an unknown one. */
  enterRoom(connectionId: string, roomId: string): Promise<Connection | undefined>;
  leaveRoom(connectionId: string, roomId: string): Promise<Connection | undefined>;
  rename(connectionId: string, name: string): Promise<Connection | undefined>;
  /**
   * Lets a connection do one thing more of a kind that has a rate, renews its lease of presence, and gives it; or says
   * when it may again; undefined for an unknown one. Exact: of admissions at the same time no more pass than may.
   */
  admit(
    connectionId: string,
    taking: { bucket: Bucket; rate: Rate; now: number },
  ): Promise<Connection | { readonly retryAfterMs: number } | undefined>;
  /** Notes that its person types in a room; false where that was noted less than `gap` milliseconds ago. */
  noteTyping(connectionId: string, roomId: string, at: { now: number; gap: number }): Promise<boolean>;
  /**
   * Gives a connection of this person another end of its token, and the groups that the new one names. Undefined where
   * the connection is unknown or another person's.
   */
  renewToken(
    connectionId: string,
    token: Pick<SignedIn, 'userId' | 'groups' | 'tokenExpiresAt'>,
  ): Promise<Connection | undefined>;
  /**
   * The connections of one shard (TOKEN_SHARDS) whose token ends before a time, oldest end first, page by page. Reads an
   * index, so it may lag.
   */
  expiring(shard: number, before: number): AsyncIterable<string[]>;
  /** Gives the connection back to the one caller that really removed it. */
  remove(connectionId: string): Promise<Connection | undefined>;
}

/** What a connection does is limited apart: messages, edits and deletions; and all other commands. */
export type Bucket = 'messages' | 'commands';

/** How often things may happen, by whom it is that they are counted for. */
export interface Limits {
  /** Exact: of takings at the same time no more are admitted than may. What is refused is not counted. */
  take(subject: string, rate: Rate, now: number): Promise<Admission>;
  /** Takes back a taking of a moment ago that nothing came of. Where nothing is counted any more it does nothing. */
  giveBack(subject: string, rate: Rate): Promise<void>;
}

export interface Users {
  /** Keeps a person under a name, a new or another one. A ban stays, and so does the moment of the last sign-out. */
  remember(user: Omit<User, 'bannedAt' | 'signedOutAt'>): Promise<void>;
  /** Keeps a person out, known yet or not; their row is kept for good then. The name counts where there was no row. */
  ban(userId: string, ban: { at: number; name: string }): Promise<void>;
  /** Lifts a ban; none is no error. */
  unban(userId: string): Promise<void>;
  /** Notes that tokens from before this moment are over. The name counts where there was no row. */
  signOut(userId: string, signedOut: { at: number; name: string }): Promise<void>;
  /** Reads consistently; an expired row is none. */
  find(userId: string): Promise<User | undefined>;
  findMany(userIds: readonly string[]): Promise<User[]>;
  /** Those who go by this name (nameKeyOf), at most ten, guests after all others. Reads an index, so it may lag. */
  named(name: string): Promise<User[]>;
}

export interface Tickets {
  keep(ticket: Ticket): Promise<void>;
  /** Gives a ticket to one caller, once; what it says of the time is the caller's to check. */
  take(hash: string): Promise<Ticket | undefined>;
}
