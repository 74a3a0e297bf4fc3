/**
 * The key shapes of every table, once: the data stack creates the tables from this page, the adapters in
 * `handlers/aws` address rows by it. Names are given by CDK and reach a function as `<NAME>_TABLE`.
 */
export interface TableShape {
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  /** The attribute, in Unix seconds, after which DynamoDB may delete the row. It deletes late: readers check. */
  readonly expiry?: string;
  readonly indexes?: Readonly<Record<string, IndexShape>>;
}

export interface Attribute {
  readonly name: string;
  readonly type: 'string' | 'number';
}

/** A sparse index: a row is in it only while it has both attributes. Only keys are projected. */
export interface IndexShape {
  readonly partitionKey: Attribute;
  readonly sortKey: Attribute;
}

const string = (name: string): Attribute => ({ name, type: 'string' });
const number = (name: string): Attribute => ({ name, type: 'number' });

export const tables = {
  /** Live sockets: user, name, joined rooms, rate limits; in the index while a token of theirs can end. */
  Connections: {
    partitionKey: string('connectionId'),
    expiry: 'expiresAt',
    indexes: { expiring: { partitionKey: number('tokenShard'), sortKey: number('tokenExpiresAt') } },
  },
  /** One-use tickets to connect with, by their hash. */
  Tickets: { partitionKey: string('ticketHash'), expiry: 'expiresAt' },
  /** How much of a rate limit is used, by whom it is for: `user.<userId>`, `address.<hash>`. */
  Limits: { partitionKey: string('subject'), expiry: 'expiresAt' },
  /** Live connections of a room (`roomId`) or of a person (`@userId`), in hash order of their slots. */
  Audience: { partitionKey: string('partition'), sortKey: string('slot'), expiry: 'expiresAt' },
  /** People: the name that others see, and by which they can be found. Guests' rows expire. */
  Users: {
    partitionKey: string('userId'),
    expiry: 'expiresAt',
    indexes: { byName: { partitionKey: string('nameKey'), sortKey: string('userId') } },
  },
  /** Who belongs to a room, connected or not: role, cursors, bans, and who waits to be let in. Guests' rows expire. */
  Members: {
    partitionKey: string('roomId'),
    sortKey: string('userId'),
    expiry: 'expiresAt',
    indexes: { byUser: { partitionKey: string('userId'), sortKey: string('roomId') } },
  },
  /** Kind, name, owner, rules, epoch, the highest number that may have left the outbox, and when agents were last alerted; join codes as items of their own. */
  Rooms: { partitionKey: string('roomId') },
  /** Accepted messages. An open row has no expiry: it stays until its fan-out ended. */
  Outbox: {
    partitionKey: string('roomId'),
    sortKey: number('seq'),
    expiry: 'expiresAt',
    indexes: { due: { partitionKey: number('openShard'), sortKey: number('dueAt') } },
  },
  /** What a sender's `clientMessageId`, known by its hash, became: a reservation, then the first reply. */
  Dedupe: { partitionKey: string('sent'), expiry: 'expiresAt' },
  /** The archive. */
  ChatHistory: { partitionKey: string('roomId'), sortKey: number('seq'), expiry: 'expiresAt' },
  /** Per message: what became of each part in each attempt, and its plan: by itself, or with its only part. */
  Deliveries: { partitionKey: string('messageId'), sortKey: string('part'), expiry: 'expiresAt' },
} as const satisfies Readonly<Record<string, TableShape>>;

export type TableName = keyof typeof tables;

/** The environment variable that carries a table's name, e.g. `CHAT_HISTORY_TABLE`. */
export function tableVariable(table: TableName): string {
  return `${table.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_TABLE`;
}
