import type { IncomingMessage } from 'node:http';
import { isObject, type JsonObject } from '../json/json';
import { arn, REGION } from '../template/resource-model';
import type { Stage } from './definitions';
import { randomId } from './ids';

/** What is known of a connection from its first request on. */
export interface Peer {
  readonly connectionId: string;
  readonly stage: Stage;
  /** Milliseconds since the epoch. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
  readonly host: string;
  /** What the authorizer gave, as functions see it. */
  authorizer?: JsonObject;
}

type Occasion =
  | { readonly eventType: 'CONNECT' }
  | { readonly eventType: 'MESSAGE' }
  | { readonly eventType: 'DISCONNECT'; readonly code: number; readonly reason: string };

/**
 * `requestContext` as a Lambda proxy integration receives it. Its request id stands in the platform's error frames
 * and in the access log too.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-integrations.html and the
 * events that AWS sends ($connect, a message, $disconnect).
 */
export function requestContext(peer: Peer, routeKey: string, now: number, occasion: Occasion): JsonObject {
  const requestId = randomId();
  return {
    routeKey,
    ...(peer.authorizer === undefined ? {} : { authorizer: peer.authorizer }),
    ...(occasion.eventType === 'MESSAGE' ? { messageId: randomId() } : {}),
    ...(occasion.eventType === 'DISCONNECT'
      ? { disconnectStatusCode: occasion.code, disconnectReason: occasion.reason }
      : {}),
    eventType: occasion.eventType,
    extendedRequestId: requestId,
    requestTime: commonLogTime(now),
    messageDirection: 'IN',
    stage: peer.stage.name,
    connectedAt: peer.connectedAt,
    requestTimeEpoch: now,
    identity: {
      sourceIp: peer.sourceIp,
      ...(peer.userAgent === undefined ? {} : { userAgent: peer.userAgent }),
    },
    requestId,
    domainName: domainName(peer.stage.api.id),
    connectionId: peer.connectionId,
    apiId: peer.stage.api.id,
  };
}

export function connectEvent(context: JsonObject, request: IncomingMessage, peer: Peer): JsonObject {
  return { ...handshakeParameters(request, peer), requestContext: context, isBase64Encoded: false };
}

/** The context of a `$connect` that an authorizer has let in meanwhile. */
export function withAuthorizer(context: JsonObject, { authorizer }: Peer): JsonObject {
  return authorizer === undefined ? context : { ...context, authorizer };
}

/** The context of a `$connect` whose signature says who it is from. */
export function withIdentity(context: JsonObject, signed: JsonObject): JsonObject {
  const { identity } = context;
  return { ...context, identity: { ...(isObject(identity) ? identity : {}), ...signed } };
}

export function messageEvent(context: JsonObject, body: string): JsonObject {
  return { requestContext: context, body, isBase64Encoded: false };
}

export function disconnectEvent(context: JsonObject, peer: Peer): JsonObject {
  const headers = { Host: peer.host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  );
  return { headers, multiValueHeaders, requestContext: context, isBase64Encoded: false };
}

/**
 * Headers and query of the handshake: names as the client spelt them, the last value of a repeated one,
 * all values in the multi-value maps. A handshake without a query has no query maps.
 */
export function handshakeParameters(request: IncomingMessage, peer: Peer): JsonObject {
  const headers = pairs(request.rawHeaders).filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  headers.push(['X-Forwarded-For', peer.sourceIp], ['X-Forwarded-Proto', 'http']);
  const query = [...new URL(request.url ?? '/', 'http://localhost').searchParams];
  return {
    headers: Object.fromEntries(headers),
    multiValueHeaders: multiValue(headers),
    ...(query.length === 0
      ? {}
      : {
          queryStringParameters: Object.fromEntries(query),
          multiValueQueryStringParameters: multiValue(query),
        }),
  };
}

/** The API's own host on AWS, which is where functions may think that they post to. */
export function domainName(apiId: string): string {
  return `${apiId}.execute-api.${REGION}.amazonaws.com`;
}

/** The ARN of something of a stage, e.g. of its route `$connect`. */
export function stageArn(stage: Stage, path: string): string {
  return arn('execute-api', `${stage.api.id}/${stage.name}/${path}`);
}

const HOP_BY_HOP = new Set(['connection', 'upgrade']);

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return found;
}

function multiValue(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of entries) (values[name] ??= []).push(value);
  return values;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** e.g. `21/Nov/2020:20:39:08 +0000` */
export function commonLogTime(epoch: number): string {
  const time = new Date(epoch);
  const day = String(time.getUTCDate()).padStart(2, '0');
  const clock = time.toISOString().slice(11, 19);
  return `${day}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000`;
}
