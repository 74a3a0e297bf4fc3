import type { Message, Said } from '../messages';
import type { ChatHistory } from '../storage/messages';

/**
 * A row of the archive. Edits and deletions have rows of their own and also change the row that they are about,
 * which may come into being that way, before its message is archived.
 */
export interface HistoryRow {
  readonly seq: number;
  /** Undefined while the row holds nothing but what others noted in it. */
  readonly said?: Omit<Said, 'text'>;
  /** Its own words or those of its last edit. */
  readonly text?: string;
  /** The number of the last edit noted in it. */
  readonly rev?: number;
  /** Deleted: its words are gone for good. */
  readonly erased: boolean;
  /** Unix milliseconds. */
  readonly expiresAt?: number;
}

/**
 * Archives a message and folds it into the one that it refers to. Safe to repeat, and the same comes of it in
 * whatever order the messages of a room are archived: an edit is noted before it is kept, so a deletion either finds
 * its number and erases it, or was there first and is told by the note.
 */
export async function archiveMessage(
  message: Message,
  expiresAt: number | undefined,
  history: ChatHistory,
): Promise<void> {
  const { roomId, seq, kind, ref, text } = message;
  if (kind === 'edit' && ref !== undefined) {
    const noted = await history.noteEdit(roomId, ref, { seq, text }, expiresAt);
    if (noted === 'erased') await history.erase(roomId, seq, expiresAt);
  }
  if (kind === 'delete' && ref !== undefined) {
    for (const edit of await history.erase(roomId, ref, expiresAt)) {
      await history.erase(roomId, edit, expiresAt);
    }
  }
  await history.keep(message, expiresAt);
}
