/**
 * The table of contents: which code runs on which route, workflow step, event and schedule, and what each may
 * touch. The stacks loop over this page; every function's environment and permissions are derived from its row,
 * so a row that asks for less gets less. Entry points are named by path and never imported from here.
 */
import { FAN_OUT_PARKED, MESSAGE_ACCEPTED, NOTICES } from './chat/events';
import type { TableName } from './tables';

export type TableAction =
  'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';

/** Settings that handlers read; each reaches a function as an environment variable, see `settingVariable`. */
export type HandlerSetting =
  | 'defaultRoom'
  | 'maxTextBytes'
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
  /** Indexes that its `Query` reads, by table. */
  readonly indexes?: Partial<Readonly<Record<TableName, readonly string[]>>>;
  /** May put events on the bus. */
  readonly publishes?: true;
  /** May publish to the agents' topic. */
  readonly alerts?: true;
  /** What it may do with open sockets through the management API. */
  readonly sockets?: readonly ('POST' | 'DELETE')[];
  readonly settings?: readonly HandlerSetting[];
}

export const functions = {
  connect: {
    entry: 'websocket/connect.ts',
    does: 'Registers a new connection, makes its person a member of the room and says so.',
    timeout: 10,
    memory: 512,
    tables: {
      Connections: ['PutItem', 'DeleteItem'],
      Audience: ['BatchWriteItem'],
      Users: ['GetItem', 'PutItem'],
      Members: ['GetItem', 'UpdateItem', 'DeleteItem'],
      Rooms: ['GetItem', 'UpdateItem'],
    },
    publishes: true,
    settings: ['defaultRoom', 'logLevel'],
  },
  disconnect: {
    entry: 'websocket/disconnect.ts',
    does: 'Removes a closed connection and says that it left.',
    timeout: 10,
    memory: 512,
    tables: { Connections: ['GetItem', 'DeleteItem'], Audience: ['BatchWriteItem'] },
    publishes: true,
    settings: ['logLevel'],
  },
  'accept-message': {
    entry: 'websocket/accept-message.ts',
    does: 'Numbers a message, an edit or a deletion, keeps it, says so on the bus and replies. Nothing else.',
    timeout: 10,
    memory: 1024,
    tables: {
      Connections: ['GetItem', 'UpdateItem'],
      Rooms: ['GetItem', 'PutItem'],
      Users: ['GetItem', 'BatchGetItem', 'Query'],
      Members: ['GetItem', 'UpdateItem'],
      Outbox: ['GetItem', 'PutItem', 'Query'],
      Dedupe: ['PutItem', 'UpdateItem'],
      ChatHistory: ['Query'],
    },
    indexes: { Users: ['byName'] },
    publishes: true,
    settings: ['maxTextBytes', 'logLevel'],
  },
  rooms: {
    entry: 'websocket/rooms.ts',
    does: 'Creates, enters and leaves rooms and meetings, and says who is there.',
    timeout: 10,
    memory: 512,
    tables: {
      Connections: ['GetItem', 'BatchGetItem', 'UpdateItem'],
      Audience: ['Query', 'BatchGetItem', 'BatchWriteItem'],
      Members: ['GetItem', 'BatchGetItem', 'Query', 'UpdateItem', 'DeleteItem'],
      Rooms: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
      Outbox: ['Query'],
    },
    indexes: { Members: ['byUser'] },
    publishes: true,
    settings: ['logLevel'],
  },
  moderate: {
    entry: 'websocket/moderate.ts',
    does: 'Lets people in, takes them out and keeps them out; roles, closing, new join codes.',
    timeout: 10,
    memory: 512,
    tables: {
      Connections: ['GetItem', 'BatchGetItem', 'UpdateItem'],
      Audience: ['Query', 'BatchGetItem', 'BatchWriteItem'],
      Members: ['GetItem', 'Query', 'UpdateItem', 'DeleteItem'],
      Rooms: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
      Outbox: ['Query'],
    },
    publishes: true,
    settings: ['logLevel'],
  },
  session: {
    entry: 'websocket/session.ts',
    does: 'Who one is and where things stand; names, typing and receipts. The others hear of it by events.',
    timeout: 10,
    memory: 512,
    tables: {
      Connections: ['GetItem', 'UpdateItem'],
      Audience: ['Query'],
      Users: ['GetItem', 'PutItem'],
      Members: ['GetItem', 'BatchGetItem', 'Query', 'UpdateItem'],
      Rooms: ['GetItem', 'BatchGetItem', 'UpdateItem'],
      Outbox: ['Query'],
    },
    indexes: { Members: ['byUser'] },
    publishes: true,
    settings: ['maxTextBytes', 'logLevel'],
  },
  signal: {
    entry: 'websocket/signal.ts',
    does: 'Passes a signal on to the connections of somebody in a shared room, as it is.',
    timeout: 10,
    memory: 512,
    tables: {
      Connections: ['GetItem', 'BatchGetItem'],
      Audience: ['Query'],
      Rooms: ['GetItem'],
    },
    sockets: ['POST'],
    settings: ['postsPerSecond', 'logLevel'],
  },
  recall: {
    entry: 'websocket/recall.ts',
    does: 'Tells what was said in a room, page by page, and what a client missed; goes on listening where it did.',
    timeout: 10,
    memory: 1024,
    tables: {
      Connections: ['GetItem', 'UpdateItem'],
      Audience: ['BatchWriteItem'],
      Members: ['GetItem', 'UpdateItem'],
      Rooms: ['GetItem'],
      Outbox: ['Query'],
      ChatHistory: ['Query'],
    },
    publishes: true,
    settings: ['historyRetentionDays', 'logLevel'],
  },
  announce: {
    entry: 'fan-out/announce.ts',
    does: 'Says a notice to whom it concerns, while the room is small enough.',
    timeout: 30,
    memory: 512,
    tables: {
      Connections: ['GetItem', 'BatchGetItem', 'DeleteItem'],
      Audience: ['Query', 'BatchWriteItem'],
      Users: ['GetItem'],
      Members: ['Query', 'UpdateItem'],
      Rooms: ['GetItem'],
      Outbox: ['Query'],
    },
    publishes: true,
    sockets: ['POST', 'DELETE'],
    settings: ['postsPerSecond', 'logLevel'],
  },
  'claim-and-plan': {
    entry: 'fan-out/claim-and-plan.ts',
    does: 'Claims one attempt of a fan-out and stores the plan that all attempts share.',
    timeout: 30,
    memory: 512,
    tables: {
      Outbox: ['GetItem', 'UpdateItem'],
      Audience: ['Query'],
      Rooms: ['GetItem'],
      Deliveries: ['GetItem', 'PutItem', 'Query'],
    },
    settings: ['segmentSize', 'inlineParts', 'postsPerSecond', 'alerts', 'ledgerDays', 'logLevel'],
  },
  'post-to-part': {
    entry: 'fan-out/post-to-part.ts',
    does: 'Posts one message to one part of the audience and records the outcome of every recipient.',
    timeout: 60,
    memory: 1024,
    tables: {
      Outbox: ['GetItem'],
      Audience: ['Query', 'BatchGetItem'],
      Deliveries: ['Query', 'PutItem', 'UpdateItem'],
    },
    sockets: ['POST'],
    settings: ['ledgerDays', 'logLevel'],
  },
  'prune-part': {
    entry: 'fan-out/prune-part.ts',
    does: 'Removes the connections that a part found gone and says that they left.',
    timeout: 60,
    memory: 512,
    tables: {
      Connections: ['DeleteItem'],
      Audience: ['BatchGetItem', 'BatchWriteItem'],
      Deliveries: ['GetItem', 'Query'],
    },
    publishes: true,
    sockets: ['DELETE'],
    settings: ['logLevel'],
  },
  archive: {
    entry: 'fan-out/archive.ts',
    does: 'Keeps the message in ChatHistory, and there folds edits and deletions into what they are about.',
    timeout: 10,
    memory: 512,
    tables: { Outbox: ['GetItem', 'UpdateItem'], ChatHistory: ['UpdateItem'] },
    settings: ['historyRetentionDays', 'logLevel'],
  },
  'alert-agents': {
    entry: 'fan-out/alert-agents.ts',
    does: 'Alerts the support agents, once per room and window.',
    timeout: 10,
    memory: 512,
    tables: { Outbox: ['GetItem', 'UpdateItem'], Rooms: ['UpdateItem'] },
    alerts: true,
    settings: ['alertWindowSeconds', 'alertPreviewCharacters', 'logLevel'],
  },
  'sum-up': {
    entry: 'fan-out/sum-up.ts',
    does: 'Reads from the ledger which parts of a message still have missed recipients.',
    timeout: 30,
    memory: 512,
    tables: { Deliveries: ['GetItem', 'Query'] },
  },
  'sweep-outbox': {
    entry: 'events/sweep-outbox.ts',
    does: 'Starts overdue fan-outs again and parks those that are too old.',
    timeout: 55,
    memory: 512,
    tables: { Outbox: ['Query', 'GetItem', 'UpdateItem'] },
    indexes: { Outbox: ['due'] },
    publishes: true,
    settings: ['logLevel'],
  },
} as const satisfies Readonly<Record<string, FunctionWiring>>;

