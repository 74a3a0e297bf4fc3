/**
 * What the domain needs from the world, in chat words. Each port has an adapter on AWS (`handlers/aws`) and a
 * twin in memory (`test/support/memory`); both pass the same contract suite (`test/contracts`).
 * Times are Unix milliseconds. A port throws where the world fails; expected outcomes are values.
 */
import type { Plan, SampledAudience } from './audience-plan';
import type { AudienceRow, Connection } from './connections';
import type { ChatEvent } from './events';
import type { PartProgress, PartRecord } from './ledger';
import type { FanOutStatus, Message, OutboxEntry } from './messages';
import type { Room } from './rooms';

export interface Connections {
  add(connection: Connection): Promise<void>;
  /** Reads consistently; an expired connection is unknown. */
  find(connectionId: string): Promise<Connection | undefined>;
  /** Gives the connection back to the one caller that really removed it. */
  remove(connectionId: string): Promise<Connection | undefined>;
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
  find(roomId: string): Promise<Room | undefined>;
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
  find(roomId: string, seq: number): Promise<OutboxEntry | undefined>;
  /** Takes the attempt after `attempt` for `claimant`, if nobody else has. Safe to repeat for the same claimant. */
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
  keep(message: Message, expiresAt: number | undefined): Promise<void>;
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
