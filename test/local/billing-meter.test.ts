import { Meter } from '../../local/billing/meter';
import { meteredCalls } from '../../local/billing/metered-calls';
import { createClock, type Clock } from '../../local/clock';
import type { JsonObject } from '../../local/json/json';
import { OPERATOR } from '../../local/service';
import { newTrace, traceId } from '../../local/trace';
import { call, ifNew, key, openOutbox, OUTBOX } from '../support/tables';

const FUNCTION = { name: 'worker', memorySize: 1024, architecture: 'arm64' } as const;

/** A clock that is moved by hand. */
function standingClock() {
  let now = Date.UTC(2026, 10, 20);
  const clock: Clock = { ...createClock(), now: () => now };
  return { clock, advance: (milliseconds: number) => (now += milliseconds) };
}

const unexpected = (error: unknown) => {
  throw error;
};

/** What a report says of a unit: of everything, or of one trace. */
function quantity(summary: unknown, service: string, unit: string): number | undefined {
  const { services } = summary as { services: Record<string, { units: Record<string, number> }> };
  return services[service]?.units[unit];
}

describe('a trace header', () => {
  test('is Root=1-, the seconds in hex, and 96 random bits', () => {
    expect(newTrace(1_465_510_280_000)).toMatch(/^Root=1-5759e988-[0-9a-f]{24}$/);
    expect(newTrace(0)).not.toBe(newTrace(0));
  });

  test.each([
    ['Root=1-5759e988-bd862e3fe1be46a994272793', '1-5759e988-bd862e3fe1be46a994272793'],
    [
      'Self=1-1;Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      '1-5759e988-bd862e3fe1be46a994272793',
    ],
    ['Root=nonsense', undefined],
    [undefined, undefined],
  ])('%s has the id %s', (header, id) => expect(traceId(header)).toBe(id));
});

