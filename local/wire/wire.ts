import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, Services } from '../service';
import { asServiceError, newRequestId, send, type Answer } from './answer';
import { jsonError, jsonResult, parseJsonBody, parseJsonTarget, type JsonCall } from './json-protocol';
import { isLambdaPath, lambdaError, lambdaResult, parseLambdaRequest } from './lambda-rest';
import { parseQuery, queryError, queryResult, type QueryCall } from './query-protocol';
import { readBody } from './read-body';

export interface WireDeps {
  readonly services: Services;
  /** Who signed the request; throws ServiceError for a signature that is not right. */
  callerOf(request: IncomingMessage, body: Buffer): Caller;
  /** Told of errors that are no ServiceError. */
  report(error: unknown): void;
}

/**
 * The AWS APIs over HTTP, for AWS SDKs and the `aws` CLI: turns a request into one `services.call` and its
 * result or error into the answer of the request's protocol.
 * @returns a handler that resolves to false, having read and written nothing, for a request that is no AWS API
 *   request by its method, headers and path: somebody else's
 */
export function createWire(
  deps: WireDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const answering = protocolOf(request);
    if (answering === undefined) return false;
    const requestId = newRequestId();
    send(response, await answering(request, requestId, deps), requestId);
    return true;
  };
}

type Protocol = (request: IncomingMessage, requestId: string, deps: WireDeps) => Promise<Answer>;

function protocolOf(request: IncomingMessage): Protocol | undefined {
  if (isLambdaPath(request.url ?? '')) return answerLambda;
  if (request.method !== 'POST') return undefined;
  if (request.headers['x-amz-target'] !== undefined) return answerJson;
  // Only AWS's own clients post forms to `/` or to a queue's URL; a browser's form would carry no such signature.
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const isQueryPath = /^\/(\d{12}\/[^/?]+)?(\?.*)?$/.test(request.url ?? '');
  return isForm && isQueryPath ? answerQuery : undefined;
}

async function answerJson(request: IncomingMessage, _requestId: string, deps: WireDeps): Promise<Answer> {
  let call: JsonCall | undefined;
  try {
    const body = await readBody(request);
    call = parseJsonTarget(String(request.headers['x-amz-target']));
    const caller = deps.callerOf(request, body);
    const input = parseJsonBody(body);
    return jsonResult(call, await deps.services.call(call.target.service, call.action, input, caller));
  } catch (error) {
    return jsonError(call, asServiceError(error, deps));
  }
}

async function answerQuery(request: IncomingMessage, requestId: string, deps: WireDeps): Promise<Answer> {
  let call: QueryCall | undefined;
  try {
    const body = await readBody(request);
    call = parseQuery(body.toString('utf8'), (request.url ?? '').split('?')[0] ?? '');
    const caller = deps.callerOf(request, body);
    const result = await deps.services.call(call.api.service, call.action, call.input, caller);
    return queryResult(call, result, requestId);
  } catch (error) {
    return queryError(call, asServiceError(error, deps), requestId);
  }
}

async function answerLambda(request: IncomingMessage, _requestId: string, deps: WireDeps): Promise<Answer> {
  try {
    const body = await readBody(request);
    const caller = deps.callerOf(request, body);
    const call = parseLambdaRequest(request, body);
    return lambdaResult(call, await deps.services.call('lambda', call.action, call.input, caller));
  } catch (error) {
    return lambdaError(asServiceError(error, deps));
  }
}
