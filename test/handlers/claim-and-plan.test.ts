import { messageIdOf } from '../../handlers/chat/ids';
import { sweepOutbox } from '../../handlers/events/sweep-outbox';
import { DUE_AFTER, INLINE_LEASE } from '../../handlers/chat/fan-out/leases';
import { claimAndPlan } from '../../handlers/fan-out/claim-and-plan';
import { MINUTE } from '../support/memory/clock';
import { aConnection, aDraft, aPlan } from '../support/memory/examples';
import { everyCrash } from './every-crash';
import { enter, PLAN_SETTINGS, roomWithPeople } from './rooms-with-people';

async function accepted(people: number, settings: Partial<typeof PLAN_SETTINGS> = {}) {
  const room = await roomWithPeople(people);
  await room.outbox.append({ ...aDraft(room.now()), seq: 1 }, room.now() + DUE_AFTER);
  const messageId = messageIdOf(room.roomId, 1);
  const detail = { messageId, roomId: room.roomId, seq: 1, attempt: 0 };
  const ports = {
    ...room,
    settings: { ...PLAN_SETTINGS, alerts: 'unattended' as const, alertWindowMs: 5 * MINUTE, ...settings },
  };
  const claim = (claimant = 'run-1', changed: object = {}) =>
    claimAndPlan({ detail: { ...detail, ...changed }, claimant }, ports);
  return { ...room, messageId, detail, ports, claim };
}

const claimed = { outcome: 'claimed', attempt: 1, archive: true, alert: true };

