import { App } from 'aws-cdk-lib';
import { readSettings, settings } from '../../stacks/settings';

const read = (context: Record<string, unknown>) => readSettings(new App({ context }));

const ORIGINS_MUST =
  'be origins such as https://chat.example, lower-case, without a path, separated by commas; http for localhost alone';

const STAGE_MUST =
  'be 1 to 30 lower-case letters, digits and hyphens, a letter first, without aws, amazon or cognito in it';

describe('settings', () => {
  test('have defaults, so that an empty context is enough', () => {
    expect(read({})).toEqual({
      stage: 'dev',
      access: 'cognito',
      allowedOrigins: '',
      defaultRoom: 'lobby',
      iceServers: [],
      maxTextBytes: 8000,
      segmentSize: 10_000,
      inlineParts: 40,
      postsPerSecond: 7000,
      accountRequestsPerSecond: 10_000,
      framesPerSecond: 2500,
      httpRequestsPerSecond: 500,
      messagesPerSecond: 5,
      messageBurst: 20,
      userMessagesPerSecond: 10,
      userMessageBurst: 40,
      commandsPerSecond: 20,
      commandBurst: 100,
      userCommandsPerSecond: 40,
      userCommandBurst: 200,
      connectsPerMinute: 30,
      addressConnectsPerMinute: 300,
      roomsPerUser: 500,
      channelsByJoining: 'users',
      historyRetentionDays: 0,
      outboxDays: 1,
      ledgerDays: 30,
      alerts: 'unattended',
      alertWindowSeconds: 300,
      alertPreviewCharacters: 80,
      agentsEmail: '',
      alarmEmail: '',
      encryption: 'aws',
      logLevel: 'info',
      logRetentionDays: 30,
      executionLogging: 'ALL',
      retainData: false,
      apiGatewayAccountRole: true,
      reservedConcurrency: undefined,
      provisionedConcurrency: undefined,
    });
  });

  test.each([
    ['stage', 'test-2', 'test-2'],
    ['access', 'iam', 'iam'],
    ['allowedOrigins', 'https://a.example', 'https://a.example'],
    ['allowedOrigins', 'http://localhost:5173,https://a.example', 'http://localhost:5173,https://a.example'],
    ['defaultRoom', 'Straße 7', 'Straße 7'],
    ['inlineParts', '40', 40],
    ['inlineParts', 40, 40],
    ['historyRetentionDays', '0', 0],
    ['alerts', 'off', 'off'],
    ['agentsEmail', 'agents@example.com', 'agents@example.com'],
    ['logRetentionDays', '7', 7],
    ['executionLogging', 'OFF', 'OFF'],
    ['retainData', 'true', true],
    ['apiGatewayAccountRole', false, false],
    ['reservedConcurrency', '100', 100],
  ])('take %s=%j, as text from -c or as a JSON value of cdk.json', (name, given, value) => {
    expect(read({ [name]: given })).toMatchObject({ [name]: value });
  });

  test.each([
    ['stage', 'Prod', STAGE_MUST],
    ['stage', '', STAGE_MUST],
    ['stage', 'aws', STAGE_MUST],
    ['stage', 'my-amazon', STAGE_MUST],
    ['stage', 'a-cognito-2', STAGE_MUST],
    ['access', 'everybody', 'be cognito, guests, or iam'],
    ['allowedOrigins', 'https://a.example/', ORIGINS_MUST],
    ['allowedOrigins', 'https://A.example', ORIGINS_MUST],
    ['allowedOrigins', '*', ORIGINS_MUST],
    ['allowedOrigins', 'http://chat.internal', ORIGINS_MUST],
    ['allowedOrigins', 'https://a.example, https://b.example', ORIGINS_MUST],
    ['defaultRoom', '', 'be 1 to 64 characters, not all blank'],
    ['maxTextBytes', 'many', 'be a whole number from 1 to 30000'],
    ['maxTextBytes', '30001', 'be a whole number from 1 to 30000'],
    ['segmentSize', '0', 'be a whole number from 1 to 10000'],
    ['inlineParts', '0', 'be a whole number from 1 to 40'],
    ['inlineParts', 41, 'be a whole number from 1 to 40'],
    ['inlineParts', '1.5', 'be a whole number from 1 to 40'],
    ['inlineParts', true, 'be a whole number from 1 to 40'],
    ['segmentSize', '-2000', 'be a whole number from 1 to 10000'],
    ['segmentSize', 'NaN', 'be a whole number from 1 to 10000'],
    ['segmentSize', 10_001, 'be a whole number from 1 to 10000'],
    ['inlineParts', '-5', 'be a whole number from 1 to 40'],
    ['postsPerSecond', '-1', 'be a whole number from 100 to 1000000'],
    ['postsPerSecond', 0, 'be a whole number from 100 to 1000000'],
    ['postsPerSecond', '99', 'be a whole number from 100 to 1000000'],
    ['postsPerSecond', 'fast', 'be a whole number from 100 to 1000000'],
    ['accountRequestsPerSecond', '0', 'be a whole number from 100 to 1000000'],
    ['historyRetentionDays', '1e3', 'be a whole number from 0 to 36500'],
    ['outboxDays', '0', 'be a whole number from 1 to 365'],
    ['ledgerDays', '', 'be a whole number from 1 to 3650'],
    ['alerts', 'on', 'be unattended, always, or off'],
    ['alertWindowSeconds', ' 5', 'be a whole number from 1 to 86400'],
    ['alertPreviewCharacters', [80], 'be a whole number from 0 to 1000'],
    ['agentsEmail', 'agents', 'be an e-mail address'],
    ['logLevel', 'INFO', 'be debug, info, warn, or error'],
    [
      'logRetentionDays',
      '31',
      'be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
    ],
    ['executionLogging', 'DEBUG', 'be ALL, ERROR, FATAL, or OFF'],
    ['retainData', 'yes', 'be true or false'],
    ['apiGatewayAccountRole', 1, 'be true or false'],
    ['reservedConcurrency', '0', 'be a whole number from 1 to 10000'],
    ['provisionedConcurrency', 'all', 'be a whole number from 1 to 10000'],
  ])('refuse %s=%j in one clear line', (name, given, must) => {
    expect(() => read({ [name]: given })).toThrow(
      new Error(`setting ${name} must ${must}, but is ${JSON.stringify(given)}`),
    );
  });

  const RELAY = { urls: ['turns:[2001:db8::1]:443?transport=tcp'], username: 'u', credential: 'canary' };

  test.each([
    ['[{"urls":"stun:stun.example:3478"}]', [{ urls: 'stun:stun.example:3478' }]],
    [[RELAY], [RELAY]],
    ['[]', []],
  ])('take iceServers=%j', (given, value) => {
    expect(read({ iceServers: given }).iceServers).toEqual(value);
  });

  test.each([
    'stun:stun.example',
    '{"urls":"stun:stun.example"}',
    '[{"urls":"https://stun.example"}]',
    '[{"urls":[]}]',
    '[{"urls":"stun:stun.example","password":"canary"}]',
    '[{"urls":"turn:turn.example","credential":"canary"}]',
    [{ ...RELAY, username: '' }],
  ])('refuse iceServers=%j in one clear line that gives no credential away', (given) => {
    expect(() => read({ iceServers: given })).toThrow(
      new Error(
        'setting iceServers must be a JSON list such as [{"urls":"stun:stun.example:3478"}], with username and credential where there is a turn: or turns: address, but is something else',
      ),
    );
  });

  test('that are wrong are all named at once, so that nobody mends them one synthesis at a time', () => {
    expect(() => read({ inlineParts: '0', logLevel: 'loud', stages: 'dev' })).toThrow(
      new Error(
        [
          'there is no setting stages; did you mean stage?',
          'setting inlineParts must be a whole number from 1 to 40, but is "0"',
          'setting logLevel must be debug, info, warn, or error, but is "loud"',
        ].join('\n'),
      ),
    );
  });

  test.each([
    ['inlineparts', 'inlineParts'],
    ['segmentsSize', 'segmentSize'],
    ['Alert', 'alerts'],
  ])('catch the misspelt name %s', (given, meant) => {
    expect(() => read({ [given]: '1' })).toThrow(`there is no setting ${given}; did you mean ${meant}?`);
  });

  test('leave the context of the CDK and of other tools alone', () => {
    const context = {
      '@aws-cdk/core:validateAgainstDefaultRules': true,
      'aws:cdk:enable-path-metadata': true,
      image: 'x',
      owner: 'y',
    };
    expect(read(context)).toEqual(read({}));
  });

  test('keep data outside dev unless told otherwise, because a stack is easily deleted', () => {
    expect(read({ stage: 'prod' }).retainData).toBe(true);
    expect(read({ stage: 'prod', retainData: 'false' }).retainData).toBe(false);
    expect(read({ retainData: true }).retainData).toBe(true);
  });

  test('do not let more instances be warm than may run', () => {
    expect(() => read({ reservedConcurrency: '5', provisionedConcurrency: '6' })).toThrow(
      new Error('setting provisionedConcurrency must not exceed reservedConcurrency'),
    );
    expect(read({ reservedConcurrency: '6', provisionedConcurrency: '6' }).provisionedConcurrency).toBe(6);
  });

  test('do not let fan-outs, frames and requests together use more than the account may, because the rest would be refused', () => {
    const refusal = (quota: number, all: number) =>
      new Error(
        `settings postsPerSecond, framesPerSecond and httpRequestsPerSecond together must not exceed accountRequestsPerSecond (${quota}), but are ${all}`,
      );
    expect(() => read({ postsPerSecond: '7001' })).toThrow(refusal(10_000, 10_001));
    expect(() => read({ accountRequestsPerSecond: 2500 })).toThrow(refusal(2500, 10_000));
    expect(() => read({ framesPerSecond: '2501' })).toThrow(refusal(10_000, 10_001));
    expect(() => read({ httpRequestsPerSecond: '501' })).toThrow(refusal(10_000, 10_001));
    const shares = { postsPerSecond: 1700, framesPerSecond: 700, httpRequestsPerSecond: 100 };
    expect(read({ ...shares, accountRequestsPerSecond: '2500' })).toMatchObject(shares);
  });

  test('make a table for the README that names each one once, with a default and a description', () => {
    expect(settings.map(({ name }) => name)).toEqual(Object.keys(read({})));
    expect(settings).toContainEqual({
      name: 'outboxDays',
      unit: 'days',
      default: '1',
      description: 'How long the outbox keeps a message after its fan-out ended.',
    });
    for (const row of settings) {
      expect(row.default).not.toBe('');
      expect(row.description).toMatch(/^[A-Z].*\.$/);
    }
  });
});
