import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import type { Clock } from '../clock';
import type { Peer } from './events';
import { FrameSizes } from './frame-sizes';
import type { GatewayLimits } from './limits';

export interface Ending {
  /** The close code, in the words of RFC 6455; 1005 and 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
}

export interface ConnectionEvents {
  message(text: string): void;
  /** No longer open, so no longer to be found; the socket may still be closing. */
  closing(): void;
  /** Once, when the socket is gone. */
  closed(ending: Ending): void;
}

/** One open socket with its limits: what is too big, too old or too quiet is closed with AWS's code. */
export class Connection {
  readonly peer: Peer;
  lastActiveAt: number;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #limits: GatewayLimits;
  readonly #events: ConnectionEvents;
  readonly #frames: FrameSizes;
  #received = 0;
  #ending: Ending | undefined;
  #cancelIdle: () => void = () => undefined;
  readonly #cancelLifetime: () => void;

  /** @param stream the bytes under the WebSocket; must not have been read yet */
  constructor(
    peer: Peer,
    socket: WebSocket,
    stream: Duplex,
    clock: Clock,
    limits: GatewayLimits,
    events: ConnectionEvents,
  ) {
    this.peer = peer;
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
    this.#frames = new FrameSizes(limits.frameBytes);
    this.lastActiveAt = clock.now();
    this.#watchIdle(limits.idleMs);
    this.#cancelLifetime = clock.after(limits.lifetimeMs, () => this.close(1001, 'Maximum duration reached'));

    // Before ws's own listener, so that a frame over the limit is known before ws buffers it.
    stream.prependListener('data', (chunk: Buffer) => {
      this.#frames.scan(chunk);
      if (this.#frames.exceeded) this.close(1009, 'Frame too large');
    });
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error) => this.#markEnding(protocolErrorCode(error), error.message));
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  /** Bytes that the client has not read yet, as far as this process still holds them. */
  get unreadBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends one text frame. */
  send(data: string | Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.lastActiveAt = this.#clock.now();
    this.#socket.send(data, { binary: false });
  }

  /** Starts the closing handshake; a client that does not answer it is cut off by ws. */
  close(code: number, reason: string): void {
    if (this.#ending !== undefined) return;
    this.#markEnding(code, reason);
    this.#socket.close(code, reason);
  }

  /** Cuts the connection off at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#received++;
    const beforeExceeding = this.#frames.exceeded && this.#received <= this.#frames.messages;
    if (this.#ending !== undefined && !beforeExceeding) return;
    if (isBinary) return this.close(1003, 'Binary messages are not supported');
    this.lastActiveAt = this.#clock.now();
    this.#events.message(text(data));
  }

  #markEnding(code: number, reason: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = { code, reason };
    this.#events.closing();
  }

  #closed(code: number, reason: string): void {
    this.#cancelIdle();
    this.#cancelLifetime();
    this.#markEnding(code, reason === '' ? (USUAL_REASONS[code] ?? '') : reason);
    if (this.#ending !== undefined) this.#events.closed(this.#ending);
  }

  /** One timer that looks again after what is left, because resetting one for each message costs more than the message. */
  #watchIdle(after: number): void {
    this.#cancelIdle = this.#clock.after(after, () => {
      const left = this.lastActiveAt + this.#limits.idleMs - this.#clock.now();
      if (left > 0) this.#watchIdle(left);
      else this.close(1001, 'Going away');
    });
  }
}

/** ws gives whole messages as one Buffer unless told otherwise. */
function text(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString();
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString();
}

/** `disconnectReason` where the client gave none. */
const USUAL_REASONS: Readonly<Record<number, string>> = {
  1000: 'Connection Closed Normally',
  1001: 'Going away',
  1005: 'Client-side close frame status not set',
  1006: 'Connection closed abnormally',
};

/** The close code that ws sends for what a client may not do. */
function protocolErrorCode(error: Error & { code?: string }): number {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
      return 1009;
    case 'WS_ERR_INVALID_UTF8':
      return 1007;
    default:
      return error.code?.startsWith('WS_ERR_') ? 1002 : 1006;
  }
}
