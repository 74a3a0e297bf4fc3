import type { ChatEvent } from '../../../handlers/chat/events';
import type { EventBus } from '../../../handlers/chat/ports';
import { Unavailable, type Calls } from './calls';

export class MemoryEventBus implements EventBus {
  /** What the bus took, in order. */
  readonly events: ChatEvent[] = [];
  /** `refuses`: the call works and takes nothing; `fails`: the call itself fails. */
  state: 'takes' | 'refuses' | 'fails' = 'takes';

  constructor(private readonly calls: Calls) {}

  publish(events: readonly ChatEvent[]): Promise<readonly ChatEvent[]> {
    return this.calls.run('bus.publish', events, (copies) => {
      switch (this.state) {
        case 'takes':
          this.events.push(...copies);
          return [];
        case 'refuses':
          return copies;
        case 'fails':
          throw new Unavailable('canary: the bus is down');
      }
    });
  }
}
