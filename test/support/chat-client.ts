import { WebSocket } from 'ws';

/** A frame that arrived: parsed when it was JSON, else its text. */
export type Frame = Record<string, unknown> | string;

/** A raw WebSocket client for tests, no cleverer than wscat. */
export class ChatClient {
  /** All frames so far, in order of arrival. */
  readonly frames: Frame[] = [];
  /** Resolves with the close code and reason when the connection has ended, whoever ended it. */
  readonly closed: Promise<{ code: number; reason: string }>;
  #next = 0;
  #asked = 0;
  #wake = () => {};

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      // eslint-disable-next-line @typescript-eslint/no-base-to-string -- ws gives a Buffer unless told otherwise
      this.frames.push(parseFrame(data.toString()));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      });
    });
    socket.on('error', () => {
      // A close follows, and tells the same.
    });
  }

  /** Sends a string as it is, anything else as JSON. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Gives a command under an id of its own, and waits for the reply; pushes that come before it are passed over. */
  async ask(action: string, fields: object = {}): Promise<Record<string, unknown>> {
    const id = `asked-${(this.#asked += 1)}`;
    this.send({ action, id, ...fields });
    return this.next({ id });
  }

  /**
   * The first frame not yet taken by `next` that the predicate accepts; those before it are passed over.
   * An object stands for "a frame with these members". Rejects after `timeout` milliseconds with what did arrive.
   */
  async next(
    wanted: Record<string, unknown> | ((frame: Frame) => boolean) = () => true,
    timeout = 20_000,
  ): Promise<Record<string, unknown>> {
    const accepts = typeof wanted === 'function' ? wanted : (frame: Frame) => hasMembers(frame, wanted);
    const deadline = Date.now() + timeout;
    const from = this.#next;
    for (;;) {
      while (this.#next < this.frames.length) {
        const frame = this.frames[this.#next++]!;
        if (accepts(frame)) return typeof frame === 'string' ? { text: frame } : frame;
      }
      const left = deadline - Date.now();
      if (left <= 0 || this.socket.readyState === WebSocket.CLOSED) {
        const arrived = JSON.stringify(this.frames.slice(from));
        throw new Error(
          `No frame ${describeWanted(wanted)} came within ${timeout} ms; these did: ${arrived}`,
        );
      }
      await this.#arrival(left);
    }
  }

  /** Says goodbye and waits until the connection is closed. */
  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  /** Drops the connection without a close frame, as a phone without signal does. */
  kill(): void {
    this.socket.terminate();
  }

  #arrival(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The server's answer to an upgrade that it refused. */
export class UpgradeRefused extends Error {
  constructor(readonly status: number) {
    super(`The server answered ${status} to the upgrade`);
  }
}

/** Opens a connection. Rejects with UpgradeRefused when the server answers with a status. */
export async function connect(
  url: string,
  { protocols = [], headers = {} }: { protocols?: string[]; headers?: Record<string, string> } = {},
): Promise<ChatClient> {
  const socket = new WebSocket(url, protocols, { headers });
  // Before the upgrade is through, so that a frame right behind it is not missed.
  const client = new ChatClient(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (request, response) => {
      reject(new UpgradeRefused(response.statusCode ?? 0));
      request.destroy();
    });
  });
  return client;
}

function parseFrame(text: string): Frame {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : text;
  } catch {
    return text;
  }
}

function hasMembers(frame: Frame, members: Record<string, unknown>): boolean {
  if (typeof frame === 'string') return false;
  return Object.entries(members).every(
    ([key, value]) => JSON.stringify(frame[key]) === JSON.stringify(value),
  );
}

function describeWanted(wanted: unknown): string {
  return typeof wanted === 'function' ? wanted.toString() : JSON.stringify(wanted);
}
