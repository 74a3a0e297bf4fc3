import * as z from 'zod/mini';
import { parseMessageId } from '../chat/ids';
import type { OutboxEntry } from '../chat/messages';
import type { Outbox } from '../chat/storage/messages';

/** What every step after the claim is given. */
export const messageStep = z.object({ messageId: z.string() });
export const partStep = z.object({ messageId: z.string(), attempt: z.int(), part: z.int() });

/** The row and room behind a message id. Throws where the text is none. */
export function locate(messageId: string): { roomId: string; seq: number } {
  const location = parseMessageId(messageId);
  if (location === undefined) throw new Error('This step was not given a message id');
  return location;
}

/** The outbox entry of a message in fan-out: it has no expiry while it is open, so it must be there. */
export async function entryOf(messageId: string, outbox: Outbox): Promise<OutboxEntry> {
  const { roomId, seq } = locate(messageId);
  const entry = await outbox.find(roomId, seq);
  if (entry === undefined) throw new Error(`There is no outbox entry ${messageId}`);
  return entry;
}
