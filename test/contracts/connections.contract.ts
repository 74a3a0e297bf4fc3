import { randomUUID } from 'node:crypto';
import type { Connection } from '../../handlers/chat/connections';
import type { Connections } from '../../handlers/chat/ports';
import { HOUR, storedExpiry, type TestClock } from '../support/memory/clock';
import { aConnection } from '../support/memory/examples';

export interface ConnectionsHarness {
  readonly connections: Connections;
  readonly clock: TestClock;
}

export function connectionsContract(name: string, createPort: () => ConnectionsHarness): void {
  describe(`Connections ${name}`, () => {
    it('gives a connection back as it was added, because replies are made from it', async () => {
      const { connections, clock } = createPort();
      const added = aConnection(clock.now());
      await connections.add(added);
      expect(await connections.find(added.connectionId)).toEqual({
        ...added,
        expiresAt: storedExpiry(added.expiresAt),
      });
      expect(await connections.find(randomUUID())).toBeUndefined();
    });

    it('does not know a connection whose lease is over, because TTL deletes late', async () => {
      const { connections, clock } = createPort();
      const added = aConnection(clock.now());
      await connections.add(added);
      clock.time = storedExpiry(added.expiresAt) - 1;
      expect(await connections.find(added.connectionId)).toBeDefined();
      clock.time = storedExpiry(added.expiresAt);
      expect(await connections.find(added.connectionId)).toBeUndefined();
    });

    it('gives a removed connection to one caller only, because that one says that it left', async () => {
      const { connections, clock } = createPort();
      const added = aConnection(clock.now());
      await connections.add(added);
      const removals = await Promise.all([1, 2, 3].map(() => connections.remove(added.connectionId)));
      expect(removals.filter((one) => one !== undefined)).toEqual([
        { ...added, expiresAt: storedExpiry(added.expiresAt) },
      ]);
      expect(await connections.find(added.connectionId)).toBeUndefined();
    });

    it('gives an expired row to who removes it, because its rooms must be left too', async () => {
      const { connections, clock } = createPort();
      const added = aConnection(clock.now());
      await connections.add(added);
      clock.advance(3 * HOUR);
      expect(await connections.remove(added.connectionId)).toMatchObject({ rooms: added.rooms });
    });

    it('gives the live ones among many, each once, because a room is looked at connection by connection', async () => {
      const { connections, clock } = createPort();
      const all = Array.from({ length: 120 }, () => aConnection(clock.now()));
      const over = aConnection(clock.now() - 3 * HOUR);
      await Promise.all([...all, over].map((one) => connections.add(one)));
      const ids = [...all, over, all[0]!].map(({ connectionId }) => connectionId);
      const found = await connections.findMany([...ids, randomUUID()]);
      expect(found.map(({ connectionId }) => connectionId).toSorted()).toEqual(
        all.map(({ connectionId }) => connectionId).toSorted(),
      );
      expect(await connections.findMany([])).toEqual([]);
    });

    it('keeps every room that is entered at the same time, the last one at the end, because frames without a room go there', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock, { rooms: ['r_first'] });
      const rooms = ['r_a', 'r_b', 'r_c', 'r_d'];
      await Promise.all(rooms.map((roomId) => connections.enterRoom(connectionId, roomId)));
      const entered = await connections.enterRoom(connectionId, 'r_b');
      expect(entered?.rooms).toHaveLength(5);
      expect(entered?.rooms.toSorted()).toEqual(['r_a', 'r_b', 'r_c', 'r_d', 'r_first']);
      expect(entered?.rooms.at(-1)).toBe('r_b');
      expect(await connections.find(connectionId)).toEqual(entered);
    });

    it('lets a connection leave rooms down to the last, and the same one twice, because commands are repeated', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock, { rooms: ['r_a', 'r_b'] });
      expect((await connections.leaveRoom(connectionId, 'r_b'))?.rooms).toEqual(['r_a']);
      expect((await connections.leaveRoom(connectionId, 'r_b'))?.rooms).toEqual(['r_a']);
      expect((await connections.leaveRoom(connectionId, 'r_a'))?.rooms).toEqual([]);
      expect(await connections.find(connectionId)).toMatchObject({ rooms: [] });
      expect((await connections.enterRoom(connectionId, 'r_c'))?.rooms).toEqual(['r_c']);
    });

    it('adds a connection that is in no room, because it may enter one later', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock, { rooms: [] });
      expect(await connections.find(connectionId)).toMatchObject({ rooms: [] });
    });

    it('renames a connection and renews its lease, and gives it as it is then', async () => {
      const { connections, clock } = createPort();
      const before = await added(connections, clock);
      const { connectionId } = before;
      const renamed = await connections.rename(connectionId, 'Joe');
      expect(renamed).toEqual({ ...before, name: 'Joe' });
      const touched = await connections.touch(connectionId, clock.now());
      expect(touched).toEqual({ ...before, name: 'Joe', seenAt: clock.now() });
    });

    it('changes nothing of a connection that is over, because nothing would remove what came to be by it', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock);
      clock.advance(3 * HOUR);
      for (const id of [connectionId, randomUUID()]) {
        expect(await connections.enterRoom(id, 'r_a')).toBeUndefined();
        expect(await connections.leaveRoom(id, 'r_a')).toBeUndefined();
        expect(await connections.rename(id, 'Joe')).toBeUndefined();
        expect(await connections.touch(id, clock.now())).toBeUndefined();
        expect(await connections.noteTyping(id, 'r_a', { now: clock.now(), gap: 3000 })).toBe(false);
      }
      expect(await connections.remove(connectionId)).not.toHaveProperty('rooms', ['r_a']);
    });

    it('notes typing once in a while and room, because every key would be a notice', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock);
      const type = (roomId: string, now: number) =>
        connections.noteTyping(connectionId, roomId, { now, gap: 3000 });
      expect((await Promise.all([1, 2, 3].map(() => type('r_a', 10_000)))).filter(Boolean)).toHaveLength(1);
      expect(await type('r_b', 10_000)).toBe(true);
      expect(await type('r_a', 12_999)).toBe(false);
      expect(await type('r_a', 13_000)).toBe(true);
    });
  });
}

async function added(
  connections: Connections,
  clock: TestClock,
  overrides: Partial<Connection> = {},
): Promise<Connection> {
  const connection = aConnection(clock.now(), overrides);
  await connections.add(connection);
  return { ...connection, expiresAt: storedExpiry(connection.expiresAt) };
}
