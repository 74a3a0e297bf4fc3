import { attemptSummaries, fateOf, type Posted } from '../../handlers/chat/fan-out/explanation';
import { rangeOfPart } from '../../handlers/chat/fan-out/audience-plan';
import { newId, slotOf } from '../../handlers/chat/ids';
import type { PartRecord } from '../../handlers/chat/fan-out/ledger';
import { aPlan, aRoomId } from '../support/memory/examples';

const roomId = aRoomId();
const message: Posted = { roomId, senderId: 'u_sender', origin: 'origin=', echo: false, acceptedAt: 1000 };

/** Somebody in the given part of two, with one connection. */
function somebodyIn(part: number) {
  const { from, to } = rangeOfPart(part, 2);
  for (;;) {
    const userId = newId('u');
    const slot = slotOf(roomId, userId, 'c=');
    if (slot >= from && slot < to) return { userId, slot, short: slot.slice(0, 20) };
  }
}

function record(over: Partial<PartRecord>): PartRecord {
  return { part: 0, attempt: 1, posted: [], gone: [], failed: [], finished: true, ...over };
}

const failed = (slot: string, reason = 'status_500') => ({ slot, reason });
const plan = aPlan({ parts: 2, size: 10 });

describe('the attempts of a message', () => {
  it('are counted by outcome, failures by reason', () => {
    const [a, b, c, d] = [0, 0, 0, 0].map((part) => somebodyIn(part).slot);
    const records = [
      record({ posted: [a!.slice(0, 20)], failed: [failed(b!), failed(c!, 'status_429')], gone: [d!] }),
      record({ part: 1, posted: ['1'.repeat(20)] }),
      record({ attempt: 2, posted: [b!.slice(0, 20)], failed: [failed(c!, 'status_429')] }),
    ];
    const nothing = { unknown: 0, unfinished: [], notBegun: [] };
    expect(attemptSummaries(plan, records, 2)).toEqual([
      {
        ...nothing,
        ...{ attempt: 1, due: [0, 1], posted: 2, gone: 1, failed: { status_500: 1, status_429: 1 } },
      },
      { ...nothing, attempt: 2, due: [0], posted: 1, gone: 0, failed: { status_429: 1 } },
    ]);
  });

  it('count a slot once that a repeated write recorded twice', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    const short = a!.slice(0, 20);
    const records = [record({ posted: [short, short], failed: [failed(b!), failed(b!)], gone: [c!, c!] })];
    expect(attemptSummaries(aPlan(), records, 1)).toMatchObject([
      { posted: 1, gone: 1, failed: { status_500: 1 } },
    ]);
  });

  it('count nobody as failed whom a second run of the same worker reached or found gone', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    const records = [
      record({ posted: [a!.slice(0, 20)], gone: [b!], failed: [a!, b!, c!].map((one) => failed(one)) }),
    ];
    expect(attemptSummaries(aPlan(), records, 1)).toMatchObject([
      { posted: 1, gone: 1, failed: { status_500: 1 } },
    ]);
  });

  it('name the parts whose worker died and those that nobody began, with the number of unknown connections', () => {
    const records = [record({ posted: ['0'.repeat(20), '1'.repeat(20)], finished: false })];
    expect(attemptSummaries(plan, records, 1)).toMatchObject([
      { posted: 2, unknown: 3, unfinished: [0], notBegun: [1] },
    ]);
  });

  it('know exactly how many are unknown where the attempt was to serve a list', () => {
    const slots = [0, 0, 0].map((part) => somebodyIn(part).slot);
    const records = [
      record({ failed: slots.map((slot) => failed(slot)) }),
      record({ attempt: 2, posted: [slots[0]!.slice(0, 20)], finished: false }),
    ];
    expect(attemptSummaries(aPlan(), records, 2)[1]).toMatchObject({ posted: 1, unknown: 2 });
  });

  it('are told also where the ledger knows nothing of them, because a claim can be all that an attempt did', () => {
    expect(attemptSummaries(plan, [], 2)).toMatchObject([
      { attempt: 1, posted: 0, notBegun: [0, 1] },
      { attempt: 2, posted: 0, notBegun: [0, 1] },
    ]);
    expect(attemptSummaries(aPlan({ parts: 0, size: 0 }), [], 1)).toMatchObject([{ due: [], notBegun: [] }]);
  });
});

