import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ACCESSES } from '../handlers/chat/access';
import { iceServersSetting } from './ice-servers';
import { flag, numberFrom, oneOf, optionalNumber, text, wholeNumber } from './setting';

/** CloudWatch keeps logs for one of these numbers of days. */
const RETENTION_DAYS = Object.values(RetentionDays)
  .filter((days) => typeof days === 'number')
  .filter((days) => days !== RetentionDays.INFINITE);

/** Every setting, once. Set them with `-c name=value` or in the context of cdk.json. */
export const knobs = {
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
  iceServers: iceServersSetting(
    'STUN and TURN servers for video meetings, a JSON list as `RTCPeerConnection` takes it. Everybody who loads the app can read it.',
  ),
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
  userCommandsPerSecond: wholeNumber(1, 1_000_000, {
    default: 40,
    unit: 'commands a second',
    description: 'How many other commands one person may give in the long run, on all connections together.',
  }),
  userCommandBurst: wholeNumber(1, 1_000_000, {
    default: 200,
    unit: 'commands',
    description:
      'How many other commands one person may give at once after a rest, on all connections together.',
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
