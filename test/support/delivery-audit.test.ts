import { audienceRows } from '../../handlers/chat/connections';
import type { PartRecord } from '../../handlers/chat/fan-out/ledger';
import { auditLedger, auditPushes, auditRows } from './delivery-audit';
import { aConnection } from './memory/examples';

describe('the audit of pushes', () => {
  const texts = ['one', 'two'];
  const one = { messageId: 'r.1', text: 'one' };
  const two = { messageId: 'r.2', text: 'two' };
  const nothing = { missing: 0, repeated: 0, twice: 0, foreign: 0 };

  test('finds nothing where each member got each message once, in whatever order', () => {
    expect(auditPushes([[one, two], [two, one]], texts)).toEqual(nothing); // prettier-ignore
  });

  test('finds a push that one member did not get, also where another got it twice', () => {
    expect(auditPushes([[one, two, two], [one]], texts)).toEqual({ ...nothing, missing: 1, repeated: 1 });
  });

  test('counts a push that came twice apart, because a client takes it out', () => {
    expect(auditPushes([[one, one, two]], texts)).toEqual({ ...nothing, repeated: 1 });
  });

  test('finds a message that was kept under two numbers, which no dedupe takes out', () => {
    const again = { messageId: 'r.3', text: 'one' };
    expect(auditPushes([[one, two, again]], texts)).toEqual({ ...nothing, twice: 1 });
  });

  test('finds a push that nobody sent', () => {
    expect(auditPushes([[one, two, { messageId: 'x.1', text: 'else' }]], texts)).toEqual({
      ...nothing,
      foreign: 1,
    });
  });
});

describe('the audit of a ledger', () => {
  const slot = (digit: string) => digit.repeat(32);
  /** As the ledger keeps it of those who were posted to. */
  const short = (digit: string) => digit.repeat(20);
  const [well, dead, late] = [slot('1'), slot('2'), slot('3')];
  const audience = [well, dead, late];
  const living = [well, late];
  const record = (attempt: number, outcomes: Partial<PartRecord>): PartRecord => ({
    ...{ part: 0, attempt, finished: true, posted: [], gone: [], failed: [] },
    ...outcomes,
  });
  const first = record(1, {
    posted: [short('1')],
    gone: [dead],
    failed: [{ slot: late, reason: 'status_500' }],
  });
  const second = record(2, { posted: [short('3')] });
  const nothing = { unaccounted: 0, strangers: 0, unreached: 0, declaredGone: 0 };

  test('finds nothing where every slot has an outcome and every living one was posted to in some attempt', () => {
    expect(auditLedger({ audience, living, records: [first, second] })).toEqual(nothing);
  });

  test('finds a slot that no attempt names', () => {
    const records = [{ ...first, gone: [] }, second];
    expect(auditLedger({ audience, living, records })).toEqual({ ...nothing, unaccounted: 1 });
  });

  test('finds that all slots are unaccounted for without any record', () => {
    const found = auditLedger({ audience, living, records: [] });
    expect(found).toEqual({ ...nothing, unaccounted: 3, unreached: 2 });
  });

  test('finds a living one whose post failed and was never made good', () => {
    expect(auditLedger({ audience, living, records: [first] })).toEqual({ ...nothing, unreached: 1 });
  });

  test('finds a living one that was declared gone, although it was posted to as well', () => {
    const records = [first, { ...second, gone: [well] }];
    expect(auditLedger({ audience, living, records })).toEqual({ ...nothing, declaredGone: 1 });
  });

  test('finds an outcome of somebody who was not there', () => {
    const records = [first, record(2, { posted: [short('3'), short('4')] })];
    expect(auditLedger({ audience, living, records })).toEqual({ ...nothing, strangers: 1 });
  });
});

describe('the audit of rows', () => {
  const [alive, other, dead] = [1, 2, 3].map(() => aConnection(0, { rooms: ['lobby'] }));
  const living = [alive!, other!];
  const rowsOf = (connections: typeof living) => ({
    connections,
    audience: connections.flatMap(audienceRows),
  });

  test('finds nothing where the rows are those of the living', () => {
    expect(auditRows(living, rowsOf(living))).toEqual({ unpruned: 0, removed: 0 });
  });

  test('finds all three rows of a connection that was not pruned, and each alone', () => {
    const complete = rowsOf([...living, dead!]);
    expect(auditRows(living, complete)).toEqual({ unpruned: 3, removed: 0 });
    const left = { ...rowsOf(living), audience: complete.audience };
    expect(auditRows(living, left)).toEqual({ unpruned: 2, removed: 0 });
  });

  test('finds a row of a living connection that was removed', () => {
    const { connections, audience } = rowsOf(living);
    expect(auditRows(living, { connections, audience: audience.slice(1) })).toEqual({
      unpruned: 0,
      removed: 1,
    });
    expect(auditRows(living, { connections: connections.slice(1), audience })).toEqual({
      unpruned: 0,
      removed: 1,
    });
  });
});
