import { createClock } from '../../local/clock';
import type { Fault, Faults } from '../../local/faults/faults';
import type { JsonObject } from '../../local/json/json';
import { eventually } from '../support/eventually';
import { Services, type Caller } from '../../local/service';
import { ROLE, start } from '../support/functions';

const UUID = '[\\da-f-]{36}';

/** What the answer's payload says, of a failed invocation. */
async function failureOf(answer: Promise<JsonObject>): Promise<JsonObject> {
  const { FunctionError, Payload } = await answer;
  expect(FunctionError).toBe('Unhandled');
  return Payload as JsonObject;
}

/** One effect for the first `calls` invocations of the function. */
function faults(effect: string, milliseconds = 0, calls = Infinity): Faults {
  const fault: Fault = { effect, argument: '', milliseconds: () => milliseconds };
  let left = calls;
  return {
    at: (point, subject) =>
      point === 'function.invoke' && subject === 'the-function' && left-- > 0 ? fault : undefined,
  };
}

describe('a function that fails', () => {
  it.each([
    [
      'index.throwNamed',
      {
        errorType: 'RoomIsFull',
        errorMessage: 'no seat left',
        trace: expect.arrayContaining(['RoomIsFull: no seat left']),
      },
    ],
    ['index.throwText', { errorType: 'string', errorMessage: 'just text', trace: [] }],
  ])('by throwing answers what %s threw', async (handler, payload) => {
    expect(await failureOf(start(handler).invoke())).toEqual(payload);
  });

  it.each([
    ['index.exit', { code: 7 }, `RequestId: ${UUID} Error: Runtime exited with error: exit status 7`],
    ['index.exit', { code: 0 }, `RequestId: ${UUID} Error: Runtime exited without providing a reason`],
    ['index.exhaust', {}, `RequestId: ${UUID} Error: Runtime exited with error: signal: killed`],
  ])(
    'by leaving (%s %j) answers Runtime.ExitError, and the next invocation works',
    async (handler, event, message) => {
      const { invoke } = start(handler);
      for (const time of ['first', 'second']) {
        const failure = await failureOf(invoke(event));
        expect({ time, ...failure }).toEqual({
          time,
          errorType: 'Runtime.ExitError',
          errorMessage: expect.stringMatching(`^${message}$`),
        });
      }
    },
  );

  it.each([
    ['index.rejectElsewhere', 'Runtime.UnhandledPromiseRejection', 'TypeError: nobody waits'],
    ['index.throwElsewhere', 'RangeError', 'on a timer'],
  ])(
    'outside its handler (%s) answers that, and the next invocation gets a fresh environment',
    async (handler, errorType, errorMessage) => {
      const { invoke } = start(handler);
      for (const time of ['first', 'second']) {
        expect({ time, ...(await failureOf(invoke())) }).toMatchObject({ time, errorType, errorMessage });
      }
    },
  );

  it.each(['index.loop', 'index.sleep'])(
    'to end in time (%s) is stopped at its timeout and answers Sandbox.Timedout',
    async (handler) => {
      const { invoke, logged } = start(handler, { timeout: 1 });
      const started = performance.now();
      expect(await failureOf(invoke({ milliseconds: 60_000 }))).toEqual({
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(`^RequestId: ${UUID} Error: Task timed out after 1.00 seconds$`),
      });
      expect(performance.now() - started).toBeGreaterThanOrEqual(999);
      expect(logged.some(({ line }) => line.endsWith('Task timed out after 1.00 seconds'))).toBe(true);
    },
  );

  it.each([
    ['broken.handler', 'Error', 'broken at load'],
    ['absent.handler', 'Runtime.ImportModuleError', "Cannot find module 'absent'"],
    ['index.absent', 'Runtime.HandlerNotFound', 'index.absent is undefined or not exported'],
    ['index.callback', 'Runtime.CallbackHandlerDeprecated', 'takes a callback'],
    ['index', 'Runtime.MalformedHandlerName', 'Bad handler index'],
  ])(
    'to load (%s) answers why each time, and stops a start that warms it',
    async (handler, errorType, message) => {
      const { invoke, functions } = start(handler);
      for (const time of ['first', 'second']) {
        expect({ time, ...(await failureOf(invoke())) }).toMatchObject({
          time,
          errorType,
          errorMessage: expect.stringContaining(message),
        });
      }
      await expect(functions.warm()).rejects.toThrow(/^Function parley-function did not load: /);
    },
  );
});

