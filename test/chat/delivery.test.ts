import { UPGRADE_GRACE } from '../../handlers/chat/connections';
import { deliver } from '../../handlers/chat/fan-out/delivery';
import type { Sockets } from '../../handlers/chat/ports';
import { aConnection, roomRow } from '../support/memory/examples';
import { world } from '../support/memory/world';

/** A stretch of the audience; `ages` are those of its connections, in milliseconds. */
function audience(...ages: number[]) {
  const it = world();
  const pauses: number[] = [];
  const pause = (milliseconds: number) => {
    pauses.push(milliseconds);
    it.clock.advance(milliseconds);
    return Promise.resolve();
  };
  const rows = ages.map((age) => roomRow(aConnection(it.now(), { openedAt: it.now() - age })));
  const run = () => deliver('frame', rows, { ...it, pause }, 1000);
  return { ...it, rows, pauses, run };
}

const OLD = UPGRADE_GRACE;
const YOUNG = 100;

describe('delivering to a stretch of the audience', () => {
  it('says of each who has it, who is gone and who failed and why', async () => {
    const { rows, sockets, run } = audience(OLD, OLD, OLD);
    sockets.gone(rows[1]!.connectionId);
    sockets.failing(rows[2]!.connectionId, Infinity, 'status_429');
    expect(await run()).toEqual({
      posted: [rows[0]!.slot],
      gone: [rows[1]!.slot],
      failed: [{ slot: rows[2]!.slot, reason: 'status_429' }],
    });
    expect(sockets.received(rows[0]!.connectionId)).toEqual(['frame']);
  });

  it('asks a young connection again, because its upgrade may still be under way', async () => {
    const { rows, sockets, run, pauses } = audience(YOUNG, OLD);
    sockets.gone(rows[0]!.connectionId, 2);
    expect(await run()).toEqual({
      posted: [rows[1]!.slot, rows[0]!.slot].toSorted(bySlotOf(rows)),
      gone: [],
      failed: [],
    });
    expect(pauses).toEqual([200, 200]);
    // Nobody else is asked again with it.
    expect(sockets.received(rows[1]!.connectionId)).toEqual(['frame']);
  });

  it('fails a young connection that stays closed and never calls it gone, because gone is pruned', async () => {
    const { rows, sockets, run, pauses } = audience(YOUNG);
    sockets.gone(rows[0]!.connectionId);
    expect(await run()).toEqual({
      posted: [],
      gone: [],
      failed: [{ slot: rows[0]!.slot, reason: 'not_open' }],
    });
    expect(pauses).toHaveLength(3);
  });

  it('calls a connection gone that has turned a minute old while it was asked, because no upgrade takes so long', async () => {
    const { rows, sockets, run } = audience(UPGRADE_GRACE - 300);
    sockets.gone(rows[0]!.connectionId);
    expect(await run()).toEqual({ posted: [], gone: [rows[0]!.slot], failed: [] });
  });

  it('does not pause for old connections, because they are gone for good', async () => {
    const { rows, sockets, run, pauses } = audience(OLD, OLD);
    for (const { connectionId } of rows) sockets.gone(connectionId);
    expect((await run()).gone).toHaveLength(2);
    expect(pauses).toEqual([]);
  });

  it('counts a recipient without an outcome as failed, because silence is not success', async () => {
    const { rows, now } = audience(OLD);
    const sockets = { post: () => Promise.resolve([]), close: () => Promise.resolve() };
    const outcomes = await deliver('frame', rows, { sockets, now, pause: () => Promise.resolve() }, 1000);
    expect(outcomes.failed).toEqual([{ slot: rows[0]!.slot, reason: 'no_outcome' }]);
  });

  it('leaves the last of a paced stretch as long to be tried again as the first of a fast one', async () => {
    const { rows, now } = audience(...Array<number>(100).fill(OLD));
    const deadlines: number[] = [];
    const sockets: Sockets = {
      post: (_, recipients, { deadline }) => {
        deadlines.push(deadline - performance.now());
        return Promise.resolve(recipients.map(() => ({ outcome: 'posted' })));
      },
      close: () => Promise.resolve(),
    };
    const ports = { sockets, now, pause: () => Promise.resolve() };
    await deliver('frame', rows, ports, 10);
    await deliver('frame', rows, ports, 10_000);
    expect(deadlines.map((each) => Math.round(each / 1000))).toEqual([15, 5]);
  });

  it('posts to nobody when there is nobody', async () => {
    expect(await audience().run()).toEqual({ posted: [], gone: [], failed: [] });
  });
});

/** Outcomes stand in the order of the rows. */
function bySlotOf(rows: readonly { slot: string }[]) {
  const place = (slot: string) => rows.findIndex((row) => row.slot === slot);
  return (a: string, b: string) => place(a) - place(b);
}
