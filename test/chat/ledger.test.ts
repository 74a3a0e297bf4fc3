import fc from 'fast-check';
import { missedOfPart, missedParts, postedSlots, type PartRecord } from '../../handlers/chat/fan-out/ledger';
import { aPlan } from '../support/memory/examples';

const slot = (letter: string) => letter.repeat(32);
const [A, B, C] = [slot('a'), slot('b'), slot('c')] as const;

function record(attempt: number, fields: Partial<PartRecord> = {}): PartRecord {
  return { part: 0, attempt, posted: [], gone: [], failed: [], finished: true, ...fields };
}
const failed = (...slots: string[]) => slots.map((one) => ({ slot: one, reason: 'status_500' }));

describe('who of a part was missed', () => {
  it.each<[string, PartRecord[], 'everybody' | string[]]>([
    ['everybody, when no attempt has begun', [], 'everybody'],
    [
      'everybody, when the worker died: unknown counts as missed',
      [record(1, { finished: false })],
      'everybody',
    ],
    ['nobody, when all were posted', [record(1, { posted: [A, B] })], []],
    ['nobody, when the rest is gone', [record(1, { posted: [A], gone: [B] })], []],
    ['nobody, when there was nobody', [record(1)], []],
    ['who failed', [record(1, { posted: [A], failed: failed(B, C) })], [B, C]],
    [
      'nobody, when a redrive made it good',
      [record(1, { failed: failed(A) }), record(2, { posted: [A] })],
      [],
    ],
    [
      'who failed again',
      [record(1, { failed: failed(A, B) }), record(2, { posted: [A], failed: failed(B) })],
      [B],
    ],
    [
      'who failed, when the redrive died',
      [record(1, { failed: failed(A, B) }), record(2, { finished: false })],
      [A, B],
    ],
    [
      'everybody still, when two workers died',
      [record(1, { finished: false }), record(2, { finished: false })],
      'everybody',
    ],
    [
      'what a later attempt left, when the first died',
      [record(1, { finished: false, posted: [A] }), record(2, { failed: failed(B) })],
      [B],
    ],
    [
      'nobody who is known as posted, when attempts overlapped',
      [record(1, { posted: [A] }), record(2, { failed: failed(A, B) })],
      [B],
    ],
    [
      'the same, in whatever order records are read',
      [record(3, { posted: [B] }), record(1, { failed: failed(A, B) }), record(2, { failed: failed(B) })],
      [],
    ],
    [
      'who failed for good, once, when the attempt was tried again',
      [record(1, { posted: [A], gone: [B], failed: failed(A, B, C, C) })],
      [C],
    ],
  ])('is %s', (_, records, missed) => {
    expect(missedOfPart(records)).toEqual(missed);
  });

  it('is by 20 digits of the posted slots, because the ledger keeps no more of them', () => {
    const records = [
      record(1, { failed: failed(A) }),
      record(2, { posted: [A.slice(0, 20)], failed: failed(A) }),
    ];
    expect(missedOfPart(records)).toEqual([]);
    expect(postedSlots(records).has(A)).toBe(true);
    expect(postedSlots(records).has(B)).toBe(false);
  });

  it('is never anybody who was posted and always everybody who was not and stayed, whatever workers do', () => {
    const people = [A, B, C, slot('d'), slot('e')];
    const fates = fc.array(
      fc.record({
        outcomes: fc.tuple(...people.map(() => fc.constantFrom('posted', 'failed', 'gone'))),
        dies: fc.constantFrom('no', 'before', 'after'),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(fates, (attempts) => {
        const records: PartRecord[] = [];
        const settled = new Set<string>();
        attempts.forEach(({ outcomes, dies }, index) => {
          const missed = missedOfPart(records);
          const served = (missed === 'everybody' ? people : missed).filter(
            (one) => !postedSlots(records).has(one),
          );
          const of = (outcome: string) => served.filter((one) => outcomes[people.indexOf(one)] === outcome);
          // It dies with its outcomes unwritten, or with a first stretch written and the part not finished.
          const written =
            dies === 'before' ? { posted: [], gone: [] } : { posted: of('posted'), gone: of('gone') };
          if (dies !== 'before') for (const one of of('posted')) settled.add(one);
          if (dies === 'no') for (const one of of('gone')) settled.add(one);
          records.push(
            record(index + 1, {
              ...written,
              failed: dies === 'before' ? [] : failed(...of('failed')),
              finished: dies === 'no',
            }),
          );
        });
        const missed = missedOfPart(records);
        const still =
          missed === 'everybody' ? people.filter((one) => !postedSlots(records).has(one)) : missed;
        const known = new Set(records.flatMap(({ posted }) => posted));
        expect(still.filter((one) => known.has(one))).toEqual([]);
        expect(people.filter((one) => !settled.has(one) && !still.includes(one))).toEqual([]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('the parts that were missed', () => {
  it('are those with somebody missed and those without a record, ascending', () => {
    const records = [
      record(1, { part: 3, finished: false }),
      record(1, { part: 0, posted: [A] }),
      record(1, { part: 1, failed: failed(B) }),
      record(2, { part: 1, posted: [B] }),
      record(1, { part: 4, failed: failed(C) }),
    ];
    expect(missedParts(aPlan({ parts: 5 }), records)).toEqual([2, 3, 4]);
    expect(missedParts(aPlan({ parts: 0 }), [])).toEqual([]);
  });
});
