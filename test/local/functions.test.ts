import { createClock } from '../../local/clock';
import { call, configuration, ROLE, start } from '../support/functions';

describe('an invocation', () => {
  it('gives the handler the event and answers what it returned', async () => {
    const { invoke } = start('index.echo');
    const event = { room: 'lobby', text: 'hä', list: [1, null, { deep: true }] };
    expect(await invoke(event)).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST', Payload: event });
  });

  it('answers null for a handler that returns nothing', async () => {
    expect(await start('index.nothing').invoke()).toMatchObject({ Payload: null });
  });

  it.each([
    ['index.nested.deep.handler', 'deep'],
    ['module.handler', 'from a module'],
  ])('finds the handler %s', async (handler, payload) => {
    expect(await start(handler).invoke()).toMatchObject({ Payload: payload });
  });

  it('gives a context like that of Lambda', async () => {
    const { invoke } = start('index.context', { timeout: 7, memorySize: 256 });
    const { Payload } = await invoke();
    expect(Payload).toMatchObject({
      functionName: 'parley-function',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:parley-function',
      memoryLimitInMB: '256',
      awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
      logGroupName: '/aws/lambda/parley-function',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/),
      callbackWaitsForEmptyEventLoop: true,
    });
    const { remaining } = Payload as { remaining: number };
    expect(remaining).toBeGreaterThan(3000);
    expect(remaining).toBeLessThanOrEqual(7000);
  });

  it('shows the handler the variables of its template and of Lambda, and nothing of this process', async () => {
    process.env.NODE_OPTIONS_OF_THIS_PROCESS = 'secret';
    const { Payload } = await start('index.environment', {
      environment: { TABLE: 'parley-Outbox' },
    }).invoke();
    delete process.env.NODE_OPTIONS_OF_THIS_PROCESS;
    expect(Payload).toEqual({
      TABLE: 'parley-Outbox',
      AWS_ACCESS_KEY_ID: 'KEY',
      AWS_SECRET_ACCESS_KEY: 'SECRET',
      AWS_SESSION_TOKEN: `of ${ROLE}`,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:8080',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'parley-function',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/parley-function',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining('[$LATEST]'),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      LAMBDA_TASK_ROOT: configuration('').taskRoot,
      LANG: 'en_US.UTF-8',
      TZ: 'UTC',
      _HANDLER: 'index.environment',
      _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
  });

  it('keeps what the module holds from one invocation to the next', async () => {
    const { invoke } = start('index.count');
    expect([(await invoke()).Payload, (await invoke()).Payload]).toEqual([1, 2]);
  });

  it.each([
    'parley-function',
    'arn:aws:lambda:us-east-1:000000000000:function:parley-function',
    'arn:aws:lambda:us-east-1:000000000000:function:parley-function:$LATEST',
    '000000000000:function:parley-function',
  ])('takes the function as %s', async (FunctionName) => {
    expect(await start('index.echo').invoke(1, { FunctionName })).toMatchObject({ Payload: 1 });
  });

  it.each([
    [{ FunctionName: 'absent' }, 'ResourceNotFoundException', 404],
    [{ Qualifier: 'live' }, 'ResourceNotFoundException', 404],
    [{ InvocationType: 'Later' }, 'InvalidParameterValueException', 400],
    [{ LogType: 'Tail' }, 'InvalidParameterValueException', 400],
  ])('refuses %j with %s', async (input, code, status) => {
    await expect(start('index.echo').invoke(1, input)).rejects.toMatchObject({ code, status });
  });

  it('runs nothing on a dry run', async () => {
    const { invoke, logged } = start('index.echo');
    expect(await invoke(1, { InvocationType: 'DryRun' })).toEqual({ StatusCode: 204 });
    expect(logged).toEqual([]);
  });
});

describe('payloads', () => {
  const megabytes = (count: number) => count * 1024 * 1024;

  it('of up to 6 MB are taken, larger ones refused', async () => {
    const { invoke } = start('index.nothing');
    await expect(invoke('x'.repeat(megabytes(6) - 2))).resolves.toMatchObject({ StatusCode: 200 });
    const refusal = { code: 'RequestTooLargeException', status: 413 };
    await expect(invoke('x'.repeat(megabytes(6)))).rejects.toMatchObject(refusal);
    await expect(invoke('x'.repeat(megabytes(1)), { InvocationType: 'Event' })).rejects.toMatchObject(
      refusal,
    );
  });

  it('of an answer beyond 6 MB are a function error', async () => {
    const { invoke } = start('index.respond');
    expect(await invoke({ bytes: megabytes(6) })).not.toHaveProperty('FunctionError');
    expect(await invoke({ bytes: megabytes(6) + 1 })).toMatchObject({
      FunctionError: 'Unhandled',
      Payload: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });
});

describe('the log', () => {
  it('has the lines of Lambda and of the handler, in the group and a stream of the environment', async () => {
    const { invoke, logged } = start('index.log', { logGroup: '/parley/group' });
    await invoke();
    const streams = new Set(logged.map(({ group, stream }) => `${group} ${stream}`));
    expect([...streams]).toEqual([expect.stringMatching(/^\/parley\/group \d{4}\/.*\[\$LATEST\]/)]);
    expect(logged.map(({ line }) => line).filter((line) => line !== 'raw line')).toEqual([
      expect.stringMatching(/^START RequestId: [\da-f-]{36} Version: \$LATEST$/),
      expect.stringMatching(/^\d{4}-.*Z\t[\da-f-]{36}\tINFO\thello George { n: 1 }$/),
      expect.stringMatching(/\tWARN\tcareful$/),
      expect.stringMatching(/^END RequestId: /),
      expect.stringMatching(
        /^REPORT RequestId: .*\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB$/,
      ),
    ]);
  });

  it('tells what a handler threw', async () => {
    const { invoke, logged } = start('index.throwNamed');
    await invoke();
    const { line = '' } = logged.find((entry) => entry.line.includes('Invoke Error')) ?? {};
    expect(line).toContain('"errorType":"RoomIsFull","errorMessage":"no seat left"');
  });
});

describe('time in a function', () => {
  it('is real while the clock is', async () => {
    const { Payload } = await start('index.dates').invoke();
    const { now, real } = Payload as { now: number; real: number };
    expect(Math.abs(now - real)).toBeLessThan(30_000);
  });

  it('follows a clock that runs fast, in every way to ask for it', async () => {
    const clock = createClock(100_000);
    const { invoke } = start('index.dates', {}, { clock });
    const before = clock.now();
    const { Payload } = await invoke();
    const after = clock.now();
    const { now, made, called, fixed, real } = Payload as Record<
      'now' | 'made' | 'fixed' | 'real',
      number
    > & {
      called: string;
    };
    for (const shown of [now, made, Date.parse(called) + 999]) {
      expect(shown).toBeGreaterThanOrEqual(before);
      expect(shown).toBeLessThanOrEqual(after + 999);
    }
    expect(now).toBeGreaterThan(Date.now() + 60_000);
    expect(Payload).toMatchObject({ epoch: '1970-01-01T00:00:00.000Z', instance: true, same: true });
    expect(fixed).toBe(new Date(2026, 0, 1).getTime());
    expect(Math.abs(real - Date.now())).toBeLessThan(30_000);
  });
});

describe('descriptions', () => {
  it('list the functions and give the configuration of one', async () => {
    const { functions } = start('index.echo', { environment: { A: '1' } });
    functions.declare(configuration('index.count', { name: 'second' }));
    const first = await call(functions, 'ListFunctions', { MaxItems: 1 });
    expect(first).toMatchObject({ Functions: [{ FunctionName: 'parley-function' }], NextMarker: '1' });
    const rest = await call(functions, 'ListFunctions', { Marker: first.NextMarker ?? null });
    expect(rest).toEqual({ Functions: [expect.objectContaining({ FunctionName: 'second' })] });
    expect(
      await call(functions, 'GetFunctionConfiguration', { FunctionName: 'parley-function' }),
    ).toMatchObject({
      Handler: 'index.echo',
      Role: ROLE,
      Environment: { Variables: { A: '1' } },
      State: 'Active',
    });
  });
});
