import type { Access } from '../../../handlers/chat/access';
import type { Rate } from '../../../handlers/chat/rate';
import { RecentRefusals } from '../../../handlers/chat/refusals';
import type { ChannelsByJoining } from '../../../handlers/chat/rights';
import { MemoryAgentAlerts } from './agent-alerts';
import { MemoryAudience } from './audience';
import { Calls } from './calls';
import { MemoryChatHistory } from './chat-history';
import { TestClock } from './clock';
import { MemoryConnections } from './connections';
import { MemoryDedupe } from './dedupe';
import { MemoryEventBus } from './event-bus';
import { MemoryLedger } from './ledger';
import { MemoryLimits } from './limits';
import { MemoryMembers } from './members';
import { MemoryOutbox } from './outbox';
import { MemoryPersonalData } from './personal-data';
import { MemoryRooms } from './rooms';
import { MemorySockets } from './sockets';
import { MemoryTickets } from './tickets';
import { MemoryUsers } from './users';

const PLENTY: Rate = { perSecond: 1_000_000, burst: 1_000_000 };
export interface Limited {
  rates: Record<'commands' | 'userCommands' | 'messages' | 'userMessages', Rate>;
  connectRates: Record<'user' | 'address', Rate>;
  roomsPerUser: number;
  access: Access;
  channels: { byJoining: ChannelsByJoining; defaultRoom: string };
}
/** What settings decide: everybody may do everything as fast as they like, unless a test is about that. */
const LIMITS_LIFTED: Limited = {
  rates: { commands: PLENTY, userCommands: PLENTY, messages: PLENTY, userMessages: PLENTY },
  connectRates: { user: PLENTY, address: PLENTY },
  roomsPerUser: 1_000_000,
  access: 'guests',
  channels: { byJoining: 'everyone', defaultRoom: 'lobby' },
};

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
  const rooms = new MemoryRooms(calls);
  const dedupe = new MemoryDedupe(calls, now);
  const ledger = new MemoryLedger(calls);
  const limits = new MemoryLimits(calls);
  const tickets = new MemoryTickets(calls);
  return {
    clock,
    calls,
    now,
    connections,
    audience,
    outbox,
    users,
    members,
    limits,
    rooms,
    history,
    dedupe,
    ledger,
    bus: new MemoryEventBus(calls),
    tickets,
    refusals: new RecentRefusals(),
    addressKey: 'a key',
    personalData: new MemoryPersonalData(calls, {
      ...{ users, history, outbox, rooms, members, connections, audience, dedupe, ledger, limits, tickets },
    }),
    alerts: new MemoryAgentAlerts(calls),
    sockets: new MemorySockets(calls),
    ...LIMITS_LIFTED,
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
