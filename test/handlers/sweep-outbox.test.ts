import { sweepOutbox } from '../../handlers/events/sweep-outbox';
import { FAN_OUT_PARKED, MESSAGE_ACCEPTED, type ChatEvent } from '../../handlers/chat/events';
import { messageIdOf } from '../../handlers/chat/ids';
import { DAY, MINUTE, SECOND } from '../support/memory/clock';
import { aDraft } from '../support/memory/examples';
import { everyCrash } from './every-crash';
import { roomWithPeople } from './rooms-with-people';

const seqOf = ({ detail }: ChatEvent) => ('seq' in detail ? detail.seq : NaN);

/** So many accepted messages whose events were lost, half a minute and a second later. */
async function overdue(count: number) {
  const room = await roomWithPeople(0);
  for (let seq = 1; seq <= count; seq += 1) {
    await room.outbox.append({ ...aDraft(room.now()), seq }, room.now() + 30 * SECOND);
  }
  room.clock.advance(31 * SECOND);
  const detail = (seq: number, attempt = 0) => {
    return { messageId: messageIdOf(room.roomId, seq), roomId: room.roomId, seq, attempt };
  };
  const sweep = () => sweepOutbox(room);
  return { ...room, detail, sweep };
}

describe('the sweep', () => {
  it('has nothing to do, and says nothing, while nothing is overdue', async () => {
    const { sweep, outbox, bus, now } = await overdue(0);
    await outbox.append({ ...aDraft(now()), seq: 1 }, now() + 1);
    expect(await sweep()).toEqual({ restarted: 0, parked: 0, failed: 0 });
    expect(bus.events).toEqual([]);
  });

  it('emits the event of each overdue entry of every shard again, once', async () => {
    const { sweep, bus, detail } = await overdue(20);
    expect(await sweep()).toEqual({ restarted: 20, parked: 0, failed: 0 });
    const bySeq = bus.events.toSorted((a, b) => seqOf(a) - seqOf(b));
    expect(bySeq).toEqual(
      Array.from({ length: 20 }, (_, index) => ({ type: MESSAGE_ACCEPTED, detail: detail(index + 1) })),
    );
    expect(await sweep()).toMatchObject({ restarted: 0 });
  });

  it('asks for the attempt after those that were made, and waits longer after each', async () => {
    const { sweep, bus, outbox, roomId, clock, detail } = await overdue(1);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const since = clock.now();
      expect(await sweep()).toMatchObject({ restarted: 1 });
      expect(bus.events.at(-1)?.detail).toEqual(detail(1, attempt));
      while ((await outbox.overdue(1, clock.now())).length === 0) clock.advance(15 * SECOND);
      waits.push(Math.floor((clock.now() - since) / MINUTE));
      // The workflow claimed it, failed, and did not even get to say so.
      await outbox.claim(roomId, 1, { attempt, claimant: `run-${attempt}`, dueAt: clock.now() - 1 });
    }
    expect(waits).toEqual([1, 1, 2, 4, 8, 15]);
  });

  it.each(['refuses', 'fails'] as const)(
    'leaves everything open when the bus %s, and fails so that it shows',
    async (state) => {
      const { sweep, bus } = await overdue(3);
      bus.state = state;
      await expect(sweep()).rejects.toThrow('3 entries');
      await expect(sweep()).rejects.toThrow('3 entries');
      bus.state = 'takes';
      expect(await sweep()).toEqual({ restarted: 3, parked: 0, failed: 0 });
    },
  );

  it('emits nothing for an entry that only the late index still shows as open', async () => {
    const { sweep, bus, outbox, roomId, now } = await overdue(2);
    outbox.holdIndexBack();
    await outbox.markArchived(roomId, 1, now());
    outbox.close(roomId, 1, now() + DAY);
    expect(await sweep()).toMatchObject({ restarted: 1 });
    expect(bus.events.map(seqOf)).toEqual([2]);
  });

  it('leaves an entry alone that was claimed since the index was written, because two would serve it', async () => {
    const { sweep, bus, outbox, roomId, clock, now } = await overdue(1);
    outbox.holdIndexBack();
    await outbox.claim(roomId, 1, { attempt: 0, claimant: 'run', dueAt: now() + 90 * SECOND });
    expect(await sweep()).toEqual({ restarted: 0, parked: 0, failed: 0 });
    clock.advance(91 * SECOND);
    expect(await sweep()).toMatchObject({ restarted: 1 });
    expect(bus.events).toHaveLength(1);
  });

  it('parks an entry older than a day: kept, out of sight, and told to the operator', async () => {
    const { sweep, bus, outbox, roomId, clock, detail } = await overdue(1);
    clock.advance(DAY - 31 * SECOND);
    expect(await sweep()).toMatchObject({ restarted: 1, parked: 0 });
    clock.advance(MINUTE + 1);
    expect(await sweep()).toEqual({ restarted: 0, parked: 1, failed: 0 });
    expect(bus.events.at(-1)).toEqual({ type: FAN_OUT_PARKED, detail: detail(1) });
    expect(await outbox.find(roomId, 1)).toMatchObject({ state: 'parked' });
    clock.advance(30 * DAY);
    expect(await sweep()).toMatchObject({ restarted: 0, parked: 0 });
  });

  it('counts the day from a redrive, because the operator has mended something and the message keeps its own time', async () => {
    const { sweep, outbox, roomId, clock, now } = await overdue(1);
    clock.advance(30 * DAY);
    expect(await sweep()).toMatchObject({ parked: 1 });
    expect(await outbox.reopen(roomId, 1, { state: 'parked', attempt: 0, now: now() })).toBe(true);
    clock.advance(DAY);
    expect(await sweep()).toMatchObject({ restarted: 1, parked: 0 });
    clock.advance(2 * MINUTE);
    expect(await sweep()).toMatchObject({ restarted: 0, parked: 1 });
  });

  it('does not park what the operator could not be told, because then nobody would look', async () => {
    const { sweep, bus, outbox, roomId, clock } = await overdue(1);
    clock.advance(2 * DAY);
    bus.state = 'refuses';
    await expect(sweep()).rejects.toThrow();
    expect(await outbox.find(roomId, 1)).toMatchObject({ state: 'open' });
  });

  it('sweeps the other shards when one cannot be read, and is done with them before it fails', async () => {
    const { sweep, bus, calls } = await overdue(16);
    calls.failAt(calls.made.length + 3, 'before');
    await expect(sweep()).rejects.toThrow('1 entries or shards');
    expect(bus.events).toHaveLength(15);
  });

  it('can crash anywhere and loses nothing: what was not restarted is restarted by the next', async () => {
    await everyCrash(async () => {
      const it = await overdue(2);
      return {
        world: it.world,
        run: () => it.sweep().catch(() => undefined),
        check: () => {
          const seqs = new Set(it.bus.events.map(seqOf));
          expect([...seqs].toSorted()).toEqual([1, 2]);
        },
      };
    });
  });
});
