import { audienceRows } from '../../handlers/chat/connections';
import { removeConnections } from '../../handlers/chat/leaving';
import { aConnection, aRoomId } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { everyCrash } from '../handlers/every-crash';

async function inTwoRooms() {
  const it = world();
  const [here, there] = [aRoomId(), aRoomId()];
  const people = [1, 2, 3].map(() => aConnection(it.now(), { rooms: [here, there] }));
  for (const person of people) {
    await it.connections.add(person);
    await it.audience.join(audienceRows(person));
  }
  /** As the fan-out of one room knows them. */
  const ended = people
    .slice(0, 2)
    .map(({ connectionId, userId }) => ({ connectionId, userId, rooms: [here] }));
  return { ...it, world: it, people, ended };
}

describe('removing connections that are over', () => {
  it('takes them out of every room, also those that the fan-out did not know of, and nobody else', async () => {
    const { people, ended, connections, audience, world: ports } = await inTwoRooms();
    const removed = await removeConnections(ended, ports);
    expect(removed.map(({ connectionId }) => connectionId)).toEqual(
      ended.map(({ connectionId }) => connectionId),
    );
    expect([...connections.rows.keys()]).toEqual([people[2]!.connectionId]);
    expect([...audience.rows.values()].map(({ connectionId }) => connectionId)).toEqual(
      Array.from({ length: 3 }, () => people[2]!.connectionId),
    );
  });

  it('tells one caller alone that it removed a connection, because two fan-outs may find it gone', async () => {
    const { ended, world: ports } = await inTwoRooms();
    const both = await Promise.all([removeConnections(ended, ports), removeConnections(ended, ports)]);
    expect(
      both
        .flat()
        .map(({ connectionId }) => connectionId)
        .toSorted(),
    ).toEqual(ended.map(({ connectionId }) => connectionId).toSorted());
    expect(await removeConnections(ended, ports)).toEqual([]);
  });

  it('can be tried again after a crash between any two steps and leaves nothing in the room it was found in', async () => {
    const crashes = await everyCrash(async () => {
      const it = await inTwoRooms();
      const [one, two] = it.ended;
      return {
        world: it.world,
        run: () => removeConnections(it.ended, it.world),
        check: () => {
          const found = [...it.audience.rows.values()].filter(
            ({ connectionId, partition }) =>
              [one!.connectionId, two!.connectionId].includes(connectionId) &&
              (partition === one!.rooms[0] || partition.startsWith('@')),
          );
          expect(found).toEqual([]);
          expect(it.connections.rows.size).toBe(1);
        },
      };
    });
    expect(crashes).toBe(6);
  });

  it('does nothing for nobody', async () => {
    expect(await removeConnections([], world())).toEqual([]);
  });
});
