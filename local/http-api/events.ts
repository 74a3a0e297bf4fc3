import type { IncomingMessage } from 'node:http';
import { commonLogTime, domainName } from '../gateway/events';
import { randomId } from '../gateway/ids';
import type { JsonObject } from '../json/json';
import { ACCOUNT } from '../template/resource-model';

/** A request to an HTTP API, with its path below the API's address. */
export interface ApiRequest {
  readonly request: IncomingMessage;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  readonly body: Buffer;
}

/**
 * `requestContext` of payload format 2.0.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function requestContext(
  apiId: string,
  stage: string,
  routeKey: string,
  { request, path }: Pick<ApiRequest, 'request' | 'path'>,
  now: number,
): JsonObject {
  return {
    accountId: ACCOUNT,
    apiId,
    domainName: domainName(apiId),
    domainPrefix: apiId,
    http: {
      method: request.method ?? 'GET',
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: randomId(),
    routeKey,
    stage,
    time: commonLogTime(now),
    timeEpoch: now,
  };
}

/** The event of a Lambda integration, payload format 2.0: names of headers in lower case, several values with commas. */
export function requestEvent(context: JsonObject, { request, path, query, body }: ApiRequest): JsonObject {
  const { cookie, ...headers } = request.headers;
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters[name];
    parameters[name] = before === undefined ? value : `${before},${value}`;
  }
  const isText = isTextType(request.headers['content-type']);
  return {
    version: '2.0',
    routeKey: context['routeKey'] ?? '',
    rawPath: path,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(',')]],
      ),
    ),
    ...(Object.keys(parameters).length === 0 ? {} : { queryStringParameters: parameters }),
    requestContext: context,
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function isTextType(contentType: string | undefined): boolean {
  return (
    contentType === undefined ||
    /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded))/.test(contentType)
  );
}
