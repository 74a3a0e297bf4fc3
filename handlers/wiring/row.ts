import type { TableName } from '../tables';

export type TableAction =
  'GetItem' | 'BatchGetItem' | 'Query' | 'Scan' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';

/** Settings that handlers read; each reaches a function as an environment variable, see `settingVariable`. */
export type HandlerSetting =
  | 'access'
  | 'allowedOrigins'
  | 'defaultRoom'
  | 'maxTextBytes'
  | 'messagesPerSecond'
  | 'messageBurst'
  | 'userMessagesPerSecond'
  | 'userMessageBurst'
  | 'commandsPerSecond'
  | 'commandBurst'
  | 'userCommandsPerSecond'
  | 'userCommandBurst'
  | 'connectsPerMinute'
  | 'addressConnectsPerMinute'
  | 'roomsPerUser'
  | 'channelsByJoining'
  | 'segmentSize'
  | 'inlineParts'
  | 'postsPerSecond'
  | 'historyRetentionDays'
  | 'ledgerDays'
  | 'alerts'
  | 'alertWindowSeconds'
  | 'alertPreviewCharacters'
  | 'logLevel';

export interface FunctionWiring {
  /** Path below `handlers/`; the file exports `handler`. */
  readonly entry: string;
  readonly does: string;
  /** Limit of one invocation, in seconds. */
  readonly timeout: number;
  /** In MB. Lambda gives CPU in proportion: 1,769 MB is one core. */
  readonly memory: number;
  readonly tables?: Partial<Readonly<Record<TableName, readonly TableAction[]>>>;
  /** Indexes that it queries, by table; `Query` above is for the table itself. */
  readonly indexes?: Partial<Readonly<Record<TableName, readonly string[]>>>;
  /** May put events on the bus. */
  readonly publishes?: true;
  /** May publish to the agents' topic. */
  readonly alerts?: true;
  /** What it may do with open sockets through the management API. */
  readonly sockets?: readonly ('POST' | 'DELETE')[];
  /** Verifies tokens of the user pool: gets its issuer and the id of the app client. */
  readonly verifiesTokens?: true;
  /** Keeps hashes of IP addresses: gets the key that they are made with. */
  readonly hashesAddresses?: true;
  /** There only where people sign in: it is about their tokens, and who signs with AWS credentials has none. */
  readonly whereSignedIn?: true;
  /**
   * Where it fails three times, its event goes to `undeliverable-events`: it is called with events that nobody emits
   * again.
   */
  readonly keepsFailedEvents?: true;
  readonly settings?: readonly HandlerSetting[];
}