describe('claiming a fan-out', () => {
  it('takes the first attempt, plans the audience, and says what is to be done with ids and numbers alone', async () => {
    const { claim, messageId, roomId, outbox, now } = await accepted(3);
    const plan = aPlan({ size: 3, postsPerSecond: PLAN_SETTINGS.postsPerSecond });
    expect(await claim()).toEqual({
      ...claimed,
      messageId,
      roomId,
      seq: 1,
      tier: 'inline',
      parts: [0],
      plan,
    });
    expect(await outbox.overdue(1, now() + DUE_AFTER)).toEqual([]);
    expect(await outbox.overdue(1, now() + DUE_AFTER + 1)).toHaveLength(1);
  });

  it.each([0, DUE_AFTER - INLINE_LEASE, DUE_AFTER - INLINE_LEASE + 1, DUE_AFTER, 10 * DUE_AFTER])(
    'has its full lease when it is claimed %i ms after it was accepted: swept after a crash, and not started twice before',
    async (waited) => {
      const { claim, clock, outbox } = await accepted(3);
      clock.advance(waited);
      await claim();
      const lease = Math.max(INLINE_LEASE, DUE_AFTER - waited);
      expect(await outbox.overdue(1, clock.now() + INLINE_LEASE)).toEqual([]);
      expect(await outbox.overdue(1, clock.now() + lease)).toEqual([]);
      expect(await outbox.overdue(1, clock.now() + lease + 1)).toHaveLength(1);
    },
  );

  it('is given to a sweep after a crash right after it, with a lease of its own that a slow run keeps', async () => {
    const { claim, clock, outbox, roomId, bus, log, now } = await accepted(3);
    const sweep = () => sweepOutbox({ outbox, bus, log, now });
    await claim('run-1');
    clock.advance(DUE_AFTER);
    expect(await sweep()).toMatchObject({ restarted: 0 });
    clock.advance(1);
    expect(await sweep()).toMatchObject({ restarted: 1 });
    expect(bus.events.at(-1)).toMatchObject({ detail: { roomId, seq: 1, attempt: 1 } });
    await claim('run-2', { attempt: 1 });
    clock.advance(INLINE_LEASE);
    expect(await sweep()).toMatchObject({ restarted: 0 });
    clock.advance(1);
    expect(await sweep()).toMatchObject({ restarted: 1 });
  });

  it('gives the same event to one run however often it comes, because each run would post it', async () => {
    const { claim } = await accepted(3);
    const results = await Promise.all(['run-1', 'run-2', 'run-3'].map((claimant) => claim(claimant)));
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['claimed', 'taken', 'taken']);
    expect(await claim('run-4')).toEqual({ outcome: 'taken' });
  });

  it('gives a run that is tried again the same claim, because its first answer may be lost', async () => {
    const { claim } = await accepted(3);
    expect(await claim('run-1')).toEqual(await claim('run-1'));
  });

  it.each([
    ['no detail', undefined],
    ['a text', 'nonsense'],
    ['an id that is not its row’s', { messageId: 'r_x.2', roomId: 'r_x', seq: 1, attempt: 0 }],
    ['no attempt', { messageId: 'r_x.1', roomId: 'r_x', seq: 1 }],
    ['half a number', { messageId: 'r_x.1.5', roomId: 'r_x', seq: 1.5, attempt: 0 }],
  ])('finds an event with %s invalid, because anybody may put events on a bus', async (_, detail) => {
    const { ports } = await accepted(1);
    expect(await claimAndPlan({ detail, claimant: 'run' }, ports)).toEqual({
      outcome: 'invalid',
      messageId: null,
    });
  });

  it('finds an event invalid that no entry stands behind, and names it for the operator', async () => {
    const { claim, roomId } = await accepted(1);
    const messageId = messageIdOf(roomId, 9);
    expect(await claim('run', { messageId, seq: 9 })).toEqual({ outcome: 'invalid', messageId });
  });

  it('leaves a closed or parked message alone, because events may come days late', async () => {
    const { claim, outbox, roomId } = await accepted(1);
    await outbox.park(roomId, 1, 0);
    expect(await claim()).toEqual({ outcome: 'taken' });
  });

  it('plans no part for an empty room, because there is nobody to post to', async () => {
    const { claim } = await accepted(0);
    expect(await claim()).toMatchObject({ ...claimed, tier: 'inline', parts: [] });
  });

  it('leaves many parts to the broadcast tier under a longer lease, because this workflow ends before it does', async () => {
    const { claim, outbox, ledger, messageId, now } = await accepted(12, {
      segmentSize: 2,
      postsPerSecond: 1,
    });
    expect(await claim()).toMatchObject({ tier: 'broadcast', parts: [] });
    const { lease } = (await ledger.findPlan(messageId))!;
    expect(lease).toBeGreaterThan(INLINE_LEASE);
    expect(await outbox.overdue(1, now() + lease)).toEqual([]);
    expect(await outbox.overdue(1, now() + lease + 1)).toHaveLength(1);
  });

  it('keeps the first plan in later attempts, because parts must always mean the same slots', async () => {
    const it = await accepted(3, { segmentSize: 2 });
    await it.claim();
    for (let count = 0; count < 5; count += 1) await enter(it, aConnection(it.now()));
    expect(await it.claim('run-2', { attempt: 1 })).toMatchObject({ plan: { parts: 2, size: 3 } });
    expect(await it.ledger.findPlan(it.messageId)).toMatchObject({ parts: 2, size: 3 });
  });

  it('keeps a plan of one part from when that part began, and plans anew where it never did', async () => {
    const it = await accepted(3);
    expect(await it.claim()).toMatchObject({ plan: { parts: 1, size: 3 } });
    await enter(it, aConnection(it.now()));
    const second = await it.claim('run-2', { attempt: 1 });
    expect(second).toMatchObject({ plan: { parts: 1, size: 4 } });
    if (second.outcome !== 'claimed') throw new Error('It was not claimed');
    await it.ledger.begin(it.messageId, 0, 2, second.plan);
    await enter(it, aConnection(it.now()));
    expect(await it.claim('run-3', { attempt: 2 })).toMatchObject({ plan: { parts: 1, size: 4 } });
  });

  it('asks later attempts for the missed parts alone, and not to archive or alert again', async () => {
    const { claim, ledger, messageId, roomId, outbox, now } = await accepted(8, { segmentSize: 2 });
    expect(await claim()).toMatchObject({ parts: [0, 1, 2, 3] });
    const plan = (await ledger.findPlan(messageId))!;
    const nothing = { posted: [], gone: [], failed: [] };
    for (const part of [0, 1, 2]) await ledger.begin(messageId, part, 1, plan);
    await ledger.add(messageId, 0, 1, { ...nothing, finished: true });
    const failed = [{ slot: 'a'.repeat(32), reason: 'not_open' }];
    await ledger.add(messageId, 1, 1, { ...nothing, failed, finished: true });
    await outbox.markArchived(roomId, 1, now());
    await outbox.markAlerted(roomId, 1, now());
    expect(await claim('run-2', { attempt: 1 })).toMatchObject({
      attempt: 2,
      parts: [1, 2, 3],
      archive: false,
      alert: false,
    });
  });

  it('can crash anywhere and be tried again by its own workflow, because it knows its claim', async () => {
    const crashes = await everyCrash(async () => {
      const it = await accepted(3);
      let last: unknown;
      return {
        world: it.world,
        run: async () => (last = await it.claim()),
        check: async () => {
          expect(last).toMatchObject({ ...claimed, parts: [0] });
          expect(await it.outbox.find(it.roomId, 1)).toMatchObject({ attempt: 1, state: 'open' });
        },
      };
    });
    expect(crashes).toBeGreaterThanOrEqual(6);
  });

  it('S0, push when offline; S4, SNS alert: is alerted for once in a burst of 20 messages and again after the window, because agents read alerts', async () => {
    const { ports, detail, roomId, outbox, now, clock } = await accepted(1);
    const alerts = async (seq: number) => {
      if (seq > 1) await outbox.append({ ...aDraft(now()), seq }, now() + DUE_AFTER);
      const one = { ...detail, messageId: messageIdOf(roomId, seq), seq };
      const result = await claimAndPlan({ detail: one, claimant: 'run' }, ports);
      return result.outcome === 'claimed' && result.alert;
    };
    const burst = await Promise.all(Array.from({ length: 20 }, (_, index) => alerts(index + 1)));
    expect(burst.filter(Boolean)).toHaveLength(1);
    clock.advance(5 * MINUTE);
    expect(await alerts(21)).toBe(true);
  });

  it('is alerted for by a later attempt too as long as the alert is not noted, because it may have failed', async () => {
    const { claim } = await accepted(1);
    expect(await claim()).toMatchObject({ alert: true });
    expect(await claim('run-2', { attempt: 1 })).toMatchObject({ attempt: 2, alert: true });
  });

  it('is alerted for or not as the setting says', async () => {
    const { ports, detail } = await accepted(1);
    const off = { ...ports, settings: { ...ports.settings, alerts: 'off' as const } };
    expect(await claimAndPlan({ detail, claimant: 'run' }, off)).toMatchObject({ alert: false });
  });
});
