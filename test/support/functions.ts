import { join } from 'node:path';
import { createClock } from '../../local/clock';
import { NO_FAULTS } from '../../local/faults/faults';
import type { FunctionConfiguration } from '../../local/functions/function-configuration';
import { Functions, type FunctionsOptions } from '../../local/functions/functions';
import type { Json, JsonObject } from '../../local/json/json';
import { OPERATOR, Services } from '../../local/service';

export const ROLE = 'arn:aws:iam::000000000000:role/parley-role';

/** Declares a function that runs one of the handlers in fixtures/functions, e.g. `index.echo`. */
export function configuration(
  handler: string,
  over: Partial<FunctionConfiguration> = {},
): FunctionConfiguration {
  return {
    name: 'parley-function',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:parley-function',
    constructId: 'the-function',
    runtime: 'nodejs24.x',
    handler,
    taskRoot: join(__dirname, '..', 'local', 'fixtures', 'functions'),
    roleArn: ROLE,
    timeout: 20,
    memorySize: 128,
    architecture: 'arm64',
    environment: {},
    logGroup: '/aws/lambda/parley-function',
    ...over,
  };
}

export interface Started {
  readonly functions: Functions;
  readonly logged: { readonly group: string; readonly stream: string; readonly line: string }[];
  readonly invoke: (payload?: Json, more?: JsonObject) => Promise<JsonObject>;
}

const started: Functions[] = [];

/** A service with one function; closed after the test file. */
export function start(
  handler: string,
  over: Partial<FunctionConfiguration> = {},
  options: Partial<FunctionsOptions> = {},
): Started {
  const logged: { group: string; stream: string; line: string }[] = [];
  const functions = new Functions({
    clock: createClock(),
    faults: NO_FAULTS,
    services: new Services(),
    credentialsFor: (roleArn) => ({
      accessKeyId: 'KEY',
      secretAccessKey: 'SECRET',
      sessionToken: `of ${roleArn}`,
    }),
    endpointUrl: () => 'http://127.0.0.1:8080',
    endpointSocket: () => 'nowhere',
    log: (group, stream, line) => logged.push({ group, stream, line }),
    ...options,
  });
  started.push(functions);
  functions.declare(configuration(handler, over));
  const invoke = (payload: Json = {}, more: JsonObject = {}) =>
    call(functions, 'Invoke', { FunctionName: 'parley-function', Payload: payload, ...more });
  return { functions, logged, invoke };
}

export function call(functions: Functions, action: string, input: JsonObject): Promise<JsonObject> {
  const run = functions.service().actions[action];
  if (run === undefined) throw new Error(`no action ${action}`);
  return run(input, OPERATOR);
}

afterAll(async () => {
  await Promise.all(started.splice(0).map((functions) => functions.close()));
});