describe('the meter', () => {
  test('tells the total, each trace, and what belongs to none', () => {
    const { clock } = standingClock();
    const meter = new Meter(clock, unexpected);
    const [one, other] = [newTrace(clock.now()), newTrace(clock.now())];
    meter.message('in', 10, one);
    meter.message('out', 40_000, one);
    meter.message('out', 10, other);
    meter.message('out', 10, undefined);
    const report = meter.report(10) as { total: JsonObject; unattributed: JsonObject; traces: JsonObject[] };
    expect(quantity(report.total, 'API Gateway', 'websocketMessages')).toBe(5);
    expect(report.total.dollars).toBeCloseTo(5e-6, 15);
    expect(quantity(report.unattributed, 'API Gateway', 'websocketMessages')).toBe(1);
    expect(report.traces.map(({ trace }) => trace)).toEqual([traceId(other), traceId(one)]);
    expect(meter.trace(traceId(one)!)).toMatchObject({
      lines: [
        { service: 'API Gateway', unit: 'websocketMessages', resource: 'out', times: 1, quantity: 2 },
        { service: 'API Gateway', unit: 'websocketMessages', resource: 'in', times: 1, quantity: 1 },
      ],
    });
  });

  test('keeps logging apart from the rest of the bill', () => {
    const meter = new Meter(createClock(), unexpected);
    meter.logged('group', 'x'.repeat(1000), undefined);
    const { total } = meter.report(0) as { total: JsonObject };
    expect(total.dollars).toBe(0);
    expect(total.loggingDollars).toBeCloseTo((1000 / 2 ** 30) * 0.5, 15);
  });

  test('charges connections by the minute, those still open too, and nothing twice', () => {
    const { clock, advance } = standingClock();
    const meter = new Meter(clock, unexpected);
    const minutes = () =>
      quantity((meter.report(0) as { total: JsonObject }).total, 'API Gateway', 'connectionMinutes');
    meter.connectionOpened('a');
    meter.connectionOpened('b');
    advance(90_000);
    meter.connectionClosed('b');
    advance(30_000);
    expect(minutes()).toBeCloseTo(3.5, 10);
    expect(minutes()).toBeCloseTo(3.5, 10);
    meter.reset();
    advance(60_000);
    expect(minutes()).toBeCloseTo(1, 10);
    meter.connectionClosed('a');
    advance(60_000);
    expect(minutes()).toBeCloseTo(1, 10);
  });

  test('counts the rest where something cannot be counted, and tells why', () => {
    const problems: unknown[] = [];
    const meter = new Meter(createClock(), (error) => problems.push(error));
    const problem = new Error('no');
    meter.message('in', 1, undefined);
    meter.later(() => {
      throw problem;
    });
    meter.message('in', 1, undefined);
    expect(meter.quantity('websocketMessages')).toBe(2);
    expect(problems).toEqual([problem]);
    meter.message('in', 1, undefined);
    expect(meter.quantity('websocketMessages')).toBe(3);
  });

  test('prices a function by its processor', () => {
    const meter = new Meter(createClock(), unexpected);
    meter.invocation(FUNCTION, 1000, newTrace(0));
    meter.invocation({ ...FUNCTION, architecture: 'x86_64' }, 500, newTrace(0));
    expect(meter.quantity('lambdaRequests')).toBe(2);
    expect(meter.quantity('lambdaArmGbSeconds')).toBe(1);
    expect(meter.quantity('lambdaX86GbSeconds')).toBe(0.5);
  });

  test('forgets the oldest traces, never the total', () => {
    const meter = new Meter(createClock(), unexpected);
    const first = newTrace(0);
    meter.message('in', 1, first);
    for (let index = 0; index < 2000; index += 1) meter.message('in', 1, newTrace(0));
    expect(meter.trace(traceId(first)!)).toBeUndefined();
    expect(meter.quantity('websocketMessages')).toBe(2001);
  });

  test('a Standard execution costs its transitions and its children, an Express one its request and its time', () => {
    const meter = new Meter(createClock(), unexpected);
    const ended = { machine: 'm', definitionBytes: 100, inputBytes: 10, milliseconds: 250 };
    const events = [
      { id: 1, previousEventId: 0, type: 'MapStateEntered' },
      { id: 2, previousEventId: 1, type: 'MapStateStarted' },
    ];
    meter.execution({ ...ended, type: 'STANDARD', events }, newTrace(0));
    meter.childStarted('m', newTrace(0));
    meter.childStarted('m', newTrace(0));
    meter.execution({ ...ended, type: 'EXPRESS', events }, newTrace(0));
    expect(meter.quantity('standardTransitions')).toBe(3);
    expect(meter.quantity('expressRequests')).toBe(1);
    expect(meter.quantity('expressGbSeconds')).toBeCloseTo(0.3 / 16, 12);
  });
});

