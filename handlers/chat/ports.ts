/**
 * What the domain needs from the world, in chat words. Each port has an adapter on AWS (`handlers/aws`) and a
 * twin in memory (`test/support/memory`); both pass the same contract suite (`test/contracts`).
 * Times are Unix milliseconds. A port throws where the world fails; expected outcomes are values.
 */
import type { Plan, SampledAudience } from './fan-out/audience-plan';
import type { AudienceRow, Connection } from './connections';
import type { Numbered, Reservation, Reserved } from './sending/dedupe';
import type { ChatEvent } from './events';
import type { SignedIn } from './identity';
import type { HistoryRow } from './recall/history';
import type { PartProgress, PartRecord } from './fan-out/ledger';
import type { PersonalPage, PersonalRow, PersonalTable } from './personal-data/personal-rows';
import type { FanOutStatus, Message, OutboxEntry } from './messages';
import type { Member, Role } from './members';
import type { Admission, Rate } from './rate';
import type { Room } from './rooms';
import type { Ticket } from './tickets';
import type { User } from './users';

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
  /** Those who go by this name (nameKeyOf), at most ten. Reads an index, so it may lag. */
  named(name: string): Promise<User[]>;
}

export interface Members {
  /** Reads consistently; an expired row is none. */
  find(roomId: string, userId: string): Promise<Member | undefined>;
  /**
   * Makes a person a member who is none, or was invited, and renews a guest's expiry; whoever is banned or waits
   * stays so. Gives the row as it is then. Safe to repeat.
   */
  enter(member: Pick<Member, 'roomId' | 'userId' | 'role' | 'since' | 'expiresAt'>): Promise<Member>;
  /**
   * As `enter`, for somebody who is a member or was invited; makes nobody a member who has no row. Gives the row as it
   * is then, undefined without one. Safe to repeat.
   */
  enterAgain(member: Pick<Member, 'roomId' | 'userId' | 'expiresAt'>): Promise<Member | undefined>;
  /** Lets somebody who is none, or waits already, wait with this connection. Gives the row as it is then. */
  wait(
    member: Pick<Member, 'roomId' | 'userId' | 'since' | 'expiresAt'> & { waitingConnectionId: string },
  ): Promise<Member>;
  /** Makes a member of somebody who waits, and gives the row; that of a member too, as this may be a repetition. */
  admit(roomId: string, userId: string): Promise<Member | undefined>;
  /**
   * Lets somebody come who is none, or was invited already, and renews until when. Gives the row as it is then, whatever
   * its standing; undefined for somebody who waited and was refused within a day: who asks again may be admitted.
   */
  invite(
    member: Pick<Member, 'roomId' | 'userId' | 'since'> & { expiresAt: number },
  ): Promise<Member | undefined>;
  /**
   * Takes out somebody who waits, and nobody else. True also for a repetition within a day, while the person is
   * nothing else again.
   */
  refuse(roomId: string, userId: string): Promise<boolean>;
  /** Keeps a person out for good, whoever that is and whether there is a row or not. */
  ban(member: Pick<Member, 'roomId' | 'userId' | 'since'>): Promise<void>;
  /** False where there was no ban. */
  unban(roomId: string, userId: string): Promise<boolean>;
  /** False where the person is not in the room. */
  setRole(roomId: string, userId: string, role: Role): Promise<boolean>;
  /** Takes out somebody who is in, invited or waits, and gives the row as it was; a ban stays. */
  remove(roomId: string, userId: string): Promise<Member | undefined>;
  /**
   * Moves cursors forward, never back, unless that was done less than `gap` milliseconds ago. Undefined for somebody
   * who is not in the room; `tooSoon` is how long to wait, in milliseconds.
   */
  giveReceipt(
    roomId: string,
    userId: string,
    receipt: { receivedSeq: number; readSeq: number; now: number; gap: number },
  ): Promise<Member | { readonly tooSoon: number } | undefined>;
  /**
   * Notes whether the others were told that the person is here; true if that is news. Only who is in can be here;
   * not to be here can be said of whoever was, for a day after they were taken out.
   */
  noteAnnounced(roomId: string, userId: string, here: boolean): Promise<boolean>;
  /** A page of the rooms that a person is in, in the order of their ids. Reads an index, so it may lag. */
  roomsOf(userId: string, after?: string): Promise<{ members: Member[]; next: string | null }>;
  /** A page of a room's rows of every standing, in the order of user ids. */
  ofRoom(roomId: string, after?: string): Promise<{ members: Member[]; next: string | null }>;
}

export type AudienceKey = Pick<AudienceRow, 'partition' | 'slot'>;

