import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Meter } from '../billing/meter';
import type { Credentials } from '../credentials';
import type { Faults } from '../faults/faults';
import type { JsonObject } from '../json/json';
import { ServiceError, type ServiceCalls } from '../service';
import { TRACE_HEADER } from '../trace';
import { readBody } from '../wire/read-body';
import type { Connection } from './connection';
import type { Stage } from './definitions';
import type { GatewayLimits } from './limits';
import type { TokenBucket } from './token-bucket';

const SIGNING_NAME = 'execute-api';
const PATH = /^\/([^/?]+)\/(?:@|%40)connections\/([^/?]+)(?:\?|$)/i;

export interface ManagementParts {
  readonly services: Pick<ServiceCalls, 'authorize'>;
  readonly credentials: Credentials;
  readonly faults: Faults;
  readonly limits: GatewayLimits;
  readonly account: TokenBucket;
  readonly meter?: Meter;
  stage(name: string): Stage | undefined;
  /** An open connection of a stage; one whose upgrade is still under way is not open. */
  find(stage: string, connectionId: string): Connection | undefined;
}

/** True for what is the management API's to answer: `/<stage>/@connections/<id>`. */
export function isManagementRequest(url: string | undefined): boolean {
  return PATH.test(url ?? '');
}

/**
 * The `@connections` API: POST sends one text frame, GET tells about a connection, DELETE closes it with 1000.
 * Errors: 403 (signature, or a role without the grant), 410 GoneException, 413 PayloadTooLargeException, 429 LimitExceededException (the account's
 * rate, or a client that does not read). The fault point `connections.post` concerns POST only; `reset` cuts the
 * request off before anything is sent.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export async function serveManagement(
  parts: ManagementParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request, { bytes: parts.limits.messageBytes, refusal: payloadTooLarge });
    const caller = parts.credentials.verify(request, body, SIGNING_NAME);
    const [, stage = '', encodedId = ''] = PATH.exec(request.url ?? '') ?? [];
    const target = { apiId: parts.stage(stage)?.api.id ?? '', stage, method: request.method ?? '' };
    parts.services.authorize(SIGNING_NAME, 'ManageConnections', target, caller);
    const connectionId = decode(encodedId);
    switch (request.method) {
      case 'POST':
        if ((await runFault(parts, connectionId)) === 'reset') return cutOff(request.socket);
        post(parts, open(parts, stage, connectionId), body);
        parts.meter?.message('out', body.length, traceOf(request));
        // Posts come in a row, from one part to all who are there: first they all get their frames.
        await new Promise((resolve) => setImmediate(resolve));
        return answer(response, 200);
      case 'GET':
        return answer(response, 200, describe(open(parts, stage, connectionId)));
      case 'DELETE':
        open(parts, stage, connectionId).close(1000, 'Connection Closed Normally');
        return answer(response, 204);
      default:
        throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    answer(response, error.status, { message: error.message }, error.code);
  }
}

/** Takes the request's token and finds its connection: throttling is felt by posts to gone connections too. */
function open(parts: ManagementParts, stage: string, connectionId: string): Connection {
  if (!parts.account.take()) throw new ServiceError('LimitExceededException', 'Too Many Requests', 429);
  const connection = parts.find(stage, connectionId);
  if (connection === undefined) throw gone();
  return connection;
}

function post({ limits }: ManagementParts, connection: Connection, body: Buffer): void {
  if (connection.unreadBytes > limits.unreadBytes) {
    throw new ServiceError('LimitExceededException', 'The buffer of the WebSocket client is full', 429);
  }
  connection.send(body);
}

function traceOf({ headers }: IncomingMessage): string | undefined {
  const header = headers[TRACE_HEADER];
  return typeof header === 'string' ? header : undefined;
}

async function runFault({ faults }: ManagementParts, connectionId: string): Promise<'reset' | undefined> {
  const fault = faults.at('connections.post', connectionId);
  if (fault === undefined) return undefined;
  switch (fault.effect) {
    case 'reset':
      return 'reset';
    case 'slow':
      // Real time, and a runtime that is closed meanwhile does not wait for it.
      await wait(fault.milliseconds(), undefined, { ref: false });
      return undefined;
    case 'status':
      if (fault.argument === '410') throw gone();
      if (fault.argument === '429')
        throw new ServiceError('LimitExceededException', 'Too Many Requests', 429);
      throw new ServiceError('InternalServerErrorException', 'Internal server error', 500);
    default:
      throw new Error(`The gateway does not model the fault connections.post:${fault.effect}`);
  }
}

/** Nothing follows on this socket; over TCP the other side hears of it by a reset. */
function cutOff(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

function payloadTooLarge(): ServiceError {
  return new ServiceError('PayloadTooLargeException', 'Payload too large', 413);
}

function gone(): ServiceError {
  return new ServiceError('GoneException', 'Gone', 410);
}

function describe({ peer, lastActiveAt }: Connection): JsonObject {
  return {
    connectedAt: new Date(peer.connectedAt).toISOString(),
    identity: { sourceIp: peer.sourceIp, userAgent: peer.userAgent ?? '' },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('BadRequestException', 'Invalid connectionId', 400);
  }
}

function answer(response: ServerResponse, status: number, body?: JsonObject, error?: string): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    'x-amzn-RequestId': randomUUID(),
    ...(text === '' ? {} : { 'Content-Type': 'application/json' }),
    ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(text) }),
    ...(error === undefined ? {} : { 'x-amzn-ErrorType': error }),
  });
  response.end(text);
}
