import { MEMBER_LEFT } from '../../handlers/chat/events';
import { prunePart } from '../../handlers/fan-out/prune-part';
import { aPlan, roomRow } from '../support/memory/examples';
import { everyCrash } from './every-crash';
import { claimedMessage, roomWithPeople } from './rooms-with-people';

/** A room of four, of whom the last two were found gone. */
async function withGone() {
  const room = await roomWithPeople(4);
  const { messageId } = await claimedMessage(room);
  const gone = room.people.slice(2);
  await room.ledger.begin(messageId, 0, 1, aPlan());
  await room.ledger.add(messageId, 0, 1, {
    posted: [],
    gone: gone.map((person) => roomRow(person).slot),
    failed: [],
    finished: true,
  });
  const prune = (attempt = 1, part = 0) => prunePart({ messageId, attempt, part }, room);
  return { ...room, gone, staying: room.people.slice(0, 2), prune };
}

type Pruned = Awaited<ReturnType<typeof withGone>>;

function expectGoneAreGone({ connections, audience, sockets, gone, staying }: Pruned) {
  expect([...connections.rows.keys()]).toEqual(staying.map(({ connectionId }) => connectionId));
  const inAudience = new Set([...audience.rows.values()].map(({ connectionId }) => connectionId));
  expect([...inAudience]).toEqual(staying.map(({ connectionId }) => connectionId));
  expect([...sockets.closed].toSorted()).toEqual(gone.map(({ connectionId }) => connectionId).toSorted());
}

describe('pruning a part', () => {
  it('removes who was found gone, closes their sockets, and touches nobody else', async () => {
    const it = await withGone();
    expect(await it.prune()).toEqual({ pruned: 2 });
    expectGoneAreGone(it);
  });

  it('says once of each that it left the room, also when it is tried again', async () => {
    const it = await withGone();
    await it.prune();
    await it.prune();
    expect(it.bus.events).toHaveLength(2);
    expect(it.bus.events).toEqual(
      expect.arrayContaining(
        it.gone.map(({ connectionId, userId }) => ({
          type: MEMBER_LEFT,
          detail: { roomId: it.roomId, userId, connectionId, unannounced: true },
        })),
      ),
    );
  });

  it('counts nobody twice, because it is safe to repeat', async () => {
    const it = await withGone();
    await it.prune();
    expect(await it.prune()).toEqual({ pruned: 0 });
    expectGoneAreGone(it);
  });

  it('goes by the record of its own part and attempt alone', async () => {
    const it = await withGone();
    expect(await it.prune(2)).toEqual({ pruned: 0 });
    expect(await it.prune(1, 1)).toEqual({ pruned: 0 });
    expect(it.connections.rows.size).toBe(4);
  });

  it('can crash anywhere and be tried again, because what is left still leads to the rest', async () => {
    const crashes = await everyCrash(async () => {
      const it = await withGone();
      return { world: it.world, run: () => it.prune(), check: () => expectGoneAreGone(it) };
    });
    expect(crashes).toBe(18);
  });

  it('throws on an input that names no part', async () => {
    await expect(prunePart({ messageId: 'r_x.1' }, await withGone())).rejects.toThrow();
  });
});