export interface Audience {
  join(rows: readonly AudienceRow[]): Promise<void>;
  /** Deletes rows; those that are not there are no error. */
  leave(rows: readonly AudienceKey[]): Promise<void>;
  /**
   * The first rows of a partition in hash order, and whether they are all. Expired rows are counted apart.
   * May be a moment old, except that an empty sample is true: nobody was there.
   */
  sample(partition: string, limit: number): Promise<SampledAudience>;
  /**
   * One page of the live rows whose slot is in [from, to) and, where given, above `after`.
   * Reads consistently. `next` is the slot to go on after, null at the end.
   */
  page(
    partition: string,
    range: { from: string; to: string; after?: string | undefined },
  ): Promise<{ rows: AudienceRow[]; next: string | null }>;
  /** The live rows among these slots. Reads consistently. */
  find(partition: string, slots: readonly string[]): Promise<AudienceRow[]>;
}

export interface Rooms {
  /** Creates the room if there is none and gives it as it is. */
  open(room: { roomId: string; name: string }): Promise<Room>;
  /** Creates a room, or says that there is one. */
  create(room: Omit<Room, 'epoch' | 'head' | 'closedAt'>): Promise<Room | 'exists'>;
  find(roomId: string): Promise<Room | undefined>;
  findMany(roomIds: readonly string[]): Promise<Room[]>;
  /** No more messages from now on. Safe to repeat. */
  close(roomId: string, at: number): Promise<void>;
  /** The meeting that a join code lets into. */
  withCode(code: string): Promise<Room | undefined>;
  /** Replaces the join code of a meeting; the old one lets nobody in any more. */
  replaceCode(roomId: string, code: string): Promise<void>;
  /** True for the one call in a window that is to tell of receipts at the window's end. */
  claimReceipts(roomId: string, at: { now: number; windowMs: number }): Promise<boolean>;
  /**
   * True for the one message per room and window that may alert; true again for the same message, so that a
   * retry after a crash can finish what it began.
   */
  claimAlert(roomId: string, messageId: string, at: { now: number; windowMs: number }): Promise<boolean>;
}

export type Claim =
  | { readonly outcome: 'claimed'; readonly entry: OutboxEntry }
  /** Another execution has it, or it is closed or parked. */
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'missing' };

export interface Outbox {
  /** Keeps the message under its number if that is free. `appended` also when an earlier try of the same append was. */
  append(message: Message, dueAt: number): Promise<'appended' | 'taken'>;
  /** The highest number in the outbox, 0 without any. Reads consistently and counts expired rows too. */
  lastSeq(roomId: string): Promise<number>;
  /** How far the fan-out is may be a moment old; that there is no entry is true. */
  find(roomId: string, seq: number): Promise<OutboxEntry | undefined>;
  /** The messages from one number to another, both included, ascending. Reads consistently. */
  range(roomId: string, from: number, to: number): Promise<Message[]>;
  /**
   * Takes the attempt after `attempt` for `claimant`, if nobody else has, so that it is not overdue before `dueAt`. The
   * first attempt leaves a later time as it is, because the index by it is paid by the write. Safe to repeat for the
   * same claimant.
   */
  claim(
    roomId: string,
    seq: number,
    claim: { attempt: number; claimant: string; dueAt: number },
  ): Promise<Claim>;
  /** Moves the time at which an open entry counts as overdue, unless a later attempt has it. */
  postpone(roomId: string, seq: number, at: { attempt: number; dueAt: number }): Promise<void>;
  markArchived(roomId: string, seq: number, at: number): Promise<void>;
  markAlerted(roomId: string, seq: number, at: number): Promise<void>;
  /** Open entries of one shard that are overdue, oldest first; reads an index, so it may lag. */
  overdue(shard: number, before: number): Promise<{ roomId: string; seq: number }[]>;
  /** Gives an entry up, unless a later attempt has it: kept without expiry, out of the sweep's sight. */
  park(roomId: string, seq: number, attempt: number): Promise<void>;
  /** How far the fan-out is. An expired entry is unknown. */
  status(roomId: string, seq: number): Promise<FanOutStatus | undefined>;
  /**
   * Puts an entry back under the sweep, without expiry and due now, if nothing has happened to it since it was read:
   * false where its state or attempt is another now.
   */
  reopen(
    roomId: string,
    seq: number,
    seen: { state: OutboxEntry['state']; attempt: number; now: number },
  ): Promise<boolean>;
}

export interface ChatHistory {
  /** Keeps a message, save its text where an edit or an erasure was noted before. Safe to repeat, like all of these. */
  keep(message: Message, expiresAt: number | undefined): Promise<void>;
  /**
   * Notes an edit in the row that it is about, kept yet or not: the text of the edit with the highest number is the
   * one that reads. Says if that row is erased, which nothing changes any more.
   */
  noteEdit(
    roomId: string,
    seq: number,
    edit: { seq: number; text: string },
    expiresAt: number | undefined,
  ): Promise<'noted' | 'erased'>;
  /** Takes the text out of a row for good, kept yet or not. Gives the numbers of the edits noted in it. */
  erase(roomId: string, seq: number, expiresAt: number | undefined): Promise<number[]>;
  /** The rows from one number to another, both included, ascending. Reads consistently; expired rows are among them. */
  range(roomId: string, from: number, to: number): Promise<HistoryRow[]>;
}

