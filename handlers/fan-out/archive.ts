import { numberSetting } from '../aws/environment';
import { archiveMessage } from '../chat/recall/history';
import type { Now } from '../chat/ports';
import type { ChatHistory, Outbox } from '../chat/storage/messages';
import { expiryOf, retentionOf } from '../chat/recall/retention';
import * as aws from '../composition';
import { entryOf, messageStep } from './step-input';

interface Ports {
  outbox: Outbox;
  history: ChatHistory;
  now: Now;
  /** 0 keeps messages for ever. */
  retentionDays: number;
}

/**
 * Step of `fan-out`: keeps the message in ChatHistory, folds an edit or a deletion into the message that it is about,
 * and notes on the outbox entry that it is kept, without which the entry cannot be closed. Safe to repeat. A throw
 * leaves it to the next attempt.
 */
export async function archive(input: unknown, ports: Ports): Promise<{ archived: true }> {
  const { messageId } = messageStep.parse(input);
  const entry = await entryOf(messageId, ports.outbox);
  const expiresAt = expiryOf(entry, retentionOf(entry, ports.retentionDays));
  await archiveMessage(entry, expiresAt, ports.history);
  await ports.outbox.markArchived(entry.roomId, entry.seq, ports.now());
  return { archived: true };
}

export const handler = (input: unknown) =>
  archive(input, {
    outbox: aws.outbox(),
    history: aws.chatHistory(),
    now: Date.now,
    retentionDays: numberSetting('historyRetentionDays'),
  });
