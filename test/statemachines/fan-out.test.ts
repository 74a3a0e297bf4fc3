import { MEMBER_LEFT, MEMBER_TYPING, NOTICES, RECEIPTS_GIVEN } from '../../handlers/chat/events';
import { ServiceError } from '../../local/service';
import {
  CLAIMED,
  conditionFailed,
  crashed,
  definitionOf,
  EVENT,
  POSTED,
  runWorkflow,
  taken,
  transitionsOf,
  WELL,
  type Steps,
} from './workflow-bench';

const MISSED = 'recipients_missed';

const run = (steps: Steps = {}, input = EVENT) => runWorkflow('fan-out', { ...WELL, ...steps }, input);

// Full jitter draws the wait before a retry from zero up; zero is what makes these tests quick.
const unavailable = () => new ServiceError('InternalServerError', 'down', 500);

beforeAll(() => jest.spyOn(Math, 'random').mockReturnValue(0));
afterAll(() => jest.restoreAllMocks());

describe('fan-out', () => {
  test('keeps, alerts, posts, raises the head and closes, in a run that an operator can read', async () => {
    const result = await run();
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { messageId: 'r_room.7' } });
    expect(result.invoked('PostToPart')).toEqual([
      { messageId: 'r_room.7', attempt: 1, part: 0, plan: CLAIMED.plan, cursor: null },
    ]);
    const [raise, close] = result.updates();
    expect(raise).toMatchObject({
      TableName: 'RoomsTable',
      ExpressionAttributeValues: { ':seq': { N: '7' } },
    });
    expect(close).toMatchObject({
      TableName: 'OutboxTable',
      Key: { roomId: { S: 'r_room' }, seq: { N: '7' } },
      ConditionExpression: 'attribute_exists(archivedAt) AND #state = :open',
    });
    const values = close!.ExpressionAttributeValues;
    expect(Number(values[':expiresAt']!.N)).toBe(Math.floor(Number(values[':now']!.N) / 1000) + 86_400);
  });

  test('names the claimant by execution and state entry, the same for a retry of the claim', async () => {
    const result = await run({ ClaimAndPlan: [crashed(), CLAIMED] });
    const claimants = result.invoked('ClaimAndPlan').map(({ claimant }) => claimant);
    expect(claimants).toHaveLength(2);
    expect(claimants[0]).toBe(claimants[1]);
    expect(claimants[0]).toMatch(/^[0-9a-f-]{36}\/\d{4}-\d\d-\d\dT.*Z$/);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('ends quietly where someone else has the claim', async () => {
    const result = await run({ ClaimAndPlan: { outcome: 'taken' } });
    expect(result.entered).toEqual([
      'Is it a message?',
      'Claim and plan',
      'Is it ours?',
      'Someone else has it',
    ]);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('leaves the entry alone when the claim itself fails, because the sweep emits its event again', async () => {
    const result = await run({ ClaimAndPlan: crashed() });
    expect(result).toMatchObject({ status: 'FAILED', error: 'FanOutIncomplete' });
    expect(result.calls('ClaimAndPlan')).toBe(2);
    expect(result.sent('dynamodb:UpdateItem')).toEqual([]);
  });

  test('keeps an invalid event for an operator, naming where to look and nothing of what it said', async () => {
    const invalid = { outcome: 'invalid', messageId: null };
    const input = { ...(EVENT as object), detail: { text: 'secret' } };
    const result = await run({ ClaimAndPlan: invalid, 'sqs:SendMessage': [unavailable(), {}] }, input);
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidEvent' });
    const [, sent] = result.sent('sqs:SendMessage');
    expect(JSON.parse(sent!['MessageBody'] as string)).toEqual({
      reason: 'invalid',
      messageId: null,
      execution: expect.stringContaining('fan-out'),
    });
  });

  test('does not keep or alert again what an earlier attempt did', async () => {
    const result = await run({ ClaimAndPlan: { ...CLAIMED, attempt: 2, archive: false, alert: false } });
    expect(result.calls('Archive') + result.calls('AlertAgents')).toBe(0);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('closes at once where nobody else is in the room', async () => {
    const result = await run({ ClaimAndPlan: { ...CLAIMED, parts: [] } });
    expect(result.calls('PostToPart')).toBe(0);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('posts to every part, goes on after a cursor, and prunes only where somebody is gone', async () => {
    const result = await run({
      ClaimAndPlan: { ...CLAIMED, parts: [0, 1] },
      PostToPart: ({ part, cursor }) => {
        if (part === 1) return { ...POSTED, part: 1, gone: 2 };
        return cursor === null ? { ...POSTED, cursor: 'abc', posted: 1 } : POSTED;
      },
    });
    const cursors = result.invoked('PostToPart').map(({ part, cursor }) => `${part}:${cursor}`);
    expect(cursors.sort()).toEqual(['0:abc', '0:null', '1:null']);
    expect(result.invoked('PrunePart')).toEqual([{ messageId: 'r_room.7', attempt: 1, part: 1 }]);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('a prune that fails does not keep the message open, because everybody who is there has it', async () => {
    const result = await run({ PostToPart: { ...POSTED, gone: 1 }, PrunePart: crashed() });
    expect(result.entered).toContain('They are pruned next time');
    expect(result.status).toBe('SUCCEEDED');
  });

  test.each<[string, Steps, string, string]>([
    ['a part that fails', { PostToPart: crashed() }, 'The part failed', MISSED],
    ['a part with a missed recipient', { PostToPart: { ...POSTED, failed: 1 } }, 'The part is done', MISSED],
    ['an archive that fails', { Archive: crashed() }, 'It could not be kept', 'not_archived'],
    [
      'an alert that fails',
      { AlertAgents: crashed() },
      'The agents could not be alerted',
      'agents_not_alerted',
    ],
    [
      'a worker that answers nonsense',
      { PostToPart: { cursor: null } },
      'The parts could not be posted',
      MISSED,
    ],
  ])('%s stops nobody else, is recorded and leaves the entry open', async (_, steps, state, failure) => {
    const result = await run({ ClaimAndPlan: { ...CLAIMED, attempt: 3 }, ...steps });
    expect(result).toMatchObject({ status: 'FAILED', error: 'FanOutIncomplete' });
    expect(result.entered).toEqual(expect.arrayContaining([state, 'Record the failure']));
    for (const branch of ['Keep it in ChatHistory', 'Alert the agents', 'Post to part']) {
      expect(result.entered).toContain(branch);
    }
    const [record, ...more] = result.updates();
    expect(more).toEqual([]);
    expect(record!.ExpressionAttributeValues[':failure']).toEqual({ S: failure });
    // The third attempt: 1, 2, then 4 minutes.
    const wait = Number(record!.ExpressionAttributeValues[':dueAt']!.N) - Date.now();
    expect(wait).toBeGreaterThan(4 * 60_000 - 60_000);
    expect(wait).toBeLessThanOrEqual(4 * 60_000);
  });

  test('the wait before the next attempt stops growing at 15 minutes', async () => {
    const result = await run({ ClaimAndPlan: { ...CLAIMED, attempt: 40 }, PostToPart: crashed() });
    const [record] = result.updates();
    const wait = Number(record!.ExpressionAttributeValues[':dueAt']!.N) - Date.now();
    expect(wait).toBeGreaterThan(15 * 60_000 - 60_000);
    expect(wait).toBeLessThanOrEqual(15 * 60_000);
  });

  test('what no branch can catch is caught by the Parallel', async () => {
    const result = await run({ ClaimAndPlan: { ...CLAIMED, archive: 'perhaps' } });
    expect(result.entered).toContain('Record the failure');
    const [record] = result.updates();
    expect(record!.ExpressionAttributeValues[':failure']).toEqual({ S: 'States.QueryEvaluationError' });
  });

  test('throttled functions are tried six times in all', async () => {
    const throttled = new ServiceError('TooManyRequestsException', 'Rate exceeded', 429);
    const result = await run({ Archive: [...Array<Error>(5).fill(throttled), { archived: true }] });
    expect(result.calls('Archive')).toBe(6);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('a head that is higher already is no failure', async () => {
    const result = await run({ 'dynamodb:UpdateItem': [conditionFailed(), {}] });
    expect(result.entered.slice(-3)).toEqual([
      "Raise the room's head",
      'Close the outbox entry',
      'Delivered',
    ]);
    expect(result.calls('dynamodb:UpdateItem')).toBe(2);
  });

  test('an entry that is closed already is no failure either', async () => {
    const result = await run({ 'dynamodb:UpdateItem': [{}, conditionFailed()] });
    expect(result.entered.at(-1)).toBe('It is not ours to close');
    expect(result.status).toBe('SUCCEEDED');
  });

  test('raising the head and closing are tried five times, and then recorded', async () => {
    const raise = await run({ 'dynamodb:UpdateItem': [...Array.from({ length: 5 }, unavailable), {}] });
    expect(raise.entered.slice(-3)).toEqual([
      "Raise the room's head",
      'Record the failure',
      'Left open for the next attempt',
    ]);
    const close = await run({ 'dynamodb:UpdateItem': [{}, ...Array.from({ length: 5 }, unavailable), {}] });
    expect(close.entered.slice(-2)).toEqual(['Record the failure', 'Left open for the next attempt']);
    const [, , , , , , record] = close.updates();
    expect(record!.ExpressionAttributeValues[':failure']!.S).toMatch(/^DynamoDB\.InternalServerError/);
  });

  test('a failure that cannot even be recorded ends the same way, because the lease is the net', async () => {
    const result = await run({ PostToPart: crashed(), 'dynamodb:UpdateItem': conditionFailed() });
    expect(result.entered.slice(-2)).toEqual(['Record the failure', 'Left open for the next attempt']);
    expect(result.calls('dynamodb:UpdateItem')).toBe(1);
  });

  describe('in the broadcast tier', () => {
    const broadcast = { ClaimAndPlan: { ...CLAIMED, tier: 'broadcast', parts: [], attempt: 2 } };

    test('starts broadcast by a name of message and attempt, and leaves the closing to it', async () => {
      const result = await run(broadcast);
      expect(result.broadcasts).toEqual(['r_room.7-2']);
      expect(result.broadcastInputs).toEqual([{ messageId: 'r_room.7', attempt: 2, alertOwed: false }]);
      expect(result.entered.slice(-2)).toEqual(['Start broadcast', 'Broadcast has it']);
      expect(result.sent('dynamodb:UpdateItem')).toEqual([]);
    });

    test('an alert that fails does not keep a large room waiting, and broadcast knows that it is owed', async () => {
      const result = await run({ ...broadcast, AlertAgents: crashed() });
      expect(result.broadcastInputs).toEqual([{ messageId: 'r_room.7', attempt: 2, alertOwed: true }]);
      expect(result.status).toBe('SUCCEEDED');
      expect(result.sent('dynamodb:UpdateItem')).toEqual([]);
    });

    test('takes a broadcast that exists already as success', async () => {
      // The same name with another input is what AWS refuses; the same input would simply be the same execution.
      const result = await run({ ...broadcast, broadcast: { name: 'r_room.7-2', input: { other: true } } });
      expect(result.entered.slice(-2)).toEqual(['Start broadcast', 'Broadcast has it']);
      expect(result.broadcasts).toEqual(['r_room.7-2']);
    });

    test('records a broadcast that cannot be started', async () => {
      const result = await run({ ClaimAndPlan: { ...broadcast.ClaimAndPlan, messageId: 'not a name' } });
      expect(result.entered.slice(-2)).toEqual(['Record the failure', 'Left open for the next attempt']);
    });

    test('does not start it when the message could not be kept', async () => {
      const result = await run({ ...broadcast, Archive: crashed() });
      expect(result.broadcasts).toEqual([]);
      expect(result.error).toBe('FanOutIncomplete');
    });
  });

  describe('with a notice', () => {
    const detail = { roomId: 'r_room', userId: 'u_george', connectionId: 'c=' };
    const notice = (type: string) => ({ source: 'parley', 'detail-type': type, detail });
    const announce = (type: string, steps: Steps = {}, speed = 1) =>
      runWorkflow('fan-out', { ...WELL, ...steps }, notice(type), speed);

    test.each(NOTICES.filter((type) => type !== MEMBER_LEFT && type !== RECEIPTS_GIVEN))(
      'announces %s at once, and touches no message',
      async (type) => {
        const result = await announce(type);
        expect(result.entered).toEqual(['Is it a message?', 'Announce it', 'Announced']);
        expect(result.invoked('Announce')).toEqual([{ type, detail }]);
        expect(result).toMatchObject({ status: 'SUCCEEDED', output: { posted: 2, gone: 0, failed: 0 } });
        expect(result.sent('dynamodb:UpdateItem')).toEqual([]);
      },
    );

    test.each([
      [MEMBER_LEFT, 'Perhaps they come back', 10],
      [RECEIPTS_GIVEN, 'Gather receipts', 1],
    ])('keeps %s for a while in "%s": %i seconds', async (type, state, seconds) => {
      const result = await announce(type, {}, 20);
      expect(result.entered).toEqual(['Is it a message?', state, 'Announce it', 'Announced']);
      expect(result.seconds).toBeGreaterThanOrEqual(seconds);
      expect(result.seconds).toBeLessThan(seconds + 9);
    });

    test('ends quietly when announcing crashes, and does not try again, because some may have heard it', async () => {
      const result = await announce(MEMBER_TYPING, { Announce: crashed() });
      expect(result.entered.slice(-2)).toEqual(['Announce it', 'Perhaps not everybody heard it']);
      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { failure: 'TypeError' } });
      expect(result.calls('Announce')).toBe(1);
      expect(result.sent('sqs:SendMessage')).toEqual([]);
    });

    test('tries again while functions are throttled, because then nobody was told', async () => {
      const throttled = new ServiceError('TooManyRequestsException', 'Rate exceeded', 429);
      const result = await announce(MEMBER_TYPING, { Announce: [throttled, throttled, { posted: 1 }] });
      expect(result.calls('Announce')).toBe(3);
      expect(result.entered.at(-1)).toBe('Announced');
    });

    test('takes what is no event of ours for a notice, which the function refuses without harm', async () => {
      const result = await runWorkflow('fan-out', { ...WELL, Announce: crashed() }, { hello: 'there' });
      expect(result.entered.at(-1)).toBe('Perhaps not everybody heard it');
      expect(result.calls('ClaimAndPlan') + result.calls('Announce')).toBe(0);
    });
  });

  test('and by now every transition of the definition was taken', () => {
    const seen = taken.get('fan-out')!;
    expect(transitionsOf(definitionOf('fan-out')).filter((one) => !seen.has(one))).toEqual([]);
  });
});
