/** Where messages are kept, and how far their fan-out is. See ports.ts for what holds of every port. */
import type { Plan } from '../fan-out/plan';
import type { PartProgress, PartRecord } from '../fan-out/ledger';
import type { FanOutStatus, Message, OutboxEntry } from '../messages';
import type { HistoryRow } from '../recall/history';
import type { Numbered, Reservation, Reserved } from '../sending/dedupe';

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
  /** Gives a reservation back that nothing came of: the id may be used again at once, and nothing of it is left. */
  release(reservation: Pick<Reservation, 'sent' | 'by'>): Promise<void>;
}

export interface Ledger {
  findPlan(messageId: string): Promise<Plan | undefined>;
  /**
   * Stores the plan unless there is one; gives the one that holds. A plan of one part (`isOfOnePart`) is not stored but
   * given back, whatever is stored, because its part covers every part of any other plan. It is found once that part
   * has begun, unless one is stored. So to most messages planning costs no write.
   */
  storePlan(messageId: string, plan: Plan): Promise<Plan>;
  /** All that is recorded of one part, or of all parts, by part and attempt. */
  records(messageId: string, part?: number): Promise<PartRecord[]>;
  /**
   * Notes, before the first post, that this attempt has begun with this part. Gives what the attempt has recorded
   * so far: nothing, unless its worker goes on after a cursor or is tried again.
   */
  begin(messageId: string, part: number, attempt: number, plan: Plan): Promise<PartRecord>;
  /** Adds outcomes to the record of a part and attempt. */
  add(messageId: string, part: number, attempt: number, progress: PartProgress): Promise<void>;
}
