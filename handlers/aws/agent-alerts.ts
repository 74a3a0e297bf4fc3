import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { AgentAlerts } from '../chat/ports';
import { AGENTS_TOPIC_VARIABLE } from '../wiring/environment';
import { environment } from './environment';

let client: SNSClient | undefined;

export function createAgentAlerts(): AgentAlerts {
  const topicArn = environment(AGENTS_TOPIC_VARIABLE);
  client ??= new SNSClient({});
  const sns = client;
  return {
    async publish({ subject, text, roomId, messageId }) {
      const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
      await sns.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: subject,
          Message: text,
          MessageAttributes: { roomId: attribute(roomId), messageId: attribute(messageId) },
        }),
      );
    },
  };
}