export type FunctionName = keyof typeof functions;

/** WebSocket routes by route key. Only a route that `replies` sends its function's answer to the caller. */
export const routes = {
  $connect: { function: 'connect' },
  $disconnect: { function: 'disconnect' },
  $default: { function: 'accept-message', replies: true },
  createRoom: { function: 'rooms', replies: true },
  joinRoom: { function: 'rooms', replies: true },
  leaveRoom: { function: 'rooms', replies: true },
  members: { function: 'rooms', replies: true },
  rooms: { function: 'rooms', replies: true },
  createMeeting: { function: 'rooms', replies: true },
  joinMeeting: { function: 'rooms', replies: true },
  admit: { function: 'moderate', replies: true },
  refuse: { function: 'moderate', replies: true },
  remove: { function: 'moderate', replies: true },
  ban: { function: 'moderate', replies: true },
  unban: { function: 'moderate', replies: true },
  setRole: { function: 'moderate', replies: true },
  closeRoom: { function: 'moderate', replies: true },
  revokeCode: { function: 'moderate', replies: true },
  hello: { function: 'session', replies: true },
  ping: { function: 'session', replies: true },
  refresh: { function: 'session', replies: true },
  setName: { function: 'session', replies: true },
  typing: { function: 'session', replies: true },
  receipt: { function: 'session', replies: true },
  signal: { function: 'signal', replies: true },
  history: { function: 'recall', replies: true },
  resume: { function: 'recall', replies: true },
} as const satisfies Readonly<Record<string, { function: FunctionName; replies?: true }>>;

