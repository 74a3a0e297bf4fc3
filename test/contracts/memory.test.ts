import { randomUUID } from 'node:crypto';
import { aRoomId } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { agentAlertsContract } from './agent-alerts.contract';
import { audienceContract } from './audience.contract';
import { chatHistoryContract } from './chat-history.contract';
import { connectionsContract } from './connections.contract';
import { dedupeContract } from './dedupe.contract';
import { eventBusContract } from './event-bus.contract';
import { ledgerContract } from './ledger.contract';
import { limitsContract } from './limits.contract';
import { membersContract } from './members.contract';
import { outboxContract } from './outbox.contract';
import { personalDataContract } from './personal-data.contract';
import { roomsContract } from './rooms.contract';
import { socketsContract } from './sockets.contract';
import { ticketsContract } from './tickets.contract';
import { usersContract } from './users.contract';

connectionsContract('in memory', world);
usersContract('in memory', world);
ticketsContract('in memory', world);
membersContract('in memory', world);
limitsContract('in memory', world);
audienceContract('in memory', world);
dedupeContract('in memory', world);
ledgerContract('in memory', () => world().ledger);

roomsContract('in memory', () => {
  const { rooms } = world();
  return { rooms, raiseHead: (roomId, seq) => rooms.raiseHead(roomId, seq) };
});

outboxContract('in memory', () => {
  const { outbox, clock, sweepExpired } = world();
  return { outbox, clock, sweepExpired, close: (...entry) => outbox.close(...entry) };
});

chatHistoryContract('in memory', world);
personalDataContract('in memory', world);

eventBusContract('in memory', () => {
  const { bus, calls } = world();
  return {
    bus,
    arrived: () => bus.events,
    state: (state) => (bus.state = state),
    tries: () => calls.made.filter((name) => name === 'bus.publish').length,
  };
});

agentAlertsContract('in memory', () => {
  const { alerts } = world();
  return { alerts, published: () => alerts.published };
});

socketsContract('in memory', () => {
  const { sockets } = world();
  return {
    sockets,
    open: () => {
      const connectionId = randomUUID();
      return Promise.resolve({
        connectionId,
        received: () => sockets.received(connectionId),
        kill: () => Promise.resolve(sockets.gone(connectionId)),
        closed: () => Promise.resolve(expect(sockets.closed).toContain(connectionId)),
      });
    },
    failing: (connectionId) => sockets.failing(connectionId),
    slow: (connectionId) => {
      let release = () => {};
      sockets.slow(connectionId, new Promise((resolve) => (release = resolve)));
      return () => release();
    },
  };
});

describe('an index in memory', () => {
  it('shows an entry as it was until it catches up, because a sweep reads the past', async () => {
    const { outbox, now } = world();
    const roomId = aRoomId();
    const message = {
      ...{
        kind: 'message' as const,
        roomId,
        seq: 1,
        room: 'lobby',
        epoch: 'e',
        text: 'hi',
        senderId: 'u',
        sender: 'S',
      },
      ...{ origin: 'c', echo: false, acceptedAt: now(), appendId: 'a' },
    };
    await outbox.append(message, now());
    outbox.holdIndexBack();
    await outbox.park(roomId, 1, 0);
    expect(await outbox.overdue(1, now() + 1)).toEqual([{ roomId, seq: 1 }]);
    outbox.letIndexCatchUp();
    expect(await outbox.overdue(1, now() + 1)).toEqual([]);
  });
});
