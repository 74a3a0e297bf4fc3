import type { IConstruct } from 'constructs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ACCESSES } from '../handlers/chat/access';
import { ConfigurationError } from './configuration-error';
import { flag, numberFrom, oneOf, optionalNumber, text, wholeNumber, type Setting } from './setting';

/** CloudWatch keeps logs for one of these numbers of days. */
const RETENTION_DAYS = Object.values(RetentionDays)
  .filter((days) => typeof days === 'number')
  .filter((days) => days !== RetentionDays.INFINITE);

/** Every knob, once. Set them with `-c name=value` or in the context of cdk.json. */
const knobs = {
  // Cognito takes none of the three words in the address of the hosted sign-in, and says so at deployment.
  stage: text(
    /^(?!.*(?:aws|amazon|cognito))[a-z][a-z0-9-]{0,29}$/,
    'be 1 to 30 lower-case letters, digits and hyphens, a letter first, without aws, amazon or cognito in it',
    {
      default: 'dev',
      description: 'Name of this installation. Stages of one account do not touch each other.',
    },
  ),
  access: oneOf(ACCESSES, {
    default: 'cognito',
    description:
      'Who may connect. `cognito`: who is signed in. `guests`: they, and anybody who knows the address, with fewer rights. `iam`: servers that sign with AWS credentials.',
  }),
  allowedOrigins: text(
    // Cognito leads back to pages without TLS on this machine alone.
    /^((https:\/\/[a-z0-9.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d{1,5})?(,(https:\/\/[a-z0-9.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d{1,5})?)*)?$/,
    'be origins such as https://chat.example, lower-case, without a path, separated by commas; http for localhost alone',
    {
      default: '',
      defaultInWords: 'not set',
      description:
        'Web pages that may connect, by their exact origins. Not set: none, except with guests, where any may.',
    },
  ),
  defaultRoom: text(/^(?=.*\S)[^\p{C}]{1,64}$/u, 'be 1 to 64 characters, not all blank', {
    default: 'lobby',
    description: 'The room of a connection that names none.',
  }),
  maxTextBytes: wholeNumber(1, 30_000, {
    default: 8_000,
    unit: 'bytes',
    description: 'Longest text of a message, in UTF-8. A frame has at most 32 KB.',
  }),
  // Of 10,000 that were all missed, the record has 160 KB; a row of DynamoDB has at most 400.
  segmentSize: wholeNumber(1, 10_000, {
    default: 10_000,
    unit: 'connections',
    description: 'The most connections in one part of a room.',
  }),
  inlineParts: wholeNumber(1, 40, {
    default: 40,
    unit: 'parts',
    description: 'Up to this many parts are served by the Express workflow itself; more are broadcast.',
  }),
  // At 100 a second a worker's page of 1,000 rows takes 10 s, which one invocation has time for; at 10 it has not.
  postsPerSecond: wholeNumber(100, 1_000_000, {
    default: 7_000,
    unit: 'posts a second',
    description: 'The share of `accountRequestsPerSecond` that fan-outs may use.',
  }),
  accountRequestsPerSecond: wholeNumber(100, 1_000_000, {
    default: 10_000,
    unit: 'requests a second',
    description: "The account's API Gateway quota. Some Regions have 2,500; AWS raises it on request.",
  }),
  framesPerSecond: wholeNumber(1, 1_000_000, {
    default: 2_500,
    unit: 'frames a second',
    description:
      'The share of `accountRequestsPerSecond` that clients may use: the throttle of each route, with a burst of half of it.',
  }),
  // A page asks once when it connects, so 10,000 that come back after an outage are through within 20 s.
  httpRequestsPerSecond: wholeNumber(1, 1_000_000, {
    default: 500,
    unit: 'requests a second',
    description:
      'The share of `accountRequestsPerSecond` that the HTTP API may use, where pages ask for tickets and sign out: its throttle.',
  }),
  messagesPerSecond: wholeNumber(1, 1_000_000, {
    default: 5,
    unit: 'messages a second',
    description: 'What one connection may send in the long run.',
  }),
  messageBurst: wholeNumber(1, 1_000_000, {
    default: 20,
    unit: 'messages',
    description: 'What one connection may send at once after a rest.',
  }),
  userMessagesPerSecond: wholeNumber(1, 1_000_000, {
    default: 10,
    unit: 'messages a second',
    description: 'What one person may send in the long run, on all connections together.',
  }),
  userMessageBurst: wholeNumber(1, 1_000_000, {
    default: 40,
    unit: 'messages',
    description: 'What one person may send at once after a rest, on all connections together.',
  }),
  commandsPerSecond: wholeNumber(1, 1_000_000, {
    default: 20,
    unit: 'commands a second',
    description: 'How many other commands one connection may give in the long run.',
  }),
  commandBurst: wholeNumber(1, 1_000_000, {
    default: 100,
    unit: 'commands',
    description: 'How many other commands one connection may give at once after a rest.',
  }),
  connectsPerMinute: wholeNumber(1, 1_000_000, {
    default: 30,
    unit: 'connects a minute',
    description: 'How often one person may connect; as many at once after a rest.',
  }),
  addressConnectsPerMinute: wholeNumber(1, 1_000_000, {
    default: 300,
    unit: 'connects a minute',
    description: 'How often one may connect from one IP address; as many at once after a rest.',
  }),
  roomsPerUser: wholeNumber(1, 100_000, {
    default: 500,
    unit: 'rooms',
    description: 'In how many channels and meetings one person can be.',
  }),
  channelsByJoining: oneOf(['users', 'everyone', 'nobody'], {
    default: 'users',
    description:
      'Whose joining makes a channel that is not there yet: signed-in people, guests too, or nobody. `defaultRoom` always comes into being.',
  }),
  historyRetentionDays: wholeNumber(0, 36_500, {
    default: 0,
    unit: 'days',
    description: 'How long ChatHistory keeps a message. 0 is for ever.',
  }),
  outboxDays: wholeNumber(1, 365, {
    default: 1,
    unit: 'days',
    description: 'How long the outbox keeps a message after its fan-out ended.',
  }),
  ledgerDays: wholeNumber(1, 3_650, {
    default: 30,
    unit: 'days',
    description: 'How long the outcome of each delivery is kept.',
  }),
  alerts: oneOf(['unattended', 'always', 'off'], {
    default: 'unattended',
    description: 'When agents are alerted of a message: in a room that no agent attends, always, or never.',
  }),
  alertWindowSeconds: wholeNumber(1, 86_400, {
    default: 300,
    unit: 'seconds',
    description: 'At most one alert per room in this time.',
  }),
  alertPreviewCharacters: wholeNumber(0, 1_000, {
    default: 80,
    unit: 'characters',
    description: 'How much of the text an alert quotes. 0 is nothing.',
  }),
  agentsEmail: text(/^([^\s@]+@[^\s@]+)?$/, 'be an e-mail address', {
    default: '',
    defaultInWords: 'not set',
    description: 'Gets the alerts, once the address has confirmed the mail that SNS sends to it.',
  }),
  alarmEmail: text(/^([^\s@]+@[^\s@]+)?$/, 'be an e-mail address', {
    default: '',
    defaultInWords: 'not set',
    description: 'Gets the alarms, once the address has confirmed the mail that SNS sends to it.',
  }),
  encryption: oneOf(['aws', 'own'], {
    default: 'aws',
    description:
      'Whose key encrypts what is stored. `aws`: keys that AWS keeps for the account. `own`: a key of this stage, with rotation; $1 a month and its calls.',
  }),
  logLevel: oneOf(['debug', 'info', 'warn', 'error'], {
    default: 'info',
    description: 'The least important lines that functions log.',
  }),
  logRetentionDays: numberFrom(RETENTION_DAYS, {
    default: RetentionDays.ONE_MONTH,
    unit: 'days',
    description: 'How long CloudWatch keeps the logs.',
  }),
  executionLogging: oneOf(['ALL', 'ERROR', 'FATAL', 'OFF'], {
    default: 'ALL',
    description: 'Which steps of the workflows are logged. Below `ALL` the console shows failed runs only.',
  }),
  retainData: flag<boolean | undefined>({
    default: undefined,
    defaultInWords: 'true outside dev',
    description: 'Tables survive the deletion of the stack and cannot be deleted by accident.',
  }),
  apiGatewayAccountRole: flag<boolean>({
    default: true,
    description:
      'Gives API Gateway its role for access logs. One per account and Region: set false where there is one.',
  }),
  reservedConcurrency: optionalNumber(1, 10_000, {
    unit: 'invocations',
    description: 'Concurrency kept for accept-message alone, which is also its limit.',
  }),
  provisionedConcurrency: optionalNumber(1, 10_000, {
    unit: 'invocations',
    description: 'Instances of accept-message that are always warm. Paid by the hour. AWS only.',
  }),
};

export type SettingName = keyof typeof knobs;

/** The settings of one synthesis, checked. Times are in the unit that their row names. */
export type Settings = ReturnType<typeof readSettings>;

/** The settings table of the README. `default` is what a reader would type. */
export const settings = Object.entries(knobs).map(([name, knob]) => ({
  name,
  unit: knob.unit,
  default: knob.defaultInWords ?? String(knob.default),
  description: knob.description,
}));

/**
 * Reads all settings from the CDK context of `scope` (the app).
 * @throws ConfigurationError with one line for each setting that is not what it must be, and for each misspelt name
 */
export function readSettings(scope: IConstruct) {
  const problems = misspeltNames(scope);
  const value = <T>(name: SettingName, knob: Setting<T>): T => {
    const given: unknown = scope.node.tryGetContext(name);
    if (given === undefined) return knob.default;
    const read = knob.read(given);
    if (read !== undefined) return read;
    problems.push(`setting ${name} must ${knob.must}, but is ${JSON.stringify(given)}`);
    return knob.default;
  };
  const stage = value('stage', knobs.stage);
  const read = {
    stage,
    access: value('access', knobs.access),
    allowedOrigins: value('allowedOrigins', knobs.allowedOrigins),
    defaultRoom: value('defaultRoom', knobs.defaultRoom),
    maxTextBytes: value('maxTextBytes', knobs.maxTextBytes),
    segmentSize: value('segmentSize', knobs.segmentSize),
    inlineParts: value('inlineParts', knobs.inlineParts),
    postsPerSecond: value('postsPerSecond', knobs.postsPerSecond),
    accountRequestsPerSecond: value('accountRequestsPerSecond', knobs.accountRequestsPerSecond),
    framesPerSecond: value('framesPerSecond', knobs.framesPerSecond),
    httpRequestsPerSecond: value('httpRequestsPerSecond', knobs.httpRequestsPerSecond),
    messagesPerSecond: value('messagesPerSecond', knobs.messagesPerSecond),
    messageBurst: value('messageBurst', knobs.messageBurst),
    userMessagesPerSecond: value('userMessagesPerSecond', knobs.userMessagesPerSecond),
    userMessageBurst: value('userMessageBurst', knobs.userMessageBurst),
    commandsPerSecond: value('commandsPerSecond', knobs.commandsPerSecond),
    commandBurst: value('commandBurst', knobs.commandBurst),
    connectsPerMinute: value('connectsPerMinute', knobs.connectsPerMinute),
    addressConnectsPerMinute: value('addressConnectsPerMinute', knobs.addressConnectsPerMinute),
    roomsPerUser: value('roomsPerUser', knobs.roomsPerUser),
    channelsByJoining: value('channelsByJoining', knobs.channelsByJoining),
    historyRetentionDays: value('historyRetentionDays', knobs.historyRetentionDays),
    outboxDays: value('outboxDays', knobs.outboxDays),
    ledgerDays: value('ledgerDays', knobs.ledgerDays),
    alerts: value('alerts', knobs.alerts),
    alertWindowSeconds: value('alertWindowSeconds', knobs.alertWindowSeconds),
    alertPreviewCharacters: value('alertPreviewCharacters', knobs.alertPreviewCharacters),
    agentsEmail: value('agentsEmail', knobs.agentsEmail),
    alarmEmail: value('alarmEmail', knobs.alarmEmail),
    encryption: value('encryption', knobs.encryption),
    logLevel: value('logLevel', knobs.logLevel),
    logRetentionDays: value('logRetentionDays', knobs.logRetentionDays),
    executionLogging: value('executionLogging', knobs.executionLogging),
    retainData: value('retainData', knobs.retainData) ?? stage !== 'dev',
    apiGatewayAccountRole: value('apiGatewayAccountRole', knobs.apiGatewayAccountRole),
    reservedConcurrency: value('reservedConcurrency', knobs.reservedConcurrency),
    provisionedConcurrency: value('provisionedConcurrency', knobs.provisionedConcurrency),
  } satisfies Record<SettingName, unknown>;
  if ((read.provisionedConcurrency ?? 0) > (read.reservedConcurrency ?? Infinity)) {
    problems.push('setting provisionedConcurrency must not exceed reservedConcurrency');
  }
  const { postsPerSecond, framesPerSecond, httpRequestsPerSecond, accountRequestsPerSecond: quota } = read;
  const shares = postsPerSecond + framesPerSecond + httpRequestsPerSecond;
  if (shares > quota) {
    problems.push(
      `settings postsPerSecond, framesPerSecond and httpRequestsPerSecond together must not exceed accountRequestsPerSecond (${quota}), but are ${shares}`,
    );
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return read;
}

/** The origins that are allowed, each once; what is given instead where there are none. */
export function originsOf(
  { allowedOrigins }: Pick<Settings, 'allowedOrigins'>,
  otherwise: readonly string[] = [],
): string[] {
  const origins = [...new Set(allowedOrigins.split(',').filter(Boolean))];
  return origins.length > 0 ? origins : [...otherwise];
}

/** Context also holds keys of the CDK itself; a name without a colon or slash that is nearly ours is a slip. */
function misspeltNames(scope: IConstruct): string[] {
  const context: unknown = scope.node.getAllContext();
  const given = typeof context === 'object' && context !== null ? Object.keys(context) : [];
  const names = Object.keys(knobs);
  return given
    .filter((key) => !names.includes(key) && !/[:/]/.test(key))
    .flatMap((key) => {
      const near = (name: string) => editDistance(name.toLowerCase(), key.toLowerCase());
      const meant = names.find((name) => near(name) <= (name.length < 8 ? 1 : 2));
      return meant === undefined ? [] : [`there is no setting ${key}; did you mean ${meant}?`];
    });
}

/** Levenshtein distance: single-character insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const substituted = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
