/** Where rooms are kept, who belongs to them and who hears them. See ports.ts for what holds of every port. */
import type { AudienceRow } from '../connections';
import type { SampledAudience } from '../fan-out/audience-plan';
import type { Member, Role } from '../members';
import type { Room } from '../rooms';

export type MemberKey = Pick<Member, 'roomId' | 'userId'>;

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
  /** Those of these people of whom the others were told, by `noteAnnounced`, each once. Reads consistently. */
  announcedAmong(people: readonly MemberKey[]): Promise<MemberKey[]>;
  /**
   * A page of the rooms that a person is in, in the falling order of their ids: channels, meetings, direct rooms. Reads
   * an index, so it may lag.
   */
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
