import type { IConstruct } from 'constructs';
import { ConfigurationError } from './configuration-error';
import { knobs, type SettingName } from './knobs';
import { misspeltNames } from './misspelt-names';
import type { Setting } from './setting';

/** The settings of one synthesis, checked. Times are in the unit that their row names. */
export type Settings = ReturnType<typeof readSettings>;

/** The settings table of the README. `default` is what a reader would type. */
export const settings = Object.entries(knobs).map(([name, knob]) => ({
  name,
  unit: knob.unit,
  default: knob.defaultInWords ?? (Array.isArray(knob.default) ? '' : String(knob.default)),
  description: knob.description,
}));

/**
 * Reads all settings from the CDK context of `scope` (the app).
 * @throws ConfigurationError with one line for each setting that is not what it must be, and for each misspelt name
 */
export function readSettings(scope: IConstruct) {
  const context: unknown = scope.node.getAllContext();
  const keys = typeof context === 'object' && context !== null ? Object.keys(context) : [];
  const problems = misspeltNames(keys, Object.keys(knobs));
  const value = <T>(name: SettingName, knob: Setting<T>): T => {
    const given: unknown = scope.node.tryGetContext(name);
    if (given === undefined) return knob.default;
    const read = knob.read(given);
    if (read !== undefined) return read;
    const but = knob.isSecret === true ? 'is something else' : `is ${JSON.stringify(given)}`;
    problems.push(`setting ${name} must ${knob.must}, but ${but}`);
    return knob.default;
  };
  const stage = value('stage', knobs.stage);
  const read = {
    stage,
    access: value('access', knobs.access),
    allowedOrigins: value('allowedOrigins', knobs.allowedOrigins),
    defaultRoom: value('defaultRoom', knobs.defaultRoom),
    iceServers: value('iceServers', knobs.iceServers),
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
    userCommandsPerSecond: value('userCommandsPerSecond', knobs.userCommandsPerSecond),
    userCommandBurst: value('userCommandBurst', knobs.userCommandBurst),
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
