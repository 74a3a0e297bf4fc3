import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { JsonObject } from '../json/json';

/** The stage that a path such as `/prod` or `/prod/` names. */
export function stageOf(url: string | undefined): string {
  const [path = ''] = (url ?? '/').split('?');
  return path.replace(/^\//, '').replace(/\/$/, '');
}

/** Why a request is no WebSocket handshake, or undefined. Asked before anything is invoked for it. */
export function handshakeProblem({ method, headers }: IncomingMessage): string | undefined {
  if (method !== 'GET') return 'A WebSocket handshake is a GET request';
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'The Upgrade header must be "websocket"';
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) return 'Invalid Sec-WebSocket-Key';
  if (headers['sec-websocket-version'] !== '13') return 'Sec-WebSocket-Version must be 13';
  return undefined;
}

/** Answers a handshake with an HTTP status and ends the connection. */
export function refuseUpgrade(stream: Duplex, status: number, body?: JsonObject): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  stream.once('finish', () => stream.destroy());
  stream.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
