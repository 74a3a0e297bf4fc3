import { isObject, type Json } from '../json/json';

/** What a client of an HTTP API gets. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** Of the platform itself; what went wrong in a function is never said. */
export function platformAnswer(status: 404 | 403 | 413 | 429 | 500 | 503): HttpAnswer {
  return jsonAnswer(status, { message: PLATFORM_MESSAGES[status] });
}

export const PLATFORM_MESSAGES = {
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/**
 * What a function's answer means in payload format 2.0: an object with a `statusCode`, or anything else as the body of
 * a 200. Undefined for a malformed one.
 */
export function answerOf(payload: Json): HttpAnswer | undefined {
  if (!isObject(payload) || payload['statusCode'] === undefined) return jsonAnswer(200, payload);
  const { statusCode, body = '', headers = {}, cookies = [], isBase64Encoded = false } = payload;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (!isObject(headers) || !Array.isArray(cookies) || (body !== null && typeof body !== 'string'))
    return undefined;
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === null || typeof value === 'object') return undefined;
    texts[name.toLowerCase()] = String(value);
  }
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  return {
    status,
    headers: bytes.length > 0 ? { 'content-type': 'text/plain;charset=utf-8', ...texts } : texts,
    cookies: cookies.filter((cookie) => typeof cookie === 'string'),
    body: bytes,
  };
}

function jsonAnswer(status: number, value: Json): HttpAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { 'content-type': 'application/json' }, cookies: [], body };
}
