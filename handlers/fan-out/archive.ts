import { numberSetting } from '../aws/environment';
import type { ChatHistory, Now, Outbox } from '../chat/ports';
import * as aws from '../composition';
import { entryOf, messageStep } from './step-input';

interface Ports {
  outbox: Outbox;
  history: ChatHistory;
  now: Now;
  /** 0 keeps messages for ever. */
  retentionDays: number;
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * Step of `fan-out`: keeps the message in ChatHistory and notes on the outbox entry that it is kept, without which
 * the entry cannot be closed. Safe to repeat. A throw leaves it to the next attempt.
 */
export async function archive(input: unknown, ports: Ports): Promise<{ archived: true }> {
  const { messageId } = messageStep.parse(input);
  const entry = await entryOf(messageId, ports.outbox);
  const expiresAt = ports.retentionDays === 0 ? undefined : entry.acceptedAt + ports.retentionDays * DAY;
  await ports.history.keep(entry, expiresAt);
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
