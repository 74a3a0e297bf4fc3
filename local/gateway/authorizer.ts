import type { IncomingMessage } from 'node:http';
import { isObject, type Json, type JsonObject } from '../json/json';
import type { ServiceCalls } from '../service';
import { arn } from '../template/resource-model';
import type { Authorizer } from './definitions';
import { handshakeParameters, stageArn, type Peer } from './events';
import { invokeFunction } from './integration';

const AUTHORIZER_TIMEOUT_MS = 29_000;

/** Lets in, with what functions will see as `requestContext.authorizer`, or refuses with an HTTP status. */
export type Authorization =
  { readonly authorizer: JsonObject } | { readonly status: 401 | 403 | 500; readonly error: string };

/**
 * Asks a REQUEST authorizer about a handshake. 401: an identity source is missing (the function is not called) or the
 * function threw "Unauthorized"; 403: its policy does not allow the connection; 500: it failed or gave no valid answer.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export async function authorize(
  services: ServiceCalls,
  authorizer: Authorizer,
  request: IncomingMessage,
  peer: Peer,
  context: JsonObject,
): Promise<Authorization> {
  const parameters = handshakeParameters(request, peer);
  if (!authorizer.identitySources.every((source) => isPresent(source, parameters, context))) {
    return { status: 401, error: 'An identity source is missing' };
  }
  const started = performance.now();
  const methodArn = stageArn(peer.stage, '$connect');
  const event = { type: 'REQUEST', methodArn, ...parameters, stageVariables: {}, requestContext: context };
  const invocation = await invokeFunction(services, authorizer.functionArn, event, {
    timeoutMs: AUTHORIZER_TIMEOUT_MS,
    sourceArn: arn('execute-api', `${peer.stage.api.id}/authorizers/${authorizer.id}`),
  });
  if (!('payload' in invocation)) {
    return invocation.error === 'Lambda function error: Unauthorized'
      ? { status: 401, error: 'Unauthorized' }
      : { status: 500, error: invocation.error };
  }
  const answer = invocation.payload;
  const values = contextValues(answer);
  if (!isObject(answer) || !isObject(answer['policyDocument']) || values === undefined) {
    return { status: 500, error: 'The authorizer gave no valid answer' };
  }
  if (!allows(answer['policyDocument'], methodArn)) {
    return { status: 403, error: 'The policy of the authorizer does not allow execute-api:Invoke' };
  }
  const { principalId } = answer;
  return {
    authorizer: {
      ...values,
      ...(typeof principalId === 'string' ? { principalId } : {}),
      integrationLatency: Math.round(performance.now() - started),
    },
  };
}

/** Context values reach functions as text; objects and lists are not allowed there. */
function contextValues(answer: Json): Record<string, string> | undefined {
  const context = isObject(answer) ? (answer['context'] ?? {}) : undefined;
  if (!isObject(context)) return undefined;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(context)) {
    if (value === null) continue;
    if (typeof value === 'object') return undefined;
    values[name] = String(value);
  }
  return values;
}

function isPresent(source: string, parameters: JsonObject, context: JsonObject): boolean {
  const [, from, name = ''] =
    /^(route\.request\.header|route\.request\.querystring|context)\.(.+)$/.exec(source) ?? [];
  switch (from) {
    case 'route.request.header':
      return lookUp(parameters['headers'], [name], true);
    case 'route.request.querystring':
      return lookUp(parameters['queryStringParameters'], [name], false);
    default:
      return lookUp(context, name.split('.'), false);
  }
}

function lookUp(from: Json | undefined, path: readonly string[], ignoreCase: boolean): boolean {
  let value: Json | undefined = from;
  for (const name of path) {
    if (!isObject(value)) return false;
    const wanted = ignoreCase ? name.toLowerCase() : name;
    value = Object.entries(value).find(([key]) => (ignoreCase ? key.toLowerCase() : key) === wanted)?.[1];
  }
  return value !== undefined && value !== null && value !== '';
}

function allows(policy: JsonObject, methodArn: string): boolean {
  const statements = [policy['Statement'] ?? []].flat();
  const effects = statements
    .filter(isObject)
    .filter(
      ({ Action, Resource }) =>
        matches(Action, 'execute-api:Invoke', 'i') && matches(Resource, methodArn, ''),
    )
    .map((statement) => statement['Effect']);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function matches(patterns: Json | undefined, value: string, flags: string): boolean {
  return [patterns ?? []].flat().some((pattern) => {
    if (typeof pattern !== 'string') return false;
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, flags).test(value);
  });
}
