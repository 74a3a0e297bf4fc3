import { MemoryAgentAlerts } from './agent-alerts';
import { MemoryAudience } from './audience';
import { Calls } from './calls';
import { MemoryChatHistory } from './chat-history';
import { TestClock } from './clock';
import { MemoryConnections } from './connections';
import { MemoryDedupe } from './dedupe';
import { MemoryEventBus } from './event-bus';
import { MemoryLedger } from './ledger';
import { MemoryMembers } from './members';
import { MemoryOutbox } from './outbox';
import { MemoryRooms } from './rooms';
import { MemorySockets } from './sockets';
import { MemoryUsers } from './users';

/** All ports of the domain in memory, on one clock and one list of calls. Handlers take it as their ports. */
export function world() {
  const clock = new TestClock();
  const calls = new Calls();
  const { now } = clock;
  const connections = new MemoryConnections(calls, now);
  const audience = new MemoryAudience(calls, now);
  const outbox = new MemoryOutbox(calls, now);
  const users = new MemoryUsers(calls, now);
  const members = new MemoryMembers(calls, now);
  const history = new MemoryChatHistory(calls, now);
  return {
    clock,
    calls,
    now,
    connections,
    audience,
    outbox,
    users,
    members,
    rooms: new MemoryRooms(calls),
    history,
    dedupe: new MemoryDedupe(calls, now),
    ledger: new MemoryLedger(calls),
    bus: new MemoryEventBus(calls),
    alerts: new MemoryAgentAlerts(calls),
    sockets: new MemorySockets(calls),
    /** What DynamoDB's TTL does some time after rows have expired. */
    sweepExpired: () => {
      connections.sweepExpired();
      audience.sweepExpired();
      outbox.sweepExpired();
      users.sweepExpired();
      members.sweepExpired();
      history.sweepExpired();
    },
  };
}

export type World = ReturnType<typeof world>;
