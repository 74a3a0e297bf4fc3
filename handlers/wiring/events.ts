import type { FunctionWiring } from './row';

/** What runs on an event or by the clock, see `rules` and `schedules`. */
export const eventFunctions = {
  'close-expired': {
    entry: 'events/close-expired.ts',
    does: 'Closes the connections whose token has ended.',
    timeout: 55,
    memory: 512,
    tables: {
      Connections: ['BatchGetItem', 'DeleteItem'],
      Audience: ['BatchWriteItem'],
      Members: ['BatchGetItem'],
    },
    indexes: { Connections: ['expiring'] },
    publishes: true,
    sockets: ['POST', 'DELETE'],
    whereSignedIn: true,
    settings: ['postsPerSecond', 'logLevel'],
  },
  'close-connections': {
    entry: 'events/close-connections.ts',
    does: 'Closes all connections of a person who may not go on.',
    timeout: 55,
    memory: 512,
    tables: {
      Connections: ['DeleteItem'],
      Audience: ['Query', 'BatchWriteItem'],
      Members: ['BatchGetItem'],
    },
    publishes: true,
    sockets: ['POST', 'DELETE'],
    keepsFailedEvents: true,
    settings: ['postsPerSecond', 'logLevel'],
  },
  'sweep-outbox': {
    entry: 'events/sweep-outbox.ts',
    does: 'Starts overdue fan-outs again and parks those that are too old.',
    timeout: 55,
    memory: 512,
    tables: { Outbox: ['GetItem', 'UpdateItem'] },
    indexes: { Outbox: ['due'] },
    publishes: true,
    settings: ['logLevel'],
  },
} as const satisfies Readonly<Record<string, FunctionWiring>>;
