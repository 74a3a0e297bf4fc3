import { audienceRows, type Connection } from '../../handlers/chat/connections';
import { MEMBER_LEFT } from '../../handlers/chat/events';
import { newId, personalPartition } from '../../handlers/chat/ids';
import { closePersonsConnections } from '../../handlers/events/close-connections';
import { closeExpired } from '../../handlers/events/close-expired';
import { capturedLog } from '../support/memory/captured-log';
import { aConnection } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { everyCrash } from './every-crash';

function closingWorld() {
  const ports = { ...world(), log: capturedLog().log, postsPerSecond: 1000 };
  const connected = async (overrides: Partial<Connection> = {}) => {
    const connection = aConnection(ports.now(), overrides);
    await ports.connections.add(connection);
    await ports.audience.join(audienceRows(connection));
    return connection;
  };
  const heard = ({ connectionId }: Connection) =>
    ports.sockets.received(connectionId).map((frame) => JSON.parse(frame) as unknown);
  return { ...ports, connected, heard };
}

const TOKEN_EXPIRED = { type: 'bye', code: 3005, name: 'token_expired', reconnect: true, afterMs: [0, 5000] };

describe('closing what is over', () => {
  it('says goodbye, closes and removes who is over or will be within ten seconds, and nobody else', async () => {
    const it = closingWorld();
    const over = await it.connected({ tokenExpiresAt: it.now() - 1 });
    const soon = await it.connected({ tokenExpiresAt: it.now() + 9_999 });
    const later = await it.connected({ tokenExpiresAt: it.now() + 10_000 });
    const guest = await it.connected({ kind: 'guest' });
    expect(await closeExpired(it)).toEqual({ closed: 2 });
    expect([...it.sockets.closed].toSorted()).toEqual([over.connectionId, soon.connectionId].toSorted());
    expect([...it.connections.rows.keys()].toSorted()).toEqual(
      [later.connectionId, guest.connectionId].toSorted(),
    );
    for (const one of [over, soon]) expect(it.heard(one)).toEqual([TOKEN_EXPIRED]);
    for (const one of [later, guest]) expect(it.heard(one)).toEqual([]);
    expect(it.bus.events.map(({ type }) => type)).toEqual([MEMBER_LEFT, MEMBER_LEFT]);
    expect(await closeExpired(it)).toEqual({ closed: 0 });
  });

  it('leaves who was renewed a moment ago, because the index may not know yet', async () => {
    const it = closingWorld();
    const { connectionId, userId } = await it.connected({ tokenExpiresAt: it.now() });
    const expiring = it.connections.expiring.bind(it.connections);
    it.connections.expiring = async function* (shard: number, before: number) {
      for await (const page of expiring(shard, before)) {
        const tokenExpiresAt = it.now() + 3_600_000;
        await it.connections.renewToken(connectionId, { userId, groups: [], tokenExpiresAt });
        yield page;
      }
    };
    expect(await closeExpired(it)).toEqual({ closed: 0 });
    expect(it.sockets.closed.size).toBe(0);
  });

  it('starves nobody: a socket that cannot be closed keeps its row, and the pages after it have their turn', async () => {
    const it = closingWorld();
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, index) => it.connected({ tokenExpiresAt: it.now() - 100 + index })),
    );
    const stuck = all[0]!.connectionId;
    const close = it.sockets.close.bind(it.sockets);
    it.sockets.close = (id) => (id === stuck ? Promise.reject(new Error('canary')) : close(id));
    await expect(closeExpired(it)).rejects.toThrow('1 of 4 shards');
    expect([...it.connections.rows.keys()]).toEqual([stuck]);
    it.sockets.close = close;
    expect(await closeExpired(it)).toEqual({ closed: 1 });
    expect(it.connections.rows.size).toBe(0);
  });
});

describe('closing the connections of a person', () => {
  const revoked = (userId: string, reason: string) => ({
    source: 'parley',
    'detail-type': 'AccessRevoked',
    detail: { userId, reason },
  });

  it.each([
    ['signed_out', 3501],
    ['banned', 3503],
    ['erased', 3504],
  ])('after they were %s closes all of them with %i, for good, and nobody else’s', async (reason, code) => {
    const it = closingWorld();
    const userId = newId('u');
    const theirs = await Promise.all([1, 2, 3].map(() => it.connected({ userId })));
    const another = await it.connected();
    expect(await closePersonsConnections(revoked(userId, reason), it)).toEqual({ closed: 3 });
    for (const one of theirs) {
      expect(it.heard(one)).toMatchObject([{ type: 'bye', code, name: reason, reconnect: false }]);
      expect(it.sockets.closed).toContain(one.connectionId);
    }
    expect([...it.connections.rows.keys()]).toEqual([another.connectionId]);
    expect(it.audience.rows.size).toBe(2);
    expect(await closePersonsConnections(revoked(userId, reason), it)).toEqual({ closed: 0 });
  });

  it('leaves nobody connected whichever call fails and is tried again', async () => {
    await everyCrash(async () => {
      const it = closingWorld();
      const userId = newId('u');
      const theirs = await Promise.all([1, 2].map(() => it.connected({ userId })));
      return {
        world: it,
        run: () => closePersonsConnections(revoked(userId, 'banned'), it),
        check: () => {
          expect(it.connections.rows.size).toBe(0);
          // Of who is gone a place in a room can be left, which the next fan-out there finds.
          const places = [...it.audience.rows.values()].map(({ partition }) => partition);
          expect(places).not.toContain(personalPartition(userId));
          for (const { connectionId } of theirs) expect(it.sockets.closed).toContain(connectionId);
        },
      };
    });
  });

  it('takes no event of another form', async () => {
    await expect(closePersonsConnections({ detail: { userId: 'u' } }, closingWorld())).rejects.toThrow();
  });
});
