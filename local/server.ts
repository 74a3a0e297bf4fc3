import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from './json/json';
import { StartError } from './start-error';

/** Answers a request, or resolves with false to leave it to the next one. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** The port is taken, or may not be opened; the message is one line for the person who chose it. */
export class PortError extends StartError {
  override readonly name = 'PortError';
}

/**
 * The one HTTP server of the runtime, on 127.0.0.1. It listens before the services are up, because functions get its
 * port in their environment; until `serve` is called it answers 503 to everything.
 */
export class LocalServer {
  readonly http: Server;
  readonly #inside: Server;
  #handlers: readonly HttpHandler[] = [];
  #ready = false;

  /** @param report told of errors that no handler expected */
  constructor(readonly report: (error: unknown) => void) {
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.report(error);
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { message: 'Internal error' });
      });
    };
    this.http = createServer(answer);
    this.#inside = createServer(answer);
    for (const server of [this.http, this.#inside]) {
      // A client that keeps its connection alive for the next request must not race the server's closing it.
      server.keepAliveTimeout = 65_000;
    }
  }

  /** Resolves with the port. Throws PortError. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', (error) => reject(portError(port, error)));
      this.http.listen(port, '127.0.0.1', resolve);
    });
    const address = this.http.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    return address.port;
  }

  /**
   * Answers the same at a socket of this machine, without a port. Some 25 calls of functions stand behind each message,
   * and loopback TCP costs the kernel far more than this.
   * @returns its path, as `net.connect` takes it
   */
  async listenInside(): Promise<string> {
    const path = insidePath(`parley-${randomUUID()}`);
    await new Promise<void>((resolve, reject) => {
      this.#inside.once('error', reject);
      this.#inside.listen(path, resolve);
    });
    return path;
  }

  /** From now on requests are answered, by the first handler that wants one. */
  serve(handlers: readonly HttpHandler[]): void {
    this.#handlers = handlers;
    this.#ready = true;
  }

  /** Lets no more requests in and resolves when the open ones are gone; idle connections do not hold it up. */
  async close(): Promise<void> {
    this.#ready = false;
    await Promise.all([closeServer(this.http), closeServer(this.#inside)]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#ready) {
      sendJson(response, 503, { ready: false });
      return;
    }
    for (const handler of this.#handlers) if (await handler(request, response)) return;
    sendJson(response, 404, { message: `There is nothing at ${request.method} ${pathOf(request)}` });
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(cut);
}

/** Linux's sockets of this kind need no file that a kill would leave behind, nor do the pipes of Windows. */
function insidePath(name: string): string {
  switch (process.platform) {
    case 'linux':
      return `\0${name}`;
    case 'win32':
      return `\\\\.\\pipe\\${name}`;
    default:
      return join(tmpdir(), name);
  }
}

/** The path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/';
}

export function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function portError(port: number, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EADDRINUSE') {
    return new PortError(`Port ${port} is in use; choose another with --port, or --port 0 for a free one.`);
  }
  if (error.code === 'EACCES')
    return new PortError(`Port ${port} may not be opened; choose another with --port.`);
  return error;
}
