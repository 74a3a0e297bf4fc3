import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock } from '../../local/clock';
import type { JsonObject } from '../../local/json/json';
import { logModels } from '../../local/logs/log-models';
import { Logs, type LogsOptions } from '../../local/logs/logs';
import { OPERATOR, Services } from '../../local/service';

function build(options: Partial<LogsOptions> = {}) {
  const logs = new Logs({ clock: createClock(), ...options });
  const services = new Services();
  services.add(logs.service());
  const call = (action: string, input: JsonObject) => services.call('logs', action, input, OPERATOR);
  return { logs, call };
}

const group = '/aws/lambda/accept';

describe('log groups', () => {
  it('come into being with their first event, and are listed by prefix with their ARNs', async () => {
    const { logs, call } = build();
    logs.append(group, 'a', 'one');
    logs.append('/other', 'a', 'two');
    expect(await call('DescribeLogGroups', { logGroupNamePrefix: '/aws/' })).toMatchObject({
      logGroups: [{ logGroupName: group, arn: `arn:aws:logs:us-east-1:000000000000:log-group:${group}:*` }],
    });
  });

  it('are declared by a template, whose retention has no effect here', async () => {
    const { logs, call } = build();
    const model = logModels(logs).find(({ type }) => type === 'AWS::Logs::LogGroup');
    const resource = {
      logicalId: 'Group1',
      stackName: 's',
      type: 'AWS::Logs::LogGroup',
      constructId: 'Group',
      physicalName: 's-Group1',
    };
    await model?.create({}, resource);
    expect(await call('DescribeLogGroups', {})).toMatchObject({ logGroups: [{ logGroupName: 's-Group1' }] });
    expect(model?.ref(resource)).toBe('s-Group1');
    expect(model?.attributes.Arn?.(resource)).toBe(
      'arn:aws:logs:us-east-1:000000000000:log-group:s-Group1:*',
    );
    expect(() => model?.create({ LogGroupName: 'another' }, resource)).toThrow(
      'references to it were resolved',
    );
  });

  it('list their streams, the one with the newest event first when asked so', async () => {
    const { logs, call } = build();
    logs.append(group, 'b', 'x', 1_000);
    logs.append(group, 'a', 'x', 2_000);
    logs.append(group, 'b', 'x', 3_000);
    expect(
      await call('DescribeLogStreams', { logGroupName: group, orderBy: 'LastEventTime', descending: true }),
    ).toMatchObject({
      logStreams: [
        { logStreamName: 'b', firstEventTimestamp: 1_000, lastEventTimestamp: 3_000 },
        { logStreamName: 'a' },
      ],
    });
  });

  it('give a stream page by page, and the same token again at its end', async () => {
    const { logs, call } = build();
    for (let index = 0; index < 5; index += 1) logs.append(group, 's', `m${index}`, index);
    const read = (input: JsonObject) =>
      call('GetLogEvents', { logGroupName: group, logStreamName: 's', limit: 2, ...input });
    const messages = ({ events }: JsonObject) => (events as JsonObject[]).map(({ message }) => message);

    expect(messages(await read({}))).toEqual(['m3', 'm4']);
    const first = await read({ startFromHead: true });
    const second = await read({ nextToken: first.nextForwardToken ?? '' });
    const third = await read({ nextToken: second.nextForwardToken ?? '' });
    const end = await read({ nextToken: third.nextForwardToken ?? '' });
    expect([first, second, third, end].map(messages)).toEqual([['m0', 'm1'], ['m2', 'm3'], ['m4'], []]);
    expect(end.nextForwardToken).toBe(third.nextForwardToken);
    expect(messages(await read({ nextToken: third.nextBackwardToken ?? '' }))).toEqual(['m2', 'm3']);
  });

  it.each([
    ['', ['error one', 'warn two', 'error three']],
    ['error', ['error one', 'error three']],
    ['error three', ['error three']],
    ['"error one"', ['error one']],
    ['error -three', ['error one']],
    ['?one ?two', ['error one', 'warn two']],
    ['ERROR', []],
  ])('filter their events by the pattern %p', async (filterPattern, expected) => {
    const { logs, call } = build();
    for (const message of ['error one', 'warn two', 'error three']) logs.append(group, 's', message);
    const { events } = await call('FilterLogEvents', { logGroupName: group, filterPattern });
    expect((events as JsonObject[]).map(({ message }) => message)).toEqual(expected);
  });

  it('refuse JSON filter patterns, which are not modelled, and unknown groups', async () => {
    const { logs, call } = build();
    logs.append(group, 's', '{}');
    await expect(
      call('FilterLogEvents', { logGroupName: group, filterPattern: '{ $.level = "error" }' }),
    ).rejects.toThrow('models terms and quoted phrases');
    await expect(call('FilterLogEvents', { logGroupName: '/none' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('include the end time in FilterLogEvents, not in GetLogEvents, as the API says', async () => {
    const { logs, call } = build();
    for (const time of [1, 2, 3]) logs.append(group, 's', `m${time}`, time);
    const range = { logGroupName: group, startTime: 2, endTime: 3 };
    expect((await call('FilterLogEvents', range)).events).toHaveLength(2);
    expect((await call('GetLogEvents', { ...range, logStreamName: 's' })).events).toHaveLength(1);
  });
});

describe('logs with a data folder', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-logs-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('are there after a restart, without the line that a crash cut off', () => {
    const first = build({ dataDir });
    first.logs.append(group, 's', 'one');
    first.logs.close();
    const [file = ''] = readdirSync(join(dataDir, 'logs'));
    appendFileSync(join(dataDir, 'logs', file), '{"id":2,"str');
    const second = build({ dataDir });
    second.logs.append(group, 's', 'two');
    expect(second.logs.events(group).map(({ id, message }) => [id, message])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    second.logs.close();
  });

  it('keep the newest events only, in memory and in the file', () => {
    const { logs } = build({ dataDir, eventsPerGroup: 10 });
    for (let index = 1; index <= 100; index += 1) logs.append(group, 's', `m${index}`);
    const kept = logs.events(group).map(({ message }) => message);
    expect(kept.length).toBeLessThanOrEqual(11);
    expect(kept.at(-1)).toBe('m100');
    const [file = ''] = readdirSync(join(dataDir, 'logs'));
    expect(readFileSync(join(dataDir, 'logs', file), 'utf8').split('\n').length).toBeLessThanOrEqual(21);
    logs.close();
  });
});
