import { dollarsOf, PRICES, type Unit } from '../../local/billing/prices';
import {
  expressGbSeconds,
  expressMemoryMb,
  lambdaGbSeconds,
  messageUnits,
  parallelSteps,
  requestUnits,
  stateTransitions,
} from '../../local/billing/units';

const KIB = 1024;
const MIB = 1024 * KIB;

test.each([
  ['an empty message is one', 0, 1],
  ['a small message is one', 1, 1],
  ['32 KB are one', 32 * KIB, 1],
  ['a byte more is two', 32 * KIB + 1, 2],
  ['the largest message, 128 KB, is four', 128 * KIB, 4],
])('API Gateway: %s', (_, bytes, units) => expect(messageUnits(bytes)).toBe(units));

test.each([
  ['a small event, publish or request is one', 100, 1],
  ['64 KB are one', 64 * KIB, 1],
  ['a byte more is two', 64 * KIB + 1, 2],
  ['256 KB are four', 256 * KIB, 4],
])('EventBridge, SNS and SQS: %s', (_, bytes, units) => expect(requestUnits(bytes)).toBe(units));

test.each([
  ['a second of 1 GB is a GB-second', 1000, 1024, 1],
  ['time is rounded up to the millisecond', 0.2, 1024, 0.001],
  ['120 ms of 1.5 GB', 120, 1536, 0.18],
  ['memory counts as configured', 1000, 128, 0.125],
])('Lambda: %s', (_, milliseconds, memory, gbSeconds) =>
  expect(lambdaGbSeconds(milliseconds, memory)).toBeCloseTo(gbSeconds, 12),
);

test.each([
  [
    'a small workflow has the least, one chunk',
    { definitionBytes: 20 * KIB, dataBytes: 100, parallelSteps: 0 },
    64,
  ],
  [
    "the pricing page's own example: 50 KB and 400 map steps of 32 KB are 62.85 MB",
    { definitionBytes: 50 * KIB, dataBytes: 32 * KIB, parallelSteps: 400 },
    64,
  ],
  [
    'more steps take a second chunk',
    { definitionBytes: 50 * KIB, dataBytes: 32 * KIB, parallelSteps: 500 },
    128,
  ],
  ['data counts once without any step', { definitionBytes: 0, dataBytes: 15 * MIB, parallelSteps: 0 }, 128],
])('Express memory: %s', (_, execution, memory) => expect(expressMemoryMb(execution)).toBe(memory));

test.each([
  ['30 s of 64 MB', 30_000, 64, 1.875],
  ['time is rounded up to 100 ms', 1, 64, 0.1 / 16],
  ['101 ms are 200 ms', 101, 64, 0.2 / 16],
])('Express duration: %s', (_, milliseconds, memory, gbSeconds) =>
  expect(expressGbSeconds(milliseconds, memory)).toBeCloseTo(gbSeconds, 12),
);

/** Events that follow one another, or name whom they follow. */
function history(...types: (string | readonly [string, number])[]) {
  return types.map((entry, index) => {
    const [type, previousEventId] = typeof entry === 'string' ? [entry, index] : entry;
    return { id: index + 1, previousEventId, type };
  });
}

describe('Standard state transitions', () => {
  test.each([
    [
      'each state entered is one',
      history(
        'ExecutionStarted',
        'PassStateEntered',
        'PassStateExited',
        'SucceedStateEntered',
        'SucceedStateExited',
        'ExecutionSucceeded',
      ),
      2,
    ],
    [
      'a task is one, whatever its steps',
      history('TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'),
      1,
    ],
    [
      'each retry of a task is one more',
      history(
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskFailed',
        'TaskScheduled',
        'TaskStarted',
        'TaskTimedOut',
        'TaskScheduled',
        'TaskStarted',
        'TaskSucceeded',
      ),
      3,
    ],
    [
      'states in the iterations of an inline Map count, the iterations do not',
      history(
        'MapStateEntered',
        'MapStateStarted',
        ['MapIterationStarted', 2],
        ['PassStateEntered', 3],
        ['MapIterationStarted', 2],
        ['PassStateEntered', 5],
      ),
      3,
    ],
    [
      'the retry of a Map is one more',
      history('MapStateEntered', 'MapStateStarted', ['MapStateStarted', 2]),
      2,
    ],
    [
      'the branches of a Parallel count by their states',
      history(
        'ParallelStateEntered',
        'ParallelStateStarted',
        ['PassStateEntered', 2],
        ['PassStateEntered', 2],
      ),
      3,
    ],
  ])('%s', (_, events, transitions) => expect(stateTransitions(events)).toBe(transitions));
});

test('Parallel states and inline iterations are the steps that take memory', () => {
  expect(
    parallelSteps(
      history('ParallelStateStarted', 'MapIterationStarted', 'MapIterationStarted', 'PassStateEntered'),
    ),
  ).toBe(3);
});

/** The amounts of a million, or of a GB. */
test.each<[Unit, number, number]>([
  ['websocketMessages', 1e6, 1],
  ['connectionMinutes', 1e6, 0.25],
  ['lambdaRequests', 1e6, 0.2],
  ['lambdaArmGbSeconds', 400_000, 5.33336],
  ['lambdaX86GbSeconds', 400_000, 6.66668],
  ['dynamodbReadUnits', 1e6, 0.125],
  ['dynamodbWriteUnits', 1e6, 0.625],
  ['customEvents', 1e6, 1],
  ['expressRequests', 1e6, 1],
  ['expressGbSeconds', 3600, 0.060012],
  ['standardTransitions', 1e6, 25],
  ['snsPublishes', 1e6, 0.5],
  ['sqsRequests', 1e6, 0.4],
  ['logBytes', 2 ** 30, 0.5],
])('%s: %d cost $%d', (unit, quantity, dollars) =>
  expect(dollarsOf(unit, quantity)).toBeCloseTo(dollars, 10),
);

test('each price has its source, and the table a date and a Region', () => {
  expect(PRICES).toMatchObject({ date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), region: 'us-east-1' });
  for (const price of Object.values(PRICES.table)) expect(price.source.length).toBeGreaterThan(10);
});