describe('an asynchronous invocation', () => {
  const asynchronous = { InvocationType: 'Event' };
  const starts = (lines: readonly { line: string }[]) => lines.filter(({ line }) => line.startsWith('START'));

  it('answers 202 at once and runs', async () => {
    const { invoke, logged } = start('index.sleep');
    expect(await invoke({ milliseconds: 20 }, asynchronous)).toEqual({ StatusCode: 202 });
    await eventually(() => expect(logged.some(({ line }) => line.startsWith('REPORT'))).toBe(true));
    expect(starts(logged)).toHaveLength(1);
  });

  it('that fails runs twice more, after one and two minutes, under the same request id, and is dropped then', async () => {
    const clock = createClock(600);
    const times: number[] = [];
    const lines: { line: string }[] = [];
    const log = (_group: string, _stream: string, line: string) => {
      lines.push({ line });
      if (line.startsWith('START')) times.push(clock.now());
    };
    const { functions, invoke } = start('index.throwNamed', {}, { clock, log });
    await functions.warm();
    await invoke({}, asynchronous);
    await eventually(() => expect(lines.at(-1)?.line).toMatch(/Event dropped: failed 3 times$/));
    expect(new Set(starts(lines).map(({ line }) => line)).size).toBe(1);
    const [first = 0, second = 0, third = 0] = times;
    expect(times).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(60_000);
    expect(third - second).toBeGreaterThanOrEqual(120_000);
  });

  it('that fails for good goes to the dead-letter queue as it came, sent with the role of its function', async () => {
    const sent: { input: JsonObject; caller: Caller }[] = [];
    const services = new Services();
    services.add({
      name: 'sqs',
      actions: {
        SendMessage: (input, caller) => {
          sent.push({ input, caller });
          return Promise.resolve({});
        },
      },
    });
    const deadLetterQueueArn = 'arn:aws:sqs:us-east-1:000000000000:lost';
    const { functions, invoke, logged } = start(
      'index.throwNamed',
      { deadLetterQueueArn },
      { clock: createClock(600), services },
    );
    functions.configureAsynchronous('parley-function', 0);
    await invoke({ detail: { userId: 'u1' } }, asynchronous);
    await eventually(() => expect(sent).toHaveLength(1));
    expect(logged.at(-1)?.line).toMatch(/Event dropped: failed once$/);
    expect(sent).toEqual([
      {
        input: {
          QueueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/lost',
          MessageBody: '{"detail":{"userId":"u1"}}',
          MessageAttributes: {
            RequestID: { DataType: 'String', StringValue: expect.stringMatching(`^${UUID}$`) as unknown },
            ErrorCode: { DataType: 'Number', StringValue: '200' },
            ErrorMessage: { DataType: 'String', StringValue: 'no seat left' },
          },
        },
        caller: { principal: ROLE },
      },
    ]);
  });

  it('whose dead-letter queue refuses it is lost, which the log says', async () => {
    const deadLetterQueueArn = 'arn:aws:sqs:us-east-1:000000000000:lost';
    const { functions, invoke, logged } = start('index.throwNamed', { deadLetterQueueArn });
    functions.configureAsynchronous('parley-function', 0);
    await invoke({}, asynchronous);
    await eventually(() =>
      expect(logged.at(-1)?.line).toMatch(/ERROR The event did not reach its dead-letter queue: /),
    );
  });

  it('that is throttled is tried again until it is not', async () => {
    const { invoke, logged } = start('index.sleep', { reservedConcurrency: 1 }, { clock: createClock(50) });
    const busy = invoke({ milliseconds: 200 });
    await invoke({ milliseconds: 0 }, asynchronous);
    await busy;
    await eventually(() => expect(starts(logged)).toHaveLength(2));
  });
});

describe('a fault', () => {
  it('throw fails the invocation without running it', async () => {
    const { invoke, logged } = start('index.count', {}, { faults: faults('throw', 0, 1) });
    expect(await failureOf(invoke())).toMatchObject({ errorType: 'FaultInjected' });
    expect(logged).toEqual([]);
    expect(await invoke()).toMatchObject({ Payload: 1 });
  });

  it('timeout answers as a timeout does, without the wait', async () => {
    const { invoke } = start('index.count', { timeout: 60 }, { faults: faults('timeout') });
    expect(await failureOf(invoke())).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 60.00 seconds'),
    });
  });

  it('kill lets the handler do its work and loses its answer and its environment', async () => {
    const { invoke, logged } = start('index.log', {}, { faults: faults('kill', 0, 1) });
    expect(await failureOf(invoke())).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(logged.some(({ line }) => line.endsWith('careful'))).toBe(true);
    await invoke();
    expect(new Set(logged.map(({ stream }) => stream)).size).toBe(2);
  });

  it.each(['slow', 'linger'])('%s delays the answer', async (effect) => {
    const { invoke } = start('index.echo', {}, { faults: faults(effect, 300) });
    const started = performance.now();
    expect(await invoke(1)).toMatchObject({ Payload: 1 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(299);
  });
});
