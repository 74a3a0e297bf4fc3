import type { JsonObject } from '../../local/json/json';
import { ServiceError } from '../../local/service';
import {
  conditionFailed,
  crashed,
  definitionOf,
  POSTED,
  runWorkflow,
  taken,
  transitionsOf,
  WELL,
  type Steps,
} from './workflow-bench';

const INPUT = { messageId: 'r_room.7', attempt: 2, alertOwed: false };
const SUM = {
  messageId: 'r_room.7',
  roomId: 'r_room',
  seq: 7,
  plan: { parts: 3, postsPerSecond: 3500, workers: 2 },
};
const run = (steps: Steps = {}, input: JsonObject = INPUT) =>
  runWorkflow(
    'broadcast',
    {
      ...WELL,
      SumUp: [
        { ...SUM, parts: [0, 1, 2] },
        { ...SUM, parts: [] },
      ],
      ...steps,
    },
    input,
  );

beforeAll(() => jest.spyOn(Math, 'random').mockReturnValue(0));
afterAll(() => jest.restoreAllMocks());

describe('broadcast', () => {
  test('serves each missing part in a child of its own, sums up, raises the head and closes', async () => {
    const result = await run({ PostToPart: (payload) => ({ ...POSTED, ...payload }) });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { messageId: 'r_room.7' } });
    const posted = result
      .invoked('PostToPart')
      .map(({ part, attempt, cursor }) => ({ part, attempt, cursor }));
    expect(posted.sort((a, b) => Number(a.part) - Number(b.part))).toEqual(
      [0, 1, 2].map((part) => ({ part, attempt: 2, cursor: null })),
    );
    expect(result.calls('dynamodb:UpdateItem')).toBe(2);
  });

  test('with one part missing serves that one, because a list of one is still a list', async () => {
    const result = await run({
      SumUp: [
        { ...SUM, parts: [5] },
        { ...SUM, parts: [] },
      ],
    });
    expect(result.invoked('PostToPart').map(({ part }) => part)).toEqual([5]);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('with nothing missing closes at once', async () => {
    const result = await run({ SumUp: { ...SUM, parts: [] } });
    expect(result.calls('PostToPart')).toBe(0);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('goes on after a cursor and prunes in the child', async () => {
    const result = await run({
      PostToPart: ({ cursor }) => ({ ...POSTED, gone: 1, cursor: cursor === null ? 'abc' : null }),
      PrunePart: [{ pruned: 1 }, crashed()],
    });
    expect(result.calls('PostToPart')).toBe(6);
    expect(result.entered).toContain('They are pruned next time');
    expect(result.status).toBe('SUCCEEDED');
  });

  test('a child that fails stops no other, and the ledger decides that the entry stays open', async () => {
    const result = await run({
      PostToPart: ({ part }) => {
        if (part === 1) throw crashed();
        return POSTED;
      },
      SumUp: [
        { ...SUM, parts: [0, 1, 2] },
        { ...SUM, parts: [1] },
      ],
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'FanOutIncomplete' });
    expect(
      result
        .invoked('PostToPart')
        .map(({ part }) => part)
        .sort(),
    ).toEqual([0, 1, 1, 2]);
    const [record] = result.updates();
    expect(record!.ExpressionAttributeValues[':failure']).toEqual({ S: 'recipients_missed' });
    expect(record!.ExpressionAttributeValues[':attempt']).toEqual({ N: '2' });
  });

  test('does not close what everybody has while the agents are owed an alert', async () => {
    const result = await run({}, { ...INPUT, alertOwed: true });
    expect(result).toMatchObject({ status: 'FAILED', error: 'FanOutIncomplete' });
    expect(result.calls('PostToPart')).toBe(3);
    const [record, ...more] = result.updates();
    expect(record!.ExpressionAttributeValues[':failure']).toEqual({ S: 'agents_not_alerted' });
    expect(more).toEqual([]);
  });

  test('takes an input that says nothing of the agents for one that owes them nothing', async () => {
    const result = await run({}, { messageId: 'r_room.7', attempt: 2 });
    expect(result.entered).toContain('Delivered');
  });

  test('children that answer nonsense fail by themselves and are tolerated', async () => {
    const result = await run({ PostToPart: { cursor: null } });
    expect(result.entered).toContain('Sum up from the ledger');
    expect(result.status).toBe('SUCCEEDED');
  });

  test('a first sum that fails fails the execution, and the lease is the net', async () => {
    const result = await run({ SumUp: crashed() });
    expect(result.status).toBe('FAILED');
    expect(result.sent('dynamodb:UpdateItem')).toEqual([]);
  });

  test('a Map that cannot begin and a last sum that fails are recorded', async () => {
    const map = await run({ SumUp: { ...SUM, plan: { workers: 'many' }, parts: [0] } });
    expect(map.entered.slice(-2)).toEqual(['Record the failure', 'Left open for the next attempt']);
    const sum = await run({ SumUp: [{ ...SUM, parts: [0] }, crashed()] });
    expect(sum.entered).toEqual(expect.arrayContaining(['Sum up from the ledger', 'Record the failure']));
  });

  test('closing knows a higher head, a closed entry and a table that is down', async () => {
    const head = await run({ 'dynamodb:UpdateItem': [conditionFailed(), {}] });
    expect(head.entered).toContain('Delivered');
    const closed = await run({ 'dynamodb:UpdateItem': [{}, conditionFailed()] });
    expect(closed.entered).toContain('It is not ours to close');
    const down = () => new ServiceError('InternalServerError', 'down', 500);
    const raise = await run({ 'dynamodb:UpdateItem': [...Array.from({ length: 5 }, down), {}] });
    expect(raise.entered).toContain('Record the failure');
    const close = await run({
      'dynamodb:UpdateItem': [{}, ...Array.from({ length: 5 }, down), conditionFailed()],
    });
    expect(close.entered).toContain('Record the failure');
    expect(close.error).toBe('FanOutIncomplete');
  });

  test('and by now every transition of the definition was taken', () => {
    const seen = taken.get('broadcast')!;
    expect(transitionsOf(definitionOf('broadcast')).filter((one) => !seen.has(one))).toEqual([]);
  });

  test('its states that serve one part are those of fan-out, to the letter', () => {
    expect(partStates('broadcast')).toEqual(partStates('fan-out'));
  });
});

/** The states inside the Map, without their comments. */
function partStates(workflow: 'fan-out' | 'broadcast'): unknown {
  const text = JSON.stringify(definitionOf(workflow), (key, value: unknown) =>
    key === 'Comment' ? undefined : value,
  );
  const { States: states } = JSON.parse(text) as { States: Record<string, Mapped> };
  if (workflow === 'broadcast') return states['Post to every missing part']?.ItemProcessor.States;
  return states['Serve the message']?.Branches[0]?.States['Post to every part']?.ItemProcessor.States;
}

interface Mapped {
  readonly ItemProcessor: { readonly States: unknown };
  readonly Branches: readonly { readonly States: Record<string, Mapped> }[];
}