export interface WorkflowWiring {
  /** Below `statemachines/`. */
  readonly definition: string;
  readonly type: 'EXPRESS' | 'STANDARD';
  /** Functions that its steps invoke; `post-to-part` fills the placeholder `${PostToPart}`. */
  readonly steps: readonly FunctionName[];
  /** Tables that its steps write without a function; `Outbox` fills `${OutboxTable}`. */
  readonly tables?: Partial<Readonly<Record<TableName, readonly TableAction[]>>>;
  /** Queues that its steps send to; `failed-fanouts` fills `${FailedFanoutsQueue}` with the queue's URL. */
  readonly queues?: readonly QueueName[];
  /** The workflow that its steps start; `broadcast` fills `${Broadcast}` with the ARN. */
  readonly starts?: 'broadcast';
  /** Children of its own Distributed Map: it may start and describe itself. */
  readonly distributes?: true;
}

export const workflows = {
  'fan-out': {
    definition: 'fan-out.asl.json',
    type: 'EXPRESS',
    steps: ['announce', 'claim-and-plan', 'archive', 'alert-agents', 'post-to-part', 'prune-part'],
    tables: { Outbox: ['UpdateItem'], Rooms: ['UpdateItem'] },
    queues: ['failed-fanouts'],
    starts: 'broadcast',
  },
  broadcast: {
    definition: 'broadcast.asl.json',
    type: 'STANDARD',
    steps: ['sum-up', 'post-to-part', 'prune-part'],
    tables: { Outbox: ['UpdateItem'], Rooms: ['UpdateItem'] },
    distributes: true,
  },
} as const satisfies Readonly<Record<string, WorkflowWiring>>;

export type WorkflowName = keyof typeof workflows;

/** `undeliverable-events`: a rule could not start its workflow. `failed-fanouts`: parked or invalid. */
export type QueueName = 'undeliverable-events' | 'failed-fanouts';

export type RuleWiring = { readonly events: readonly string[] } & (
  { readonly starts: WorkflowName } | { readonly sendsTo: QueueName }
);

/** What happens on which event of the bus. Deliveries that fail for 5 minutes go to `undeliverable-events`. */
export const rules = {
  'fan-out-messages-and-notices': { events: [MESSAGE_ACCEPTED, ...NOTICES], starts: 'fan-out' },
  'queue-parked-fan-outs': { events: [FAN_OUT_PARKED], sendsTo: 'failed-fanouts' },
} as const satisfies Readonly<Record<string, RuleWiring>>;

/** What runs by the clock. */
export const schedules = {
  'sweep-outbox-every-minute': { everyMinutes: 1, function: 'sweep-outbox' },
} as const satisfies Readonly<Record<string, { everyMinutes: number; function: FunctionName }>>;

/** The environment variable that carries a setting, e.g. `MAX_TEXT_BYTES`. */
export function settingVariable(setting: HandlerSetting): string {
  return setting.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/** Environment variables that a function gets where its row asks for what they name. */
export const BUS_VARIABLE = 'BUS_NAME';
export const AGENTS_TOPIC_VARIABLE = 'AGENTS_TOPIC_ARN';
export const CALLBACK_URL_VARIABLE = 'CALLBACK_URL';