describe('what became of a person’s connection', () => {
  const { userId, slot, short } = somebodyIn(0);
  const gone = { userId, open: [] };
  const fate = (records: PartRecord[], person: Parameters<typeof fateOf>[0] = gone) =>
    fateOf(person, message, plan, records);

  it.each([
    ['posted', [record({ posted: [short] })], 'posted'],
    ['gone', [record({ gone: [slot] })], 'gone'],
    ['failed', [record({ failed: [failed(slot)] })], 'failed'],
    [
      'posted after a failure',
      [record({ failed: [failed(slot)] }), record({ attempt: 2, posted: [short] })],
      'posted',
    ],
    [
      'gone after a failure',
      [record({ failed: [failed(slot)] }), record({ attempt: 2, gone: [slot] })],
      'gone',
    ],
    [
      'unknown after a failure',
      [record({ failed: [failed(slot)] }), record({ attempt: 2, finished: false })],
      'unknown',
    ],
  ])('is %s, by the id alone, although they are long gone', (_, records, verdict) => {
    const { parts, connections } = fate(records);
    expect(parts).toEqual([0, 1]);
    expect(connections).toMatchObject([{ slot: short, verdict }]);
    expect(connections[0]!.history).toHaveLength(records.length);
  });

  it('has each attempt’s outcome and reason in its history', () => {
    const records = [
      record({ finished: false }),
      record({ attempt: 2, failed: [failed(slot, 'not_open')] }),
      record({ attempt: 3, posted: [short] }),
    ];
    expect(fate(records).connections[0]!.history).toEqual([
      { attempt: 1, outcome: 'unknown' },
      { attempt: 2, outcome: 'failed', reason: 'not_open' },
      { attempt: 3, outcome: 'posted' },
    ]);
  });

  const other = record({ part: 1 });
  const died = [{ part: 0, attempts: [1] }];
  it.each([
    ['absent, when their parts were served without them', [record({}), other], 'absent', []],
    [
      'unknown, when the worker of one of their parts died',
      [record({ finished: false }), other],
      'unknown',
      died,
    ],
    [
      'unknown still, when a later attempt did not find them',
      [record({ finished: false }), record({ attempt: 2 }), other],
      'unknown',
      died,
    ],
    ['unattempted, when nobody has begun with one of their parts', [other], 'unattempted', []],
  ])('that nothing names is %s', (_, records, others, diedIn) => {
    expect(fate(records)).toEqual({ parts: [0, 1], connections: [], others, diedIn });
  });

  it('is judged by its own part alone, because another worker’s death says nothing of it', () => {
    const open = [{ connectionId: 'c=', openedAt: 900 }];
    const verdictOf = (records: PartRecord[]) => fate(records, { userId, open }).connections[0]!.verdict;
    expect(verdictOf([record({}), record({ part: 1, finished: false })])).toBe('absent');
    expect(verdictOf([record({ finished: false }), other])).toBe('unknown');
    expect(verdictOf([other])).toBe('unattempted');
  });

  it('is named where it is open, and told from one that was opened after the message', () => {
    const open = [
      { connectionId: 'c=', openedAt: 900 },
      { connectionId: 'late=', openedAt: 1001 },
      { connectionId: 'other-room=', openedAt: 900 },
    ];
    expect(fate([record({ posted: [short] }), other], { userId, open }).connections).toMatchObject([
      { connectionId: 'c=', verdict: 'posted' },
      { connectionId: 'late=', verdict: 'later' },
      { connectionId: 'other-room=', verdict: 'absent' },
    ]);
  });

  it('that was opened after the message and reached by a later attempt has it', () => {
    const open = [{ connectionId: 'c=', openedAt: 1001 }];
    const records = [record({ finished: false }), record({ attempt: 2, posted: [short] })];
    expect(fate(records, { userId, open }).connections).toMatchObject([{ verdict: 'posted' }]);
  });

  it('is the sender’s where the message came from it, unless an echo was asked for', () => {
    const sent = { ...message, senderId: userId, origin: 'c=' };
    expect(fateOf(gone, sent, plan, [record({})]).connections).toEqual([
      { connectionId: 'c=', slot: short, verdict: 'sender', history: [] },
    ]);
    const echoed = { ...sent, echo: true };
    expect(fateOf(gone, echoed, plan, [record({ posted: [short] })]).connections).toMatchObject([
      { verdict: 'posted' },
    ]);
  });

  it('is nothing in a room that was empty', () => {
    expect(fateOf(gone, message, aPlan({ parts: 0, size: 0 }), [])).toMatchObject({
      connections: [],
      others: 'absent',
    });
  });
});
