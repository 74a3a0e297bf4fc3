import { randomUUID } from 'node:crypto';
import { TOKEN_SHARDS, type Connection } from '../../handlers/chat/connections';
import { newId } from '../../handlers/chat/ids';
import type { Admission, Rate } from '../../handlers/chat/rate';
import type { Connections } from '../../handlers/chat/storage/people';
import { HOUR, storedExpiry, type TestClock } from '../support/memory/clock';
import { aConnection } from '../support/memory/examples';
import { rateContract } from './limits.contract';

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

    describe('admits', () => {
      rateContract(async () => {
        const { connections, clock } = createPort();
        const { connectionId } = await added(connections, clock);
        const take = async (rate: Rate, now: number): Promise<Admission> => {
          const given = await connections.admit(connectionId, { bucket: 'messages', rate, now });
          if (given === undefined) throw new Error('the connection is gone');
          return 'retryAfterMs' in given ? { admitted: false, ...given } : { admitted: true };
        };
        return { clock, take };
      });
    });

    it('counts messages and commands of a connection apart', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock);
      const taking = { rate: { perSecond: 1, burst: 1 }, now: clock.now() };
      expect(await connections.admit(connectionId, { bucket: 'messages', ...taking })).toHaveProperty('name');
      expect(await connections.admit(connectionId, { bucket: 'commands', ...taking })).toHaveProperty('name');
      expect(await connections.admit(connectionId, { bucket: 'commands', ...taking })).toEqual({
        retryAfterMs: 1000,
      });
    });

    it('renames a connection and renews its lease, and gives it as it is then', async () => {
      const { connections, clock } = createPort();
      const before = await added(connections, clock);
      const { connectionId } = before;
      const renamed = await connections.rename(connectionId, 'Joe');
      expect(renamed).toEqual({ ...before, name: 'Joe' });
      const admitted = await connections.admit(connectionId, {
        bucket: 'commands',
        rate: { perSecond: 1, burst: 1 },
        now: clock.now(),
      });
      expect(admitted).toEqual({ ...before, name: 'Joe', seenAt: clock.now() });
    });

    it('changes nothing of a connection that is over, because nothing would remove what came to be by it', async () => {
      const { connections, clock } = createPort();
      const { connectionId } = await added(connections, clock);
      clock.advance(3 * HOUR);
      for (const id of [connectionId, randomUUID()]) {
        expect(await connections.enterRoom(id, 'r_a')).toBeUndefined();
        expect(await connections.leaveRoom(id, 'r_a')).toBeUndefined();
        expect(await connections.rename(id, 'Joe')).toBeUndefined();
        const taking = { bucket: 'commands' as const, rate: { perSecond: 1, burst: 1 }, now: clock.now() };
        expect(await connections.admit(id, taking)).toBeUndefined();
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

    it('renews the token of a connection for its own person alone, with the groups that the new one names', async () => {
      const { connections, clock } = createPort();
      const before = await added(connections, clock, { tokenExpiresAt: clock.now() + 1000, groups: [] });
      const { connectionId, userId } = before;
      const token = { userId, groups: ['agents' as const], tokenExpiresAt: clock.now() + HOUR };
      expect(await connections.renewToken(connectionId, { ...token, userId: newId('u') })).toBeUndefined();
      expect(await connections.find(connectionId)).toEqual(before);
      expect(await connections.renewToken(connectionId, token)).toEqual({ ...before, ...token });
      expect(await connections.find(connectionId)).toEqual({ ...before, ...token });
      expect(await connections.renewToken(randomUUID(), token)).toBeUndefined();
    });

    it('finds whose token ends before a time, and nobody whose token was renewed or who has none', async () => {
      const { connections, clock } = createPort();
      // Before all that other tests have stored.
      const end = clock.now() - 900 * HOUR;
      const ending = Array.from({ length: 30 }, (_, index) =>
        aConnection(clock.now(), { tokenExpiresAt: end - index }),
      );
      const atTheTime = aConnection(clock.now(), { tokenExpiresAt: end + 1 });
      await Promise.all([...ending, atTheTime, aConnection(clock.now())].map((one) => connections.add(one)));
      const { userId } = ending[0]!;
      await connections.renewToken(ending[0]!.connectionId, {
        userId,
        groups: [],
        tokenExpiresAt: end + HOUR,
      });

      const found: string[] = [];
      for (let shard = 0; shard < TOKEN_SHARDS; shard += 1) {
        for await (const page of connections.expiring(shard, end + 1)) found.push(...page);
      }
      expect(found.toSorted()).toEqual(
        ending
          .slice(1)
          .map(({ connectionId }) => connectionId)
          .toSorted(),
      );
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
