import { randomUUID } from 'node:crypto';
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
  });
}
