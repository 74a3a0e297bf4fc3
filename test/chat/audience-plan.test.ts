import fc from 'fast-check';
import {
  estimateSize,
  partOfPlace,
  planAudience,
  rangeOfPart,
  SAMPLE_SIZE,
  type SampledAudience,
} from '../../handlers/chat/fan-out/audience-plan';
import { INLINE_LEASE } from '../../handlers/chat/fan-out/leases';
import { slotOf } from '../../handlers/chat/ids';

const SETTINGS = { segmentSize: 2000, inlineParts: 5, postsPerSecond: 7000 };
/** Where a person with one connection stands. */
const placeOf = (room: string, user: string) => slotOf(room, user, 'its only one').slice(0, 16);
const digits = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
const parts = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 2000 }));

/** What a sample of a room of so many people looks like; each `expiredEvery`-th lease is over. */
function sampleOf(room: string, size: number, expiredEvery = Infinity): SampledAudience {
  const slots = Array.from({ length: size }, (_, index) => placeOf(room, `user ${index}`));
  const rows = slots.map((place, index) => ({
    slot: `${place}${'0'.repeat(16)}`,
    live: (index + 1) % expiredEvery !== 0,
  }));
  const page = rows.toSorted((a, b) => (a.slot < b.slot ? -1 : 1)).slice(0, SAMPLE_SIZE);
  const live = page.filter((row) => row.live);
  return {
    slots: live.map(({ slot }) => slot),
    expired: page.length - live.length,
    last: page.at(-1)?.slot,
    complete: rows.length < SAMPLE_SIZE,
  };
}

