import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../chat/events';
import type { EventBus } from '../chat/ports';
import { BUS_VARIABLE } from '../wiring/environment';
import { environment } from './environment';

/** A sender waits for this call; what the bus does not take within a second is left to the sweep. */
const PATIENCE = 1000;
/** EventBridge's limit of entries a call. */
const ENTRIES = 10;

let client: EventBridgeClient | undefined;

export function createEventBus(): EventBus {
  const eventBusName = environment(BUS_VARIABLE);
  client ??= new EventBridgeClient({ maxAttempts: 1, cacheMiddleware: true });
  const bus = client;
  return {
    async publish(events) {
      const refused = [];
      for (let start = 0; start < events.length; start += ENTRIES) {
        const batch = events.slice(start, start + ENTRIES);
        const { Entries = [] } = await bus.send(
          new PutEventsCommand({
            Entries: batch.map(({ type, detail }) => ({
              EventBusName: eventBusName,
              Source: EVENT_SOURCE,
              DetailType: type,
              Detail: JSON.stringify(detail),
            })),
          }),
          { abortSignal: AbortSignal.timeout(PATIENCE) },
        );
        // A call can succeed and still have lost entries: an entry without an EventId was not taken.
        refused.push(...batch.filter((_, index) => Entries[index]?.EventId === undefined));
      }
      return refused;
    },
  };
}
