import type { FunctionWiring } from './row';

/** What runs in the steps that erase a person, see `workflows`. */
export const personalDataFunctions = {
  'revoke-access': {
    entry: 'personal-data/revoke-access.ts',
    does: 'Says that a person may not go on, so that their connections are closed.',
    timeout: 10,
    memory: 256,
    publishes: true,
  },
  'erase-page': {
    entry: 'personal-data/erase-page.ts',
    does: 'Erases what is stored of a person, page by page. The only one that may scan tables.',
    timeout: 120,
    memory: 1024,
    tables: {
      Users: ['GetItem', 'UpdateItem'],
      ChatHistory: ['Scan', 'Query', 'UpdateItem'],
      Outbox: ['Scan', 'UpdateItem'],
      Deliveries: ['Scan', 'GetItem', 'UpdateItem'],
      Rooms: ['Scan', 'GetItem', 'UpdateItem'],
      Members: ['GetItem', 'BatchGetItem', 'Query', 'UpdateItem', 'DeleteItem'],
      Limits: ['Scan', 'DeleteItem'],
      Tickets: ['Scan', 'DeleteItem'],
      Connections: ['Scan', 'DeleteItem'],
      Audience: ['Scan', 'DeleteItem', 'BatchWriteItem'],
      Dedupe: ['Scan', 'DeleteItem'],
    },
    indexes: { Members: ['byUser'] },
    publishes: true,
    settings: ['logLevel'],
  },
} as const satisfies Readonly<Record<string, FunctionWiring>>;
