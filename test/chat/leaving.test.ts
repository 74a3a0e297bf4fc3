import { audienceRows, type Connection } from '../../handlers/chat/connections';
import { MEMBER_LEFT } from '../../handlers/chat/events';
import { endConnections, takeBackConnections } from '../../handlers/chat/membership/leaving';
import { capturedLog } from '../support/memory/captured-log';
import { aConnection, aRoomId } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { everyCrash } from '../handlers/every-crash';

/** People with one connection each, of whom the others in both rooms were told. */
async function inTwoRooms(count = 3) {
  const { log, lines } = capturedLog();
  const it = { ...world(), log };
  const [here, there] = [aRoomId(), aRoomId()];
  const people = Array.from({ length: count }, () => aConnection(it.now(), { rooms: [here, there] }));
  for (const person of people) {
    await it.connections.add(person);
    await it.audience.join(audienceRows(person));
    for (const roomId of person.rooms) {
      await it.members.enter({ roomId, userId: person.userId, role: 'member', since: it.now() });
      await it.members.noteAnnounced(roomId, person.userId, true);
    }
  }
  /** As the fan-out of one room knows them. */
  const ended = people
    .slice(0, count - 1)
    .map(({ connectionId, userId }) => ({ connectionId, userId, rooms: [here] }));
  /** One event for each room of each that ended, in any order. */
  const goodbyes = ended
    .flatMap(({ connectionId, userId }) =>
      [here, there].map((roomId) => ({ type: MEMBER_LEFT, detail: { roomId, userId, connectionId } })),
    )
    .map((event) => JSON.stringify(event))
    .toSorted();
  const said = () => it.bus.events.map((event) => JSON.stringify(event)).toSorted();
  return { ...it, lines, world: it, people, ended, goodbyes, said };
}

const ids = (connections: readonly { connectionId: string }[]) =>
  connections.map(({ connectionId }) => connectionId).toSorted();

describe('ending connections', () => {
  it('takes them out of every room, also those that the fan-out did not know of, and nobody else', async () => {
    const { people, ended, connections, audience, world: ports } = await inTwoRooms();
    const removed = await endConnections(ended, ports);
    expect(ids(removed)).toEqual(ids(ended));
    expect([...connections.rows.keys()]).toEqual([people[2]!.connectionId]);
    expect([...audience.rows.values()].map(({ connectionId }) => connectionId)).toEqual(
      Array.from({ length: 3 }, () => people[2]!.connectionId),
    );
  });

  it('tells one caller alone that it removed a connection, and one says so to each room, because two fan-outs may find it gone', async () => {
    const { ended, goodbyes, said, world: ports } = await inTwoRooms();
    const both = await Promise.all([endConnections(ended, ports), endConnections(ended, ports)]);
    expect(ids(both.flat())).toEqual(ids(ended));
    expect(await endConnections(ended, ports)).toEqual([]);
    expect(said()).toEqual(goodbyes);
  });

  it('deals with hundreds in groups, each connection by one deletion and no read of its own', async () => {
    const { ended, goodbyes, said, calls, audience, world: ports } = await inTwoRooms(251);
    const start = calls.made.length;
    expect(await endConnections(ended, ports)).toHaveLength(250);
    const made = (name: string) => calls.made.slice(start).filter((one) => one === name).length;
    expect(calls.made.slice(start)).toHaveLength(250 + 3 + 3 + 3);
    expect(made('connections.remove')).toBe(250);
    expect(made('members.announcedAmong')).toBe(3);
    expect(made('audience.leave')).toBe(3);
    expect(audience.rows.size).toBe(3);
    expect(said()).toEqual(goodbyes);
  });

  it('can be tried again after a crash between any two steps and leaves nothing in the room it was found in', async () => {
    const crashes = await everyCrash(async () => {
      const it = await inTwoRooms();
      const [one, two] = it.ended;
      return {
        world: it.world,
        run: () => endConnections(it.ended, it.world),
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
    expect(crashes).toBe(10);
  });

  it('loses the event, and nothing else, with the answer to a deletion, because the next try finds no row', async () => {
    const { ended, goodbyes, said, calls, audience, world: ports } = await inTwoRooms();
    calls.failAt(calls.made.length, 'after');
    await expect(endConnections(ended, ports)).rejects.toThrow('connections.remove');
    await endConnections(ended, ports);
    const theOther = ended[1]!.connectionId;
    expect(said()).toEqual(goodbyes.filter((event) => event.includes(theOther)));
    // What stays is in the room that only the lost row knew of: gone once somebody posts there, or by its expiry.
    expect(audience.rows.size).toBe(3 + 1);
  });

  it('says goodbye although the audience rows could not be deleted, because nobody could later', async () => {
    const { ended, goodbyes, said, calls, world: ports } = await inTwoRooms();
    calls.failAt(calls.made.length + 4, 'before');
    await expect(endConnections(ended, ports)).rejects.toThrow('audience.leave');
    expect(said()).toEqual(goodbyes);
  });

  it('marks the event of whoever was never announced in that room, because for a large room nobody is and each would start a workflow', async () => {
    const { people, ended, said, members, world: ports } = await inTwoRooms();
    const [{ userId, rooms }] = people as [Connection];
    const [here, there] = rooms as [string, string];
    await members.noteAnnounced(here, userId, false);
    await endConnections(ended, ports);
    const marked = said().map((event) => JSON.parse(event) as { detail: object });
    expect(marked.filter(({ detail }) => 'unannounced' in detail)).toEqual([
      { type: MEMBER_LEFT, detail: expect.objectContaining({ roomId: here, userId, unannounced: true }) },
    ]);
    expect(marked).toContainEqual(
      expect.objectContaining({ detail: expect.objectContaining({ roomId: there, userId }) }),
    );
    expect(marked).toHaveLength(4);
  });

  it('says it as if everybody had been announced where nobody can look that up, because the workflow looks again', async () => {
    const { ended, goodbyes, said, calls, lines, world: ports } = await inTwoRooms();
    calls.failAt(calls.made.length + 2, 'before');
    await endConnections(ended, ports);
    expect(said()).toEqual(goodbyes);
    // A look that always fails costs a workflow for each leave, so it has to be seen.
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ level: 'warn', event: 'announced not looked up', count: 4 }),
    ]);
  });

  it('tries a bus that refuses three times, then fails, with everything else done', async () => {
    const { ended, bus, calls, audience, connections, world: ports } = await inTwoRooms();
    bus.state = 'refuses';
    await expect(endConnections(ended, ports)).rejects.toThrow('The bus did not take 4 events');
    expect(calls.made.filter((one) => one === 'bus.publish')).toHaveLength(3);
    expect(connections.rows.size).toBe(1);
    expect(audience.rows.size).toBe(3);
  });

  it('says it once when the bus fails at first', async () => {
    const { ended, goodbyes, said, calls, world: ports } = await inTwoRooms();
    calls.failAt(calls.made.length + 3, 'before');
    await endConnections(ended, ports);
    expect(said()).toEqual(goodbyes);
  });

  it('does nothing for nobody', async () => {
    expect(await endConnections([], { ...world(), log: capturedLog().log })).toEqual([]);
  });
});

describe('taking a connection back', () => {
  it('removes it without a word, because nobody has heard of it', async () => {
    const { ended, audience, said, world: ports } = await inTwoRooms();
    expect(ids(await takeBackConnections(ended, ports))).toEqual(ids(ended));
    expect(audience.rows.size).toBe(3);
    expect(said()).toEqual([]);
  });
});
