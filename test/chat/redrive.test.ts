import { MESSAGE_ACCEPTED } from '../../handlers/chat/events';
import { reachOf, redrive } from '../../handlers/chat/fan-out/redrive';
import { aPlan, roomRow } from '../support/memory/examples';
import { DAY } from '../support/memory/clock';
import { everyCrash } from '../handlers/every-crash';
import { claimedMessage, plan, roomWithPeople } from '../handlers/rooms-with-people';

/** A message that reached all but one of three people. */
async function withOneMissed(ending: 'open' | 'closed' | 'parked' = 'closed') {
  const room = await roomWithPeople(3);
  const { messageId, seq } = await claimedMessage(room);
  const thePlan = await plan(room, messageId);
  const [, posted, missed] = room.people.map((person) => roomRow(person).slot);
  await room.ledger.begin(messageId, 0, 1, thePlan);
  const failed = [{ slot: missed!, reason: 'status_500' }];
  await room.ledger.add(messageId, 0, 1, { posted: [posted!], gone: [], failed, finished: true });
  await room.outbox.markArchived(room.roomId, seq, room.now());
  if (ending === 'closed') room.outbox.close(room.roomId, seq, room.now() + DAY);
  if (ending === 'parked') await room.outbox.park(room.roomId, seq, 1);
  const status = () => room.outbox.status(room.roomId, seq);
  const event = { type: MESSAGE_ACCEPTED, detail: { messageId, roomId: room.roomId, seq, attempt: 1 } };
  return { ...room, messageId, thePlan, missed: missed!, status, event };
}

describe('redriving a message', () => {
  it.each(['open', 'closed', 'parked'] as const)(
    'puts its %s entry back without an expiry, due now, and starts the next attempt at once',
    async (ending) => {
      const it = await withOneMissed(ending);
      expect(await redrive(it.messageId, it)).toEqual({ outcome: 'redriven', attempt: 2, started: true });
      const status = await it.status();
      expect(status).toMatchObject({ state: 'open', attempt: 1, dueAt: it.now(), redrivenAt: it.now() });
      expect(status).not.toHaveProperty('expiresAt');
      expect(it.bus.events).toEqual([it.event]);
    },
  );

  it('leaves it to the sweep when the bus does not take the event', async () => {
    for (const state of ['refuses', 'fails'] as const) {
      const it = await withOneMissed();
      it.bus.state = state;
      expect(await redrive(it.messageId, it)).toMatchObject({ outcome: 'redriven', started: false });
      expect(await it.status()).toMatchObject({ state: 'open', dueAt: it.now() });
    }
  });

  it('refuses when nobody was missed, because a closed entry has nothing left to do', async () => {
    const it = await withOneMissed();
    const progress = { posted: [it.missed], gone: [], failed: [], finished: true };
    await it.ledger.begin(it.messageId, 0, 2, it.thePlan);
    await it.ledger.add(it.messageId, 0, 2, progress);
    expect(await redrive(it.messageId, it)).toEqual({
      outcome: 'refused',
      reason: 'Nobody was missed: its fan-out is closed.',
    });
    expect(it.bus.events).toEqual([]);
    expect(await it.status()).toMatchObject({ state: 'closed' });
  });

  it('refuses when the entry has expired, also while TTL has not deleted it yet', async () => {
    const it = await withOneMissed();
    it.clock.advance(DAY);
    const refusal = { outcome: 'refused', reason: expect.stringContaining('expired') };
    expect(await redrive(it.messageId, it)).toEqual(refusal);
    it.sweepExpired();
    expect(await redrive(it.messageId, it)).toEqual(refusal);
  });

  it('refuses a closed entry whose ledger is gone, because then everybody would get it again', async () => {
    const it = await withOneMissed();
    it.ledger.rows.clear();
    expect(await redrive(it.messageId, it)).toMatchObject({ outcome: 'refused' });
  });

  it('refuses what is no message id', async () => {
    expect(await redrive('nonsense', await withOneMissed())).toMatchObject({ outcome: 'refused' });
  });

  it('can crash anywhere and be tried again, and the attempt is started or due', async () => {
    await everyCrash(async () => {
      const it = await withOneMissed();
      return {
        world: it.world,
        run: () => redrive(it.messageId, it),
        check: async () => {
          expect(await it.status()).toMatchObject({ state: 'open', attempt: 1, dueAt: it.now() });
          expect(it.bus.events).toContainEqual(it.event);
        },
      };
    });
  });
});

describe('whom the next attempt goes to', () => {
  const record = (part: number, over = {}) => ({
    ...{ part, attempt: 1, posted: [], gone: [], failed: [], finished: true },
    ...over,
  });

  it('is each failed slot alone, and the parts that are unfinished or without a record', () => {
    const failed = ['1', '2'].map((digit) => ({ slot: digit.repeat(32), reason: 'status_500' }));
    const records = [
      record(0),
      record(1, { failed: [...failed, failed[0]!] }),
      record(2, { finished: false }),
    ];
    expect(reachOf(aPlan({ parts: 4 }), records)).toEqual({ slots: 2, parts: [2, 3] });
  });

  it('is everybody, without a plan', () => {
    expect(reachOf(undefined, [])).toBeUndefined();
  });
});
