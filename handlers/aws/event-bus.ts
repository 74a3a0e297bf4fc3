import * as z from 'zod/mini';
import { EVENT_SOURCE } from '../chat/events';
import type { EventBus } from '../chat/ports';
import { BUS_VARIABLE } from '../wiring/environment';
import { environment } from './environment';
import { JsonApi } from './json-api';

/** A sender waits for this call; what the bus does not take within a second is left to the sweep. */
const PATIENCE = 1000;
/** EventBridge's limit of entries a call. */
const ENTRIES = 10;

/** An entry without an EventId was not taken. */
const answer = z.object({ Entries: z.array(z.object({ EventId: z.optional(z.string()) })) });

let client: JsonApi | undefined;

export function createEventBus(): EventBus {
  const eventBusName = environment(BUS_VARIABLE);
  client ??= new JsonApi({
    service: 'events',
    target: 'AWSEvents',
    version: '1.1',
    timeout: PATIENCE,
    // Nobody waits while the bus is out of order: the sweep has it.
    patience: 0,
  });
  const bus = client;
  return {
    async publish(events) {
      const refused = [];
      for (let start = 0; start < events.length; start += ENTRIES) {
        const batch = events.slice(start, start + ENTRIES);
        const { Entries } = answer.parse(
          await bus.call('PutEvents', {
            Entries: batch.map(({ type, detail }) => ({
              EventBusName: eventBusName,
              Source: EVENT_SOURCE,
              DetailType: type,
              Detail: JSON.stringify(detail),
            })),
          }),
        );
        // A call can succeed and still have lost entries.
        refused.push(...batch.filter((_, index) => Entries[index]?.EventId === undefined));
      }
      return refused;
    },
  };
}
