import type { PersonalPage, PersonalRow, PersonalTable } from '../personal-data/personal-rows';

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
    row: Extract<PersonalRow, { readonly table: 'Members' | 'Dedupe' | 'Limits' | 'Tickets' | 'Audience' }>,
  ): Promise<void>;
  /**
   * Takes the name from a person's row and notes there that tokens issued before this moment let nobody in: theirs may be
   * valid for a while. TTL deletes it after a day, but for a ban, which outlasts who is behind it.
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
