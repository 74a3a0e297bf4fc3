import type { IncomingMessage } from 'node:http';
import type { Json, JsonObject } from '../json/json';
import { defined } from '../json/members';
import { parseJson } from '../json/parse-json';
import { ServiceError } from '../service';
import type { Answer } from './answer';

export interface LambdaCall {
  readonly action: 'Invoke' | 'ListFunctions';
  readonly input: JsonObject;
}

const FUNCTIONS = /^\/2015-03-31\/functions\/?(?:\?.*)?$/;
const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations(?:\?(.*))?$/;

/** Whether a path is Lambda's; everything under its version is answered here, even if only with an error. */
export function isLambdaPath(url: string): boolean {
  return url.startsWith('/2015-03-31/');
}

/**
 * Lambda's REST API: Invoke with the payload as the body, and ListFunctions.
 * @throws UnknownOperationException for other paths, InvalidRequestContentException for a body that is no JSON
 */
export function parseLambdaRequest(request: IncomingMessage, body: Buffer): LambdaCall {
  const url = request.url ?? '';
  const invocation = INVOCATIONS.exec(url);
  if (request.method === 'POST' && invocation !== null) {
    const [, name = '', query = ''] = invocation;
    if (new URLSearchParams(query).has('Qualifier')) {
      throw new ServiceError(
        'ResourceNotFoundException',
        'The local runtime has no function versions or aliases',
        404,
      );
    }
    const type = request.headers['x-amz-invocation-type'];
    const input = defined({
      FunctionName: decodeURIComponent(name),
      InvocationType: typeof type === 'string' ? type : undefined,
      Payload: body.length === 0 ? {} : payload(body),
    });
    return { action: 'Invoke', input };
  }
  if (request.method === 'GET' && FUNCTIONS.test(url)) return { action: 'ListFunctions', input: {} };
  throw new ServiceError(
    'UnknownOperationException',
    `The local runtime does not model ${request.method ?? ''} ${url}`,
    404,
  );
}

function payload(body: Buffer): Json {
  try {
    return parseJson(body.toString('utf8'));
  } catch {
    throw new ServiceError('InvalidRequestContentException', 'Could not parse request body into json');
  }
}

/** Invoke answers the payload itself, with its outcome in the status and headers. */
export function lambdaResult(call: LambdaCall, result: JsonObject): Answer {
  if (call.action === 'ListFunctions') {
    return { status: 200, contentType: 'application/json', body: JSON.stringify(result) };
  }
  const { StatusCode: status, Payload: returned, FunctionError: functionError, LogResult: tail } = result;
  const headers: Record<string, string> = { 'x-amz-executed-version': '$LATEST' };
  if (typeof functionError === 'string') headers['x-amz-function-error'] = functionError;
  if (typeof tail === 'string') headers['x-amz-log-result'] = tail;
  return {
    status: typeof status === 'number' ? status : 200,
    contentType: 'application/json',
    body: returned === undefined ? '' : JSON.stringify(returned),
    headers,
  };
}

export function lambdaError(error: ServiceError): Answer {
  return {
    status: error.status,
    contentType: 'application/json',
    body: JSON.stringify({
      Type: error.status >= 500 ? 'Service' : 'User',
      Message: error.message,
      message: error.message,
    }),
    headers: { 'x-amzn-errortype': error.code },
  };
}
