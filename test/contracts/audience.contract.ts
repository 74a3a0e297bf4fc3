import { audienceRows, type AudienceRow } from '../../handlers/chat/connections';
import { rangeOfPart } from '../../handlers/chat/fan-out/audience-plan';
import type { Audience } from '../../handlers/chat/storage/rooms';
import { HOUR, storedExpiry, type TestClock } from '../support/memory/clock';
import { aConnection, aRoomId, roomRow } from '../support/memory/examples';

export interface AudienceHarness {
  readonly audience: Audience;
  readonly clock: TestClock;
}

const EVERYTHING = { from: '', to: 'g' };
const stored = (row: AudienceRow): AudienceRow => ({
  ...row,
  openedAt: storedExpiry(row.openedAt),
  expiresAt: storedExpiry(row.expiresAt),
});
const inSlotOrder = (rows: readonly AudienceRow[]) => rows.toSorted((a, b) => (a.slot < b.slot ? -1 : 1));

export function audienceContract(name: string, createPort: () => AudienceHarness): void {
  describe(`Audience ${name}`, () => {
    /** A room of so many people; some of them with a lease that is over. */
    async function crowd(size: number, expired = 0) {
      const { audience, clock } = createPort();
      const roomId = aRoomId();
      const now = clock.now();
      const rowOf = (_: unknown, index: number) =>
        roomRow(
          aConnection(now, { rooms: [roomId], ...(index < expired ? { openedAt: now - 3 * HOUR } : {}) }),
        );
      const rows = Array.from({ length: size }, rowOf);
      await audience.join(rows);
      const live = inSlotOrder(rows.slice(expired)).map(stored);
      return { audience, clock, roomId, rows: inSlotOrder(rows).map(stored), live };
    }

    it('gives the whole of a small audience in slot order, because its size is then exact', async () => {
      const { audience, roomId, live } = await crowd(5);
      expect(await audience.sample(roomId, 256)).toEqual({
        slots: live.map(({ slot }) => slot),
        expired: 0,
        last: live.at(-1)?.slot,
        complete: true,
      });
    });

    it('cuts a sample at its limit and says that there may be more, because an estimate follows', async () => {
      const { audience, roomId, live } = await crowd(5);
      expect(await audience.sample(roomId, 3)).toEqual({
        slots: live.slice(0, 3).map(({ slot }) => slot),
        expired: 0,
        last: live[2]?.slot,
        complete: false,
      });
    });

    it('says of an empty room that this is all, because a plan without parts is made of it', async () => {
      const { audience } = createPort();
      expect(await audience.sample(aRoomId(), 256)).toEqual({
        slots: [],
        expired: 0,
        last: undefined,
        complete: true,
      });
    });

    it('counts expired rows of a sample apart, because they stand in the order but hear nothing', async () => {
      const { audience, roomId, rows, live } = await crowd(6, 2);
      const sample = await audience.sample(roomId, 256);
      expect(sample.slots).toEqual(live.map(({ slot }) => slot));
      expect(sample.expired).toBe(2);
      expect(sample.last).toBe(rows.at(-1)?.slot);
    });

    it('pages the live rows of each part, because together the parts are everybody once', async () => {
      const { audience, roomId, live } = await crowd(20, 4);
      const pages = await Promise.all([0, 1, 2].map((part) => audience.page(roomId, rangeOfPart(part, 3))));
      expect(pages.flatMap(({ rows }) => rows)).toEqual(live);
      expect(pages.map(({ next }) => next)).toEqual([null, null, null]);
    });

    it('goes on after a cursor, because a worker may have to stop in the middle', async () => {
      const { audience, roomId, live } = await crowd(6);
      const after = live[3]!.slot;
      expect(await audience.page(roomId, { ...EVERYTHING, after })).toEqual({
        rows: live.slice(4),
        next: null,
      });
    });

    it('gives a cursor after a full page of 1,000, because a room can be larger than a page', async () => {
      const { audience, roomId, live } = await crowd(1003);
      const first = await audience.page(roomId, EVERYTHING);
      expect(first).toEqual({ rows: live.slice(0, 1000), next: live[999]!.slot });
      const second = await audience.page(roomId, { ...EVERYTHING, after: first.next ?? undefined });
      expect(second).toEqual({ rows: live.slice(1000), next: null });
    });

    it('finds the live rows among given slots, because redrive and pruning go by slots', async () => {
      const { audience, roomId, rows, live } = await crowd(130, 5);
      const slots = [...rows.map(({ slot }) => slot), 'f'.repeat(32)];
      expect(inSlotOrder(await audience.find(roomId, slots))).toEqual(live);
      expect(await audience.find(roomId, [])).toEqual([]);
    });

    it('deletes what leaves and minds neither absent nor repeated keys, because leaving is repeated', async () => {
      const { audience, roomId, live } = await crowd(30);
      const leaving = [...live.slice(0, 27), live[0]!, { partition: roomId, slot: 'f'.repeat(32) }];
      await audience.leave(leaving);
      await audience.leave(leaving);
      expect((await audience.page(roomId, EVERYTHING)).rows).toEqual(live.slice(27));
    });

    it('keeps the rows of a room and of a person apart, because a name is a partition', async () => {
      const { audience, clock } = createPort();
      const connection = aConnection(clock.now(), { rooms: [aRoomId(), aRoomId()] });
      await audience.join(audienceRows(connection));
      for (const row of audienceRows(connection)) {
        expect((await audience.page(row.partition, EVERYTHING)).rows).toEqual([stored(row)]);
      }
    });
  });
}
