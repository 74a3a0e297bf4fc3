import { isObject, type Json, type JsonObject } from '../json/json';
import type { ServiceCalls } from '../service';
import type { Integration } from './definitions';

/** What came of calling a function. `status` is what a client is told: 500, 502 or 504. */
export type Invocation = { readonly payload: Json } | IntegrationFailure;

export interface IntegrationFailure {
  readonly status: 500 | 502 | 504;
  /** For logs; what clients read is `platformMessage`. */
  readonly error: string;
}

/** What API Gateway tells a client about a status of its own. It never says what went wrong in a function. */
export function platformMessage(status: number): string {
  switch (status) {
    case 401:
      return 'Unauthorized';
    case 403:
      return 'Forbidden';
    case 429:
      return 'Too Many Requests';
    case 504:
      return 'Endpoint request timed out';
    default:
      return 'Internal server error';
  }
}

/** A proxy integration's answer, checked. */
export interface IntegrationAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Calls a function as API Gateway does. A call that Lambda refuses is 500, an error of the function 502, an answer
 * later than `timeoutMs` (real time) 504.
 * @param sourceArn what calls it, which the function's permissions may name: a route or an authorizer
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
 */
export async function invokeFunction(
  services: ServiceCalls,
  functionArn: string,
  event: JsonObject,
  { timeoutMs, sourceArn }: { readonly timeoutMs: number; readonly sourceArn: string },
): Promise<Invocation> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<IntegrationFailure>((resolve) => {
    timer = setTimeout(() => resolve({ status: 504, error: 'Endpoint request timed out' }), timeoutMs);
  });
  try {
    return await Promise.race([late, call(services, functionArn, event, sourceArn)]);
  } finally {
    clearTimeout(timer);
  }
}

async function call(
  services: ServiceCalls,
  functionArn: string,
  event: JsonObject,
  sourceArn: string,
): Promise<Invocation> {
  try {
    const answer = await services.call(
      'lambda',
      'Invoke',
      { FunctionName: functionArn, Payload: event },
      { principal: 'apigateway.amazonaws.com', sourceArn, party: partyOf(event) ?? sourceArn },
    );
    if (answer['FunctionError'] !== undefined)
      return { status: 502, error: functionError(answer['Payload']) };
    return { payload: answer['Payload'] ?? null };
  } catch (error) {
    return { status: 500, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** The connection that a frame or handshake is of. */
function partyOf({ requestContext }: JsonObject): string | undefined {
  const id = isObject(requestContext) ? requestContext['connectionId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function functionError(payload: Json | undefined): string {
  const message = isObject(payload) ? payload['errorMessage'] : undefined;
  return `Lambda function error: ${typeof message === 'string' ? message : JSON.stringify(payload)}`;
}

/**
 * Calls the integration of a route and checks its answer: an object with a whole-number `statusCode`, a text `body`
 * or none, text headers or none. Anything else is 502, "malformed": a function that forgets its answer fails on AWS.
 */
export async function invokeIntegration(
  services: ServiceCalls,
  integration: Integration,
  event: JsonObject,
  sourceArn: string,
): Promise<IntegrationAnswer | IntegrationFailure> {
  const { functionArn, timeoutMs } = integration;
  const invocation = await invokeFunction(services, functionArn, event, { timeoutMs, sourceArn });
  if (!('payload' in invocation)) return invocation;
  return proxyAnswer(invocation.payload) ?? { status: 502, error: 'Malformed Lambda proxy response' };
}

function proxyAnswer(payload: Json): IntegrationAnswer | undefined {
  if (!isObject(payload)) return undefined;
  const { statusCode, body, headers = {}, isBase64Encoded = false } = payload;
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode)) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  if (!isObject(headers)) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'object') return undefined;
    texts[name] = String(value);
  }
  if (typeof body !== 'string') return { statusCode, headers: texts };
  return {
    statusCode,
    headers: texts,
    body: isBase64Encoded === true ? Buffer.from(body, 'base64').toString() : body,
  };
}
