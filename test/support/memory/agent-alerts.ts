import type { AgentAlerts } from '../../../handlers/chat/ports';
import type { Calls } from './calls';

export type Alert = Parameters<AgentAlerts['publish']>[0];

export class MemoryAgentAlerts implements AgentAlerts {
  readonly published: Alert[] = [];

  constructor(private readonly calls: Calls) {}

  publish(alert: Alert): Promise<void> {
    return this.calls.run('alerts.publish', alert, (copy) => {
      this.published.push(copy);
    });
  }
}
