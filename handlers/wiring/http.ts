import type { FunctionWiring } from './row';

/** What runs on the routes of the HTTP API, see `httpRoutes`. */
export const httpFunctions = {
  'issue-ticket': {
    entry: 'http/issue-ticket.ts',
    does: 'Gives somebody who is signed in a ticket to connect with once.',
    timeout: 10,
    memory: 512,
    tables: { Tickets: ['PutItem'], Users: ['GetItem'] },
    verifiesTokens: true,
    whereSignedIn: true,
    settings: ['access', 'allowedOrigins', 'logLevel'],
  },
  'sign-out': {
    entry: 'http/sign-out.ts',
    does: 'Ends the tokens and the connections of somebody who is signed in.',
    timeout: 10,
    memory: 512,
    tables: { Users: ['GetItem', 'UpdateItem'] },
    publishes: true,
    verifiesTokens: true,
    whereSignedIn: true,
    settings: ['access', 'allowedOrigins', 'logLevel'],
  },
} as const satisfies Readonly<Record<string, FunctionWiring>>;
