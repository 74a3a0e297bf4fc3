import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../handlers/chat/storage/messages';
import { aPlan, aRoomId } from '../support/memory/examples';

const slots = (count: number) => Array.from({ length: count }, () => randomBytes(16).toString('hex'));
const short = (all: readonly string[]) => all.map((slot) => slot.slice(0, 20));

export function ledgerContract(name: string, createPort: () => Ledger): void {
  describe(`Ledger ${name}`, () => {
    it('keeps the first plan and gives it to everybody, because parts must always mean the same', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      expect(await ledger.findPlan(messageId)).toBeUndefined();
      const plans = await Promise.all(
        [2, 3, 4].map((parts) => ledger.storePlan(messageId, aPlan({ parts }))),
      );
      expect(new Set(plans.map(({ parts }) => parts)).size).toBe(1);
      expect(await ledger.findPlan(messageId)).toEqual(plans[0]);
    });

    it('keeps a plan of one part with that part once it has begun, because until then nothing depends on it', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      const plan = aPlan({ parts: 1, size: 7 });
      expect(await ledger.storePlan(messageId, plan)).toEqual(plan);
      expect(await ledger.findPlan(messageId)).toBeUndefined();
      await ledger.begin(messageId, 0, 2, plan);
      await ledger.add(messageId, 0, 2, { posted: slots(1), gone: [], failed: [], finished: false });
      expect(await ledger.findPlan(messageId)).toEqual(plan);
      expect(await ledger.begin(messageId, 0, 3, aPlan({ parts: 1, size: 9 }))).toMatchObject({ posted: [] });
      expect(await ledger.findPlan(messageId)).toEqual(plan);
      expect((await ledger.records(messageId)).map(({ attempt }) => attempt)).toEqual([2, 3]);
    });

    it('gives a stored plan before that of one part, because by it the other parts are known to be missing', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      await ledger.begin(messageId, 0, 1, aPlan({ parts: 1 }));
      const plan = await ledger.storePlan(messageId, aPlan({ parts: 2 }));
      expect(plan.parts).toBe(2);
      expect(await ledger.findPlan(messageId)).toEqual(plan);
    });

    it('keeps with the plan of a direct room whose devices each part is', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      const plan = aPlan({ parts: 2, partitions: ['@u_1', '@u_2'] });
      expect(await ledger.storePlan(messageId, plan)).toEqual(plan);
      expect(await ledger.findPlan(messageId)).toEqual(plan);
    });

    it('shows a part that was begun and not ended as unfinished, because its worker may have died', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      expect(await ledger.begin(messageId, 3, 1, aPlan({ parts: 12 }))).toMatchObject({
        part: 3,
        attempt: 1,
        posted: [],
      });
      expect(await ledger.records(messageId)).toEqual([
        { part: 3, attempt: 1, posted: [], gone: [], failed: [], finished: false },
      ]);
    });

    it('keeps gone and failed slots whole and posted ones by 20 digits, because bytes are paid', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      const [posted, gone, failed] = [slots(3), slots(2), slots(3)];
      await ledger.begin(messageId, 0, 1, aPlan({ parts: 12 }));
      await ledger.add(messageId, 0, 1, {
        posted,
        gone,
        failed: failed.map((slot, index) => ({ slot, reason: index === 0 ? 'status_429' : 'not_open' })),
        finished: true,
      });
      const [record] = await ledger.records(messageId, 0);
      expect(record).toMatchObject({ part: 0, attempt: 1, posted: short(posted), gone, finished: true });
      expect(record?.failed).toEqual([
        { slot: failed[0], reason: 'status_429' },
        { slot: failed[1], reason: 'not_open' },
        { slot: failed[2], reason: 'not_open' },
      ]);
    });

    it('adds stretch to stretch, also after beginning again, because a worker goes on after its cursor', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      const [first, second] = [slots(2), slots(2)];
      await ledger.begin(messageId, 0, 1, aPlan({ parts: 12 }));
      await ledger.add(messageId, 0, 1, { posted: first, gone: [], failed: [], finished: false });
      expect(await ledger.begin(messageId, 0, 1, aPlan({ parts: 12 }))).toMatchObject({
        posted: short(first),
        finished: false,
      });
      await ledger.add(messageId, 0, 1, { posted: second, gone: [], failed: [], finished: true });
      expect(await ledger.records(messageId, 0)).toEqual([
        { part: 0, attempt: 1, posted: short([...first, ...second]), gone: [], failed: [], finished: true },
      ]);
    });

    it('keeps the stretches of parts and attempts apart, also of one that did not end', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      const written = new Map<string, string[]>();
      for (const [part, attempt] of [
        [1, 1],
        [1, 2],
        [2, 1],
      ] as const) {
        await ledger.begin(messageId, part, attempt, aPlan({ parts: 12 }));
        const stretches = [slots(2), slots(1), slots(3)];
        for (const posted of stretches) {
          await ledger.add(messageId, part, attempt, { posted, gone: [], failed: [], finished: false });
        }
        written.set(`${part}/${attempt}`, short(stretches.flat()));
      }
      const last = { posted: [], gone: slots(1), failed: [], finished: true };
      await ledger.add(messageId, 1, 2, last);
      const told = (await ledger.records(messageId)).map(({ part, attempt, posted, gone, finished }) => ({
        ...{ of: `${part}/${attempt}`, posted: posted.toSorted(), gone, finished },
      }));
      expect(told).toEqual(
        [...written].map(([of, posted]) => ({
          ...{ of, posted: posted.toSorted(), finished: of === '1/2', gone: of === '1/2' ? last.gone : [] },
        })),
      );
      expect((await ledger.records(messageId, 1)).map(({ attempt }) => attempt)).toEqual([1, 2]);
      expect((await ledger.begin(messageId, 2, 1, aPlan({ parts: 12 }))).posted).toHaveLength(6);
    });

    it('is unfinished again once an attempt begins again, because more may be posted now', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      await ledger.begin(messageId, 0, 1, aPlan({ parts: 12 }));
      await ledger.add(messageId, 0, 1, { posted: [], gone: [], failed: [], finished: true });
      await ledger.begin(messageId, 0, 1, aPlan({ parts: 12 }));
      expect(await ledger.records(messageId, 0)).toMatchObject([{ finished: false }]);
    });

    it('gives records by part and attempt in the order of numbers, and never the plan among them', async () => {
      const ledger = createPort();
      const messageId = `${aRoomId()}.1`;
      await ledger.storePlan(messageId, aPlan({ parts: 12 }));
      for (const [part, attempt] of [
        [11, 1],
        [2, 10],
        [2, 9],
        [0, 1],
      ] as const) {
        await ledger.begin(messageId, part, attempt, aPlan({ parts: 12 }));
      }
      const all = await ledger.records(messageId);
      expect(all.map(({ part, attempt }) => [part, attempt])).toEqual([
        [0, 1],
        [2, 9],
        [2, 10],
        [11, 1],
      ]);
      expect((await ledger.records(messageId, 2)).map(({ attempt }) => attempt)).toEqual([9, 10]);
      expect(await ledger.records(messageId, 1)).toEqual([]);
      expect(await ledger.records(`${aRoomId()}.1`)).toEqual([]);
    });

    it('refuses outcomes of a part that was not begun, because a dead worker would leave no trace of it', async () => {
      const ledger = createPort();
      const progress = { posted: slots(1), gone: [], failed: [], finished: true };
      await expect(ledger.add(`${aRoomId()}.1`, 0, 1, progress)).rejects.toThrow();
    });
  });
}