describe('the ranges of a plan', () => {
  const isIn = (slot: string, part: number, of: number) => {
    const { from, to } = rangeOfPart(part, of);
    return slot >= from && slot < to;
  };

  it('hold each slot in exactly one part, because whoever joins meanwhile must get it once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), digits(32), (of, slot) => {
        const holding = Array.from({ length: of }, (_, part) => part).filter((part) => isIn(slot, part, of));
        expect(holding).toEqual([partOfPlace(slot.slice(0, 16), of)]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('follow each other without gap or overlap from one end of the space to the other', () => {
    fc.assert(
      fc.property(parts, (of) => {
        const ranges = Array.from({ length: of }, (_, part) => rangeOfPart(part, of));
        expect(ranges[0]?.from).toBe('0'.repeat(16));
        expect(ranges.at(-1)?.to).toBe('g');
        expect(ranges.slice(1).map(({ from }) => from)).toEqual(ranges.slice(0, -1).map(({ to }) => to));
        expect(ranges.every(({ from, to }) => from < to)).toBe(true);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('agree with the part of a person at their very edges, where rounding could put one elsewhere', () => {
    fc.assert(
      fc.property(parts, fc.nat(), (of, any) => {
        const part = any % of;
        const { from } = rangeOfPart(part, of);
        expect(partOfPlace(from, of)).toBe(part);
        if (part > 0) {
          const before = (BigInt(`0x${from}`) - 1n).toString(16).padStart(16, '0');
          expect(partOfPlace(before, of)).toBe(part - 1);
        }
        expect(partOfPlace('f'.repeat(16), of)).toBe(of - 1);
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  it('keep those at one place together, because a part is cut at half a slot', () => {
    fc.assert(
      fc.property(parts, digits(16), digits(16), digits(16), (of, place, one, two) => {
        const part = partOfPlace(place, of);
        expect([isIn(place + one, part, of), isIn(place + two, part, of)]).toEqual([true, true]);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });

  it.each([-1, 3, 0.5, NaN])('do not exist for part %d of 3, because a wrong part must not pass', (part) => {
    expect(() => rangeOfPart(part, 3)).toThrow(RangeError);
  });
});

describe('the size of an audience', () => {
  it.each([0, 1, 2, 100, SAMPLE_SIZE - 1])(
    'is exact for %d people, because one page is all of them',
    (size) => {
      expect(estimateSize(sampleOf('room', size))).toBe(size);
    },
  );

  it('is estimated within 6.5 % (root mean square over 200 rooms), because k is 256', () => {
    const errors = Array.from({ length: 200 }, (_, room) => {
      const size = 3000;
      return (estimateSize(sampleOf(`room ${room}`, size)) - size) / size;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(rmse).toBeLessThanOrEqual(0.065);
    expect(rmse).toBeGreaterThan(0.04);
    expect(Math.abs(mean)).toBeLessThan(0.015);
  });

  it('leaves out the share of expired rows, because nobody posts to them', () => {
    const errors = Array.from({ length: 100 }, (_, room) => {
      const estimate = estimateSize(sampleOf(`room ${room}`, 900, 3));
      return (estimate - 600) / 600;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(Math.abs(mean)).toBeLessThan(0.025);
  });

  it('counts no expired row of a whole page, and is 0 where all have expired', () => {
    expect(estimateSize(sampleOf('room', 90, 3))).toBe(60);
    expect(estimateSize(sampleOf('room', 90, 1))).toBe(0);
  });

  it('is as good for people with several devices, because these stand at several places', () => {
    const errors = Array.from({ length: 100 }, (_, room) => {
      const devicesOf = (user: number) => (user % 20 < 12 ? 1 : user % 20 < 17 ? 2 : 3);
      const slots = Array.from({ length: 1000 }, (__, user) =>
        Array.from({ length: devicesOf(user) }, (___, device) =>
          slotOf(`room ${room}`, `user ${user}`, `device ${device} of ${user}`),
        ),
      ).flat();
      const page = slots.toSorted().slice(0, SAMPLE_SIZE);
      const estimate = estimateSize({ slots: page, expired: 0, last: page.at(-1), complete: false });
      return (estimate - slots.length) / slots.length;
    });
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    // 5.8 % expected of 1,550 connections; 7.9 % were all devices of a person at one place.
    expect(rmse).toBeLessThanOrEqual(0.065);
  });

  it('is not biased by people with several devices, although those at the end of the page are cut off', () => {
    const errors = Array.from({ length: 400 }, (_, room) => {
      // Four devices each at one place, so that the page always ends within or right after a person.
      const places = Array.from({ length: 900 }, (__, user) =>
        placeOf(`room ${room}`, `user ${user}`),
      ).sort();
      const slots = places.flatMap((place) =>
        ['0', '4', '8', 'c'].map((device) => place + device.repeat(16)),
      );
      const page = slots.slice(0, SAMPLE_SIZE - 1);
      const estimate = estimateSize({ slots: page, expired: 0, last: page.at(-1), complete: false });
      return (estimate - slots.length) / slots.length;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    // The error of the mean of 400 is 0.6 %; counting the last person's rows too would be 1.2 % too much.
    expect(Math.abs(mean)).toBeLessThan(0.012);
  });

  it('is what was seen where a whole page is one person, because nothing lies before them', () => {
    const slots = Array.from(
      { length: SAMPLE_SIZE },
      (_, device) => 'a'.repeat(16) + String(device).padStart(16, '0'),
    );
    expect(estimateSize({ slots, expired: 0, last: slots.at(-1), complete: false })).toBe(SAMPLE_SIZE);
  });

  it('is never below what was seen, because these people are certainly there', () => {
    fc.assert(
      fc.property(fc.array(digits(32), { minLength: 1, maxLength: 256 }), fc.nat(50), (slots, expired) => {
        const sorted = slots.toSorted();
        const estimate = estimateSize({ slots: sorted, expired, last: sorted.at(-1), complete: false });
        expect(estimate).toBeGreaterThanOrEqual(slots.length);
        expect(Number.isFinite(estimate)).toBe(true);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe('a plan', () => {
  it('has no part for nobody, because there is nothing to post', () => {
    expect(planAudience(sampleOf('room', 0), SETTINGS)).toMatchObject({ tier: 'inline', parts: 0, size: 0 });
  });

  it('has a part where a full page held expired rows only, because people may stand behind them', () => {
    expect(planAudience(sampleOf('room', 300, 1), SETTINGS)).toMatchObject({
      tier: 'inline',
      parts: 1,
      size: 0,
    });
  });

  it.each([
    [1, 'inline', 1],
    [200, 'inline', 4],
    [250, 'inline', 5],
    [251, 'broadcast', 6],
  ])('of %d people in segments of 50 is %s with %d parts', (size, tier, count) => {
    const plan = planAudience(sampleOf('room', size), { ...SETTINGS, segmentSize: 50 });
    expect(plan).toMatchObject({ tier, parts: count, size });
  });

  it('never lets its workers post more than the share that settings give, nor less than one a second', () => {
    fc.assert(
      fc.property(
        fc.record({
          segmentSize: fc.integer({ min: 1, max: 5000 }),
          inlineParts: fc.integer({ min: 1, max: 40 }),
          postsPerSecond: fc.integer({ min: 40, max: 10_000 }),
        }),
        fc.integer({ min: 0, max: 600 }),
        (settings, size) => {
          const plan = planAudience(sampleOf('room', size), settings);
          expect(plan.workers * plan.postsPerSecond).toBeLessThanOrEqual(settings.postsPerSecond);
          expect(plan.postsPerSecond).toBeGreaterThanOrEqual(1);
          expect(plan.lease).toBeGreaterThanOrEqual(INLINE_LEASE);
          if (plan.tier === 'inline') expect(plan.parts).toBeLessThanOrEqual(settings.inlineParts);
          expect(plan.parts % plan.workers).toBe(0);
          expect(plan.parts * settings.segmentSize).toBeGreaterThanOrEqual(plan.size);
        },
      ),
      { seed: 6, numRuns: 100 },
    );
  });

  it('has all posts of a small room under way at once, because its share lets them', () => {
    const plan = planAudience(sampleOf('room', 255), SETTINGS);
    expect(plan).toMatchObject({ tier: 'inline', parts: 2, workers: 2 });
  });

  it('has five workers once it outlasts the burst, because slow recipients would fill up the places of fewer, and ten when they have much to do', () => {
    const settings = { ...SETTINGS, segmentSize: 10_000, inlineParts: 40 };
    const roomOf = (size: number): SampledAudience => ({
      slots: Array.from({ length: SAMPLE_SIZE }, (_, index) => String(index).padStart(32, '0')),
      expired: 0,
      last: ((BigInt(SAMPLE_SIZE) << 64n) / BigInt(size)).toString(16).padStart(16, '0') + '0'.repeat(16),
      complete: false,
    });
    for (const [size, parts, workers] of [
      [10_000, 5, 5],
      [45_000, 5, 5],
      [95_000, 10, 10],
      [150_000, 16, 8],
    ] as const) {
      expect(planAudience(roomOf(size), settings)).toMatchObject({ tier: 'inline', parts, workers });
    }
    expect(planAudience(roomOf(1_000_000), settings)).toMatchObject({ tier: 'broadcast', workers: 5 });
  });

  it.each([
    [1, 1, 1],
    [9, 9, 9],
    [11, 12, 6],
    [21, 21, 7],
    [40, 40, 10],
    [41, 45, 5],
    [500, 500, 5],
  ])(
    'that needs %d parts has %d for %d workers, because none may be left to work alone at the end',
    (needed, parts, workers) => {
      const settings = { ...SETTINGS, segmentSize: 199 / needed, inlineParts: 40 };
      expect(planAudience(sampleOf('room', 199), settings)).toMatchObject({ parts, workers });
    },
  );

  it('broadcasts a room of few parts that takes long, because pruning has to end within the lease too', () => {
    const settings = { ...SETTINGS, postsPerSecond: 5 };
    expect(planAudience(sampleOf('room', 112), settings)).toMatchObject({ tier: 'inline', parts: 1 });
    expect(planAudience(sampleOf('room', 113), settings)).toMatchObject({ tier: 'broadcast', parts: 1 });
  });

  it('leases a broadcast twice its planned time more, because throttled workers need longer', () => {
    const plan = planAudience(sampleOf('room', 255), { segmentSize: 10, inlineParts: 5, postsPerSecond: 10 });
    expect(plan).toMatchObject({ tier: 'broadcast', lease: INLINE_LEASE + 2 * 25_500 });
  });
});