/** What became of the ids that senders gave their messages. */
export interface Dedupe {
  /** Reserves an id, or gives what stands there: an earlier reservation, with its reply once there is one. */
  reserve(reservation: Reservation): Promise<'reserved' | Reserved>;
  /** Notes the reply. Does nothing where the reservation is another's by now. */
  finish(reservation: Pick<Reservation, 'sent' | 'by'>, reply: Numbered): Promise<void>;
  /** Puts a reservation in the place of one that was never finished; false if somebody was faster. */
  takeOver(seen: Reserved, reservation: Reservation): Promise<boolean>;
  /** Gives a reservation back that nothing came of: the id may be used again at once. */
  release(reservation: Pick<Reservation, 'sent' | 'by'>): Promise<void>;
}

/**
 * What is stored of a person, table after table, for erasing and exporting. Reads whole tables: slow, and paid by
 * their size.
 */
export interface PersonalData {
  /**
   * One page of the rows of a table that are about a person, expired ones too, read consistently save those of Members.
   * A page may be empty and not the last. What was erased is on none.
   */
  page(table: PersonalTable, userId: string, after: string | null): Promise<PersonalPage>;
  /** Deletes a row by its key; one that is not there is no error. */
  delete(
    row:
      | Extract<PersonalRow, { readonly table: 'Members' | 'Limits' | 'Tickets' | 'Audience' }>
      | { readonly table: 'Dedupe'; readonly sent: string },
  ): Promise<void>;
  /**
   * Puts in the place of a person's row, for a day, one that has no name and says that tokens issued before this moment
   * let nobody in: theirs may be valid for a while. TTL deletes it.
   */
  forgetUser(userId: string, at: number): Promise<void>;
  /** Takes the text out of the outbox's copy of a message, whoever it is by. */
  eraseCopy(roomId: string, seq: number): Promise<void>;
  /** Takes the sender, their name and their id of it from a message if it is this person's. */
  disown(table: 'Outbox' | 'ChatHistory', roomId: string, seq: number, userId: string): Promise<void>;
  /** Puts nobody's personal partition into the place of this person's in a message's plan. */
  leavePlan(messageId: string, userId: string): Promise<void>;
  /** Takes a person out of a room's own row: as owner, as one of the two, and what they told of themselves. */
  leaveRoom(roomId: string, userId: string): Promise<void>;
}

export interface Ledger {
  findPlan(messageId: string): Promise<Plan | undefined>;
  /** Stores the plan unless there is one; gives the one that holds. */
  storePlan(messageId: string, plan: Plan): Promise<Plan>;
  /** All that is recorded of one part, or of all parts, by part and attempt. */
  records(messageId: string, part?: number): Promise<PartRecord[]>;
  /**
   * Notes, before the first post, that this attempt has begun with this part. Gives what the attempt has recorded
   * so far: nothing, unless its worker goes on after a cursor or is tried again.
   */
  begin(messageId: string, part: number, attempt: number): Promise<PartRecord>;
  /** Adds outcomes to the record of a part and attempt. */
  add(messageId: string, part: number, attempt: number, progress: PartProgress): Promise<void>;
}

export interface Tickets {
  keep(ticket: Ticket): Promise<void>;
  /** Gives a ticket to one caller, once; what it says of the time is the caller's to check. */
  take(hash: string): Promise<Ticket | undefined>;
}

export interface TokenVerifier {
  /**
   * Who an access token of the user pool speaks for, if the pool signed it for this app and it is not over. Throws where
   * the pool's keys cannot be had.
   */
  verify(token: string): Promise<SignedIn | 'expired' | 'invalid'>;
}

export interface EventBus {
  /** One try. Gives the events that the bus did not take; throws if it took none because the call failed. */
  publish(events: readonly ChatEvent[]): Promise<readonly ChatEvent[]>;
}

export interface AgentAlerts {
  publish(alert: { subject: string; text: string; roomId: string; messageId: string }): Promise<void>;
}

export interface Recipient {
  readonly connectionId: string;
}

export type PostOutcome =
  | { readonly outcome: 'posted' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface Sockets {
  /**
   * Posts one frame to each recipient; outcomes in the recipients' order. Tries temporary failures again until
   * `deadline` (on the monotonic clock, `performance.now()`). Never throws for a recipient.
   */
  post(
    frame: string,
    recipients: readonly Recipient[],
    limits: { deadline: number; postsPerSecond: number },
  ): Promise<PostOutcome[]>;
  /** Closes a socket at the gateway; one that is gone already is no error. */
  close(connectionId: string): Promise<void>;
}

/** Structured log lines. Ids and numbers only: never text, names or tokens. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** An unexpected error. What its message says is kept out unless it came from an AWS API. */
  error(event: string, error: unknown, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Now = () => number;
