import type { IncomingMessage } from 'node:http';
import type { Cors } from './definitions';

/**
 * What API Gateway adds to an answer for the page that asked, nothing for one of another origin. Headers of the
 * function's own about CORS are dropped where the API has a configuration.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(cors: Cors, origin: string | undefined): Record<string, string> {
  const allowed = allowedOrigin(cors, origin);
  if (allowed === undefined) return {};
  return {
    'access-control-allow-origin': allowed,
    ...(allowed === '*' ? {} : { vary: 'Origin' }),
    ...(cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(cors.exposedHeaders.length === 0
      ? {}
      : { 'access-control-expose-headers': cors.exposedHeaders.join(',') }),
  };
}

/** Whether a browser asks if it may send a request: answered by API Gateway itself, whatever routes there are. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** The headers of the answer, whose status is 204; none for a page of another origin, which the browser then stops. */
export function preflightHeaders(cors: Cors, origin: string | undefined): Record<string, string> {
  const headers = corsHeaders(cors, origin);
  if (Object.keys(headers).length === 0) return {};
  return {
    ...headers,
    'access-control-allow-methods': cors.methods.join(','),
    'access-control-allow-headers': cors.headers.join(','),
    ...(cors.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(cors.maxAgeSeconds) }),
  };
}

function allowedOrigin({ origins, credentials }: Cors, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (origins.includes(origin)) return origin;
  return origins.includes('*') && !credentials ? '*' : undefined;
}
