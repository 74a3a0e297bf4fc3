import type { SocketEvent, WebSocketLike } from '../../client/socket';
import type { Time } from '../../client/time';

type EventName = 'open' | 'message' | 'close' | 'error';

/** The server's side of one connection. */
export interface ServerSide {
  /** A frame to the client, after the way's delay. */
  send(frame: object, delay?: number): void;
  /** The server, or the network, ends it. */
  end(code: number, reason?: string): void;
  /** Nothing gets through any more in either direction, and nobody is told: half-open. */
  silence(): void;
  readonly open: boolean;
}

export interface Serving {
  opened(side: ServerSide): void;
  received(side: ServerSide, text: string): void;
  closed(side: ServerSide): void;
}

/** A pair of sockets in memory with a delay on each way; frames of one way arrive in the order of their delays. */
export class FakeSocket implements WebSocketLike {
  readonly #listeners = new Map<EventName, ((event: SocketEvent) => void)[]>();
  readonly #serving: Serving;
  readonly #time: Time;
  readonly #delay: () => number;
  readonly #side: ServerSide;
  #state: 'connecting' | 'open' | 'over' = 'connecting';
  #silent = false;

  /** @param refusal what a refused handshake ends with */
  constructor(
    serving: Serving,
    { time, delay, refusal }: { time: Time; delay: () => number; refusal?: string | undefined },
  ) {
    this.#serving = serving;
    this.#time = time;
    this.#delay = delay;
    const isOpen = () => this.#state === 'open';
    this.#side = {
      send: (frame, extra = 0) => this.#toClient(JSON.stringify(frame), extra),
      end: (code, reason = '') => this.#end(code, reason),
      silence: () => (this.#silent = true),
      get open() {
        return isOpen();
      },
    };
    time.after(delay(), () => {
      if (this.#state !== 'connecting') return;
      if (refusal !== undefined) {
        this.#tell('error', { message: refusal });
        return this.#end(1006, '');
      }
      this.#state = 'open';
      serving.opened(this.#side);
      this.#tell('open', {});
    });
  }

  addEventListener(type: EventName, listener: (event: SocketEvent) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    if (this.#state === 'connecting') throw new Error('still connecting');
    this.#time.after(this.#delay(), () => {
      if (this.#state === 'open' && !this.#silent) this.#serving.received(this.#side, text);
    });
  }

  close(): void {
    this.#end(1000, '');
  }

  #toClient(text: string, extra: number): void {
    this.#time.after(this.#delay() + extra, () => {
      if (this.#state === 'open' && !this.#silent) this.#tell('message', { data: text });
    });
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'over') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'over';
    if (wasOpen) this.#serving.closed(this.#side);
    this.#tell('close', { code, reason });
  }

  #tell(type: EventName, fields: Omit<SocketEvent, 'type'>): void {
    const event = { type, ...fields };
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}
