/** What the library needs of a WebSocket: the browser's, Node's (22 and later) and that of the package `ws` have it. */
export interface WebSocketLike {
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: SocketEvent) => void,
  ): void;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Of `ws` alone: does not wait for the other side's goodbye, which a dead connection never says. */
  terminate?(): void;
}

/** A message's `data`, a close's `code` and `reason`, and what `ws` says about a refused handshake. */
export interface SocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

export type OpenSocket = (url: string, protocols: string[]) => WebSocketLike;

type SocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/**
 * Opens sockets of this class, or of the global `WebSocket` where none is given.
 * @throws Error where there is neither: Node 20 needs `{ WebSocket }` of the package `ws`
 */
export function socketsOf(given: SocketClass | undefined): OpenSocket {
  const Socket: unknown = given ?? Reflect.get(globalThis, 'WebSocket');
  if (!isSocketClass(Socket)) {
    throw new Error('There is no global WebSocket here: pass { WebSocket } of the package ws.');
  }
  return (url, protocols) => new Socket(url, protocols);
}

export type { SocketClass };

function isSocketClass(value: unknown): value is SocketClass {
  return typeof value === 'function';
}
