import type { AgentAlerts } from '../../handlers/chat/ports';
import { aRoomId } from '../support/memory/examples';

export interface AgentAlertsHarness {
  readonly alerts: AgentAlerts;
  readonly published: () => { subject: string; text: string; roomId: string; messageId: string }[];
}

export function agentAlertsContract(name: string, createPort: () => AgentAlertsHarness): void {
  describe(`AgentAlerts ${name}`, () => {
    it('publishes subject, text and where it came from, because agents route by the ids', async () => {
      const { alerts, published } = createPort();
      const roomId = aRoomId();
      const alert = {
        subject: 'Parley: lobby',
        text: 'Zoë in lobby: hi 👋',
        roomId,
        messageId: `${roomId}.1`,
      };
      await alerts.publish(alert);
      expect(published().filter((one) => one.roomId === roomId)).toEqual([alert]);
    });
  });
}
