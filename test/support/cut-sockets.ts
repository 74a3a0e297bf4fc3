import { WebSocket } from 'ws';
import type { SocketClass } from '../../client';

/** Sockets of the real kind which a test can cut as a phone without signal does, without a goodbye. */
export class CutSockets {
  readonly #open = new Set<WebSocket>();
  /** How many were opened, whether they still live or not. */
  opened = 0;

  /** A class of sockets, as a client takes it. */
  get WebSocket(): SocketClass {
    const count = (socket: WebSocket) => {
      this.opened += 1;
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    };
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        count(this);
      }
    };
  }

  cut(): void {
    for (const socket of this.#open) socket.terminate();
  }
}
