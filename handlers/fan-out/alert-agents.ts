import { numberSetting } from '../aws/environment';
import { preview } from '../chat/fan-out/alerts';
import type { AgentAlerts, Log, Now } from '../chat/ports';
import type { Outbox } from '../chat/storage/messages';
import * as aws from '../composition';
import { entryOf, locate, messageStep } from './step-input';

interface Ports {
  outbox: Outbox;
  alerts: AgentAlerts;
  log: Log;
  now: Now;
  previewCharacters: number;
}

/**
 * Step of `fan-out` for a message that claimed its room's window of alerts: publishes the alert. The text goes from the
 * outbox to the topic and to nothing in between. Safe to repeat; a crash between publishing and noting it can alert
 * twice, never not at all. A throw leaves it to the next attempt.
 */
export async function alertAgents(input: unknown, ports: Ports): Promise<{ alerted: true }> {
  const { messageId } = messageStep.parse(input);
  const { roomId, seq } = locate(messageId);
  const { room, sender, text } = await entryOf(messageId, ports.outbox);
  await ports.alerts.publish({
    // SNS refuses subjects with line breaks, over 100 characters or outside of ASCII.
    subject: preview(`Parley: ${room}`, 100).replace(/[^\x20-\x7e]/g, '?'),
    text: `${sender} in ${room}: ${preview(text, ports.previewCharacters)}`,
    roomId,
    messageId,
  });
  await ports.outbox.markAlerted(roomId, seq, ports.now());
  ports.log.info('alerted', { messageId });
  return { alerted: true };
}

export const handler = (input: unknown) =>
  alertAgents(input, {
    outbox: aws.outbox(),
    alerts: aws.agentAlerts(),
    log: aws.log(),
    now: Date.now,
    previewCharacters: numberSetting('alertPreviewCharacters'),
  });
