import { MemoryAgentAlerts } from './agent-alerts';
import { MemoryAudience } from './audience';
import { Calls } from './calls';
import { MemoryChatHistory } from './chat-history';
import { TestClock } from './clock';
import { MemoryConnections } from './connections';
import { MemoryEventBus } from './event-bus';
import { MemoryLedger } from './ledger';
import { MemoryOutbox } from './outbox';
import { MemoryRooms } from './rooms';
import { MemorySockets } from './sockets';

/** All ports of the domain in memory, on one clock and one list of calls. Handlers take it as their ports. */
export function world() {
  const clock = new TestClock();
  const calls = new Calls();
  const { now } = clock;
  const connections = new MemoryConnections(calls, now);
  const audience = new MemoryAudience(calls, now);
  const outbox = new MemoryOutbox(calls, now);
  return {
    clock,
    calls,
    now,
    connections,
    audience,
    outbox,
    rooms: new MemoryRooms(calls),
    history: new MemoryChatHistory(calls),
    ledger: new MemoryLedger(calls),
    bus: new MemoryEventBus(calls),
    alerts: new MemoryAgentAlerts(calls),
    sockets: new MemorySockets(calls),
    /** What DynamoDB's TTL does some time after rows have expired. */
    sweepExpired: () => {
      connections.sweepExpired();
      audience.sweepExpired();
      outbox.sweepExpired();
    },
  };
}

export type World = ReturnType<typeof world>;
