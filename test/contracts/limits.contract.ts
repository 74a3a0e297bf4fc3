import { randomUUID } from 'node:crypto';
import type { Admission, Rate } from '../../handlers/chat/rate';
import type { Limits } from '../../handlers/chat/storage/people';
import type { TestClock } from '../support/memory/clock';

export interface LimitsHarness {
  readonly limits: Limits;
  readonly clock: TestClock;
}

export function limitsContract(name: string, createPort: () => LimitsHarness): void {
  describe(`Limits ${name}`, () => {
    rateContract(() => {
      const { limits, clock } = createPort();
      const subject = `user.${randomUUID()}`;
      return { clock, take: (rate: Rate, now: number) => limits.take(subject, rate, now) };
    });

    it('counts a taking no more that was given back, and makes nothing of one that is long over', async () => {
      const { limits, clock } = createPort();
      const rate = { perSecond: 1, burst: 2 };
      const [subject, stranger] = [randomUUID(), randomUUID()];
      const admissions = async (count: number) => {
        const all: Admission[] = [];
        for (let n = 0; n < count; n += 1) all.push(await limits.take(subject, rate, clock.now()));
        return all.map(({ admitted }) => admitted);
      };
      expect(await admissions(3)).toEqual([true, true, false]);
      await limits.giveBack(subject, rate);
      expect(await admissions(2)).toEqual([true, false]);
      clock.advance(60_000);
      await limits.giveBack(subject, rate);
      expect(await admissions(3)).toEqual([true, true, false]);
      await limits.giveBack(stranger, rate);
      expect(await limits.take(stranger, rate, clock.now())).toEqual({ admitted: true });
    });

    it('counts every subject for itself', async () => {
      const { limits, clock } = createPort();
      const rate = { perSecond: 1, burst: 1 };
      const [one, other] = [randomUUID(), randomUUID()];
      expect(await limits.take(one, rate, clock.now())).toEqual({ admitted: true });
      expect(await limits.take(other, rate, clock.now())).toEqual({ admitted: true });
      expect(await limits.take(one, rate, clock.now())).toEqual({ admitted: false, retryAfterMs: 1000 });
    });
  });
}

interface Subject {
  readonly clock: TestClock;
  readonly take: (rate: Rate, now: number) => Promise<Admission>;
}

/** What everything that has a rate keeps to. */
export function rateContract(create: () => Subject | Promise<Subject>): void {
  it.each([
    { perSecond: 5, burst: 20 },
    { perSecond: 3, burst: 2 },
    { perSecond: 0.5, burst: 30 },
    { perSecond: 7, burst: 1 },
  ])('admits exactly the burst of fifty at once, at $perSecond a second', async (rate) => {
    const { take, clock } = await create();
    const admissions = await Promise.all(Array.from({ length: 50 }, () => take(rate, clock.now())));
    expect(admissions.filter(({ admitted }) => admitted)).toHaveLength(rate.burst);
  });

  it('admits again where what is stored lies so far ahead that a clock must have been set back since', async () => {
    const { take, clock } = await create();
    const rate = { perSecond: 5, burst: 2 };
    const ahead = clock.now() + 3_600_000;
    for (let n = 0; n < rate.burst; n += 1) expect(await take(rate, ahead)).toEqual({ admitted: true });
    expect(await take(rate, ahead)).toMatchObject({ admitted: false });
    for (let n = 0; n < rate.burst; n += 1) expect(await take(rate, clock.now())).toEqual({ admitted: true });
    expect(await take(rate, clock.now())).toMatchObject({ admitted: false });
  });

  it.each([
    { perSecond: 5, burst: 4 },
    { perSecond: 3, burst: 2 },
    { perSecond: 0.5, burst: 1 },
  ])('says exactly when the next one is admitted, at $perSecond a second', async (rate) => {
    const { take, clock } = await create();
    let now = clock.now();
    for (let n = 0; n < rate.burst; n += 1) expect(await take(rate, now)).toEqual({ admitted: true });
    for (let round = 0; round < 3; round += 1) {
      const refused = await take(rate, now);
      if (refused.admitted) throw new Error('nothing is left to take');
      expect(await take(rate, now + refused.retryAfterMs - 1)).toMatchObject({ admitted: false });
      now += refused.retryAfterMs;
      expect(await take(rate, now)).toEqual({ admitted: true });
    }
  });

  it('gives the burst back after a rest, and no more than that', async () => {
    const { take, clock } = await create();
    const rate = { perSecond: 10, burst: 3 };
    for (const rest of [0, 300, 100_000]) {
      clock.advance(rest);
      const admissions = await Promise.all([1, 2, 3, 4].map(() => take(rate, clock.now())));
      expect(admissions.filter(({ admitted }) => admitted)).toHaveLength(3);
    }
  });

  it('does not count what it refuses, because whoever goes on trying must get in all the same', async () => {
    const { take, clock } = await create();
    const rate = { perSecond: 10, burst: 1 };
    expect(await take(rate, clock.now())).toEqual({ admitted: true });
    for (let n = 0; n < 5; n += 1)
      expect(await take(rate, clock.now())).toEqual({ admitted: false, retryAfterMs: 100 });
    expect(await take(rate, clock.now() + 100)).toEqual({ admitted: true });
  });
}