describe('calls that are billed by the call', () => {
  const entry = (bytes: number) => ({ Source: 's', DetailType: 'D', Detail: 'x'.repeat(bytes) });
  test.each<[string, [string, string, JsonObject, JsonObject], JsonObject]>([
    [
      'a custom event',
      ['events', 'PutEvents', { Entries: [entry(10)] }, { Entries: [{ EventId: '1' }] }],
      { customEvents: 1 },
    ],
    [
      'each entry of a batch',
      [
        'events',
        'PutEvents',
        { Entries: [entry(10), entry(70_000)] },
        { Entries: [{ EventId: '1' }, { EventId: '2' }] },
      ],
      { customEvents: 3 },
    ],
    [
      'no entry that was refused',
      [
        'events',
        'PutEvents',
        { Entries: [entry(10), entry(10)] },
        { Entries: [{ ErrorCode: 'InternalFailure' }, { EventId: '2' }] },
      ],
      { customEvents: 1 },
    ],
    ['nothing for reading rules', ['events', 'ListRules', {}, { Rules: [] }], { customEvents: 0 }],
    ['a publish', ['sns', 'Publish', { TopicArn: 'a:b:topic', Message: 'hi' }, {}], { snsPublishes: 1 }],
    [
      'a publish above 64 KB',
      ['sns', 'Publish', { TopicArn: 'a:b:topic', Message: 'x'.repeat(65_537) }, {}],
      { snsPublishes: 2 },
    ],
    [
      'a send',
      ['sqs', 'SendMessage', { QueueUrl: 'http://h/0/q', MessageBody: 'hi' }, {}],
      { sqsRequests: 1 },
    ],
    [
      'a batch as one request by its size',
      [
        'sqs',
        'SendMessageBatch',
        { QueueUrl: 'http://h/0/q', Entries: [{ MessageBody: 'x'.repeat(65_536) }, { MessageBody: 'y' }] },
        {},
      ],
      { sqsRequests: 2 },
    ],
    [
      'a receive that finds nothing',
      ['sqs', 'ReceiveMessage', { QueueUrl: 'http://h/0/q' }, {}],
      { sqsRequests: 1 },
    ],
    [
      'a receive by what it brings',
      ['sqs', 'ReceiveMessage', { QueueUrl: 'http://h/0/q' }, { Messages: [{ Body: 'x'.repeat(65_537) }] }],
      { sqsRequests: 2 },
    ],
    [
      'nothing for other services here',
      ['states', 'StartExecution', {}, {}],
      { expressRequests: 0, sqsRequests: 0 },
    ],
  ])('%s', (_, [service, action, input, result], expected) => {
    const meter = new Meter(createClock(), unexpected);
    meteredCalls(meter)(service, action, input, result, OPERATOR);
    for (const unit of Object.keys(expected))
      expect(meter.quantity(unit as 'sqsRequests')).toBe(expected[unit]);
  });

  test('an entry with a trace header of its own belongs to that trace', () => {
    const meter = new Meter(createClock(), unexpected);
    const [own, callers] = [newTrace(0), newTrace(0)];
    const input = { Entries: [{ ...entry(1), TraceHeader: own }, entry(1)] };
    meteredCalls(meter)('events', 'PutEvents', input, { Entries: [{}, {}] }, { ...OPERATOR, trace: callers });
    for (const trace of [own, callers])
      expect(meter.trace(traceId(trace)!)).toMatchObject({ lines: [{ unit: 'customEvents', quantity: 1 }] });
  });
});

/** The capacity itself is tested with tables-capacity. */
describe('DynamoDB', () => {
  const open = async () => {
    const meter = new Meter(createClock(), unexpected);
    return { meter, tables: await openOutbox({ meter }) };
  };

  test('is counted without being asked for ConsumedCapacity, by table, index and operation', async () => {
    const { meter, tables } = await open();
    const Item = { ...key('lobby', 1), openShard: { N: '1' }, dueAt: { N: '5' } };
    expect(await call(tables, 'PutItem', { Item })).toEqual({});
    await call(tables, 'GetItem', { Key: key('lobby', 1) });
    await call(tables, 'GetItem', { Key: key('lobby', 1), ConsistentRead: true });
    const RequestItems = {
      [OUTBOX.name]: [2, 3].map((seq) => ({ PutRequest: { Item: key('lobby', seq) } })),
    };
    await call(tables, 'BatchWriteItem', { RequestItems });
    expect(meter.quantity('dynamodbWriteUnits')).toBe(2 + 2);
    expect(meter.quantity('dynamodbReadUnits')).toBe(0.5 + 1);
  });

  test('a write whose condition fails costs the larger of what is there and what was to come', async () => {
    const { meter, tables } = await open();
    await call(tables, 'PutItem', { Item: key('lobby', 1) });
    meter.reset();
    const refused = { ...ifNew, Item: { ...key('lobby', 1), text: { S: 'x'.repeat(3000) } } };
    await expect(call(tables, 'PutItem', refused)).rejects.toThrow('The conditional request failed');
    expect(meter.quantity('dynamodbWriteUnits')).toBe(3);
  });
});
