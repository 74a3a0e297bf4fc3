/**
 * The table of contents: which code runs on which route, workflow step, event and schedule, and what each may
 * touch. The stacks loop over this page; every function's environment and permissions are derived from its row,
 * so a row that asks for less gets less. Entry points are named by path and never imported from here; the rows
 * of a folder's functions stand in `wiring/<folder>.ts`.
 */
import { ACCESS_REVOKED, FAN_OUT_PARKED, MESSAGE_ACCEPTED, NOTICES, type MemberLeft } from './chat/events';
import type { TableName } from './tables';
import { eventFunctions } from './wiring/events';
import { fanOutFunctions } from './wiring/fan-out';
import { httpFunctions } from './wiring/http';
import { personalDataFunctions } from './wiring/personal-data';
import type { TableAction } from './wiring/row';
import { websocketFunctions } from './wiring/websocket';

/** Every function, by name. */
export const functions = {
  ...websocketFunctions,
  ...httpFunctions,
  ...fanOutFunctions,
  ...eventFunctions,
  ...personalDataFunctions,
};

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
  refresh: { function: 'refresh', replies: true },
  setName: { function: 'session', replies: true },
  typing: { function: 'session', replies: true },
  receipt: { function: 'session', replies: true },
  signal: { function: 'signal', replies: true },
  history: { function: 'recall', replies: true },
  resume: { function: 'recall', replies: true },
} as const satisfies Readonly<Record<string, { function: FunctionName; replies?: true }>>;

/** Whom API Gateway asks about a handshake, wherever people sign in. */
export const AUTHORIZER = 'authorize' satisfies FunctionName;

/** Routes of the HTTP API, which is there wherever people sign in. */
export const httpRoutes = {
  'POST /tickets': 'issue-ticket',
  'POST /sign-out': 'sign-out',
} as const satisfies Readonly<Record<`POST /${string}`, FunctionName>>;

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
  'erase-person': {
    definition: 'erase-person.asl.json',
    type: 'STANDARD',
    steps: ['revoke-access', 'erase-page'],
  },
} as const satisfies Readonly<Record<string, WorkflowWiring>>;

export type WorkflowName = keyof typeof workflows;

/** `undeliverable-events`: what a rule could not hand on, or a function failed at for good. `failed-fanouts`: parked or invalid. */
export type QueueName = 'undeliverable-events' | 'failed-fanouts';

export type RuleWiring = {
  readonly events: readonly string[];
  /** Those whose detail has this field are none of its business. */
  readonly without?: string;
} & ({ readonly starts: WorkflowName } | { readonly sendsTo: QueueName } | { readonly runs: FunctionName });

/** What happens on which event of the bus. Deliveries that fail for 5 minutes go to `undeliverable-events`. */
export const rules = {
  'fan-out-messages-and-notices': {
    events: [MESSAGE_ACCEPTED, ...NOTICES],
    without: 'unannounced' satisfies keyof MemberLeft,
    starts: 'fan-out',
  },
  'queue-parked-fan-outs': { events: [FAN_OUT_PARKED], sendsTo: 'failed-fanouts' },
  'close-revoked-connections': { events: [ACCESS_REVOKED], runs: 'close-connections' },
} as const satisfies Readonly<Record<string, RuleWiring>>;

/** What runs by the clock. */
export const schedules = {
  'close-expired-every-minute': { everyMinutes: 1, function: 'close-expired' },
  'sweep-outbox-every-minute': { everyMinutes: 1, function: 'sweep-outbox' },
} as const satisfies Readonly<Record<string, { everyMinutes: number; function: FunctionName }>>;
