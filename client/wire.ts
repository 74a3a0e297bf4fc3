import * as z from 'zod/mini';
import { push as pushSchema, type Push } from '../handlers/chat/protocol/pushes';
import { errorReplySchema } from '../handlers/chat/protocol/replies';
import { closed, CommandError, connectionLost, refusal, tooLarge } from './errors';
import type { WebSocketLike } from './socket';
import type { Time } from './time';

/** A command without `id`. */
export type Command = { readonly action: string } & Readonly<Record<string, unknown>>;

export interface Ending {
  readonly code: number;
  readonly reason: string;
}

export interface WireEvents {
  push(push: Push): void;
  /** Once, as soon as nothing can come any more. */
  ended(ending: Ending): void;
}

/** API Gateway closes a connection that sends more in one frame (1009). */
const FRAME_BYTES = 32 * 1024;

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

interface Pending {
  reply(json: unknown): void;
  fail(error: CommandError): void;
}

/** What tells a reply (`ok`) from a push (`type`) and from API Gateway's own error frame (neither). */
const anyFrame = z.object({
  id: z.optional(z.union([z.string(), z.number()])),
  ok: z.optional(z.boolean()),
  type: z.optional(z.string()),
  message: z.optional(z.unknown()),
  requestId: z.optional(z.string()),
});

/** One socket from its opening to its end: commands with their replies, and pushes. */
export class Wire {
  /** Resolves when the handshake is through; rejects when it ended before. */
  readonly opened: Promise<void>;
  readonly #socket: WebSocketLike;
  readonly #time: Time;
  readonly #events: WireEvents;
  readonly #pending = new Map<string, Pending>();
  #commands = 0;
  #over = false;
  #refused = '';
  #retiring = false;
  #failOpening: (error: CommandError) => void = () => {};

  /** @param handshakeMs how long the opening may take */
  constructor(socket: WebSocketLike, time: Time, events: WireEvents, handshakeMs: number) {
    this.#socket = socket;
    this.#time = time;
    this.#events = events;
    this.opened = new Promise((resolve, reject) => {
      const cancel = time.after(handshakeMs, () => this.end(1006, 'The handshake took too long'));
      this.#failOpening = (error) => {
        cancel();
        reject(error);
      };
      socket.addEventListener('open', () => {
        cancel();
        resolve();
      });
    });
    this.opened.catch(() => {});
    socket.addEventListener('message', ({ data }) => this.#arrived(data));
    socket.addEventListener('error', ({ message }) => (this.#refused = message ?? ''));
    socket.addEventListener('close', ({ code, reason }) =>
      this.#finish({ code: code ?? 1006, reason: reason === '' ? this.#refused : (reason ?? '') }),
    );
  }

  get over(): boolean {
    return this.#over;
  }

  /**
   * Sends a command and gives its reply. Rejects with CommandError: the server's refusal, or `connection_lost`.
   * Without a reply after `limitMs` the socket is taken for dead, because a half-open one tells nothing else.
   */
  request<Schema extends z.core.$ZodType>(
    schema: Schema,
    command: Command,
    limitMs: number,
  ): Promise<z.output<Schema>> {
    if (this.#over || this.#retiring) return Promise.reject(connectionLost());
    const id = `c${++this.#commands}`;
    const frame = JSON.stringify({ ...command, id });
    if (bytesOf(frame) > FRAME_BYTES) return Promise.reject(tooLarge('A frame has at most 32 KB'));
    return new Promise((resolve, reject) => {
      const cancel = this.#time.after(limitMs, () => this.end(1006, 'No reply came'));
      const settle = () => {
        cancel();
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        reply: (json) => {
          settle();
          const parsed = z.safeParse(schema, json);
          if (parsed.success) resolve(parsed.data);
          else reject(unreadable(command.action));
          if (this.#retiring) this.#endIfIdle();
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      });
      try {
        this.#socket.send(frame);
      } catch {
        this.end(1006, 'The socket does not take the frame');
      }
    });
  }

  /** Takes no more commands and ends when the replies to those under way are in, at the latest after `limitMs`. */
  retire(limitMs: number): void {
    this.#retiring = true;
    this.#time.after(limitMs, () => this.end(1000, 'Replaced'));
    this.#endIfIdle();
  }

  /** Ends the socket at once, without waiting for the other side. */
  end(code: number, reason: string): void {
    if (this.#over) return;
    this.#finish({ code, reason });
    // A dead connection answers no goodbye, and `ws` would wait for it.
    if (code === 1006 && this.#socket.terminate !== undefined) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  #endIfIdle(): void {
    if (this.#pending.size === 0) this.end(1000, 'Replaced');
  }

  #finish(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#failOpening(
      ending.code === 1000 ? closed() : new CommandError('connection_lost', ending.reason, true),
    );
    for (const pending of [...this.#pending.values()]) pending.fail(connectionLost());
    this.#events.ended(ending);
  }

  #arrived(data: unknown): void {
    if (this.#over) return;
    const json = parseJson(data);
    const frame = z.safeParse(anyFrame, json);
    if (!frame.success) return;
    const { id, ok, type, requestId } = frame.data;
    if (ok !== undefined) this.#replied(String(id), ok, json);
    else if (type !== undefined) this.#pushed(json);
    else if (requestId !== undefined) this.#platformFailed();
  }

  #replied(id: string, ok: boolean, json: unknown): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (ok) return pending.reply(json);
    const error = z.safeParse(errorReplySchema, json);
    pending.fail(error.success ? refusal(error.data.error) : unreadable(id));
    if (this.#retiring) this.#endIfIdle();
  }

  /** Types that a newer server may have are passed over. */
  #pushed(json: unknown): void {
    const parsed = z.safeParse(pushSchema, json);
    if (parsed.success) this.#events.push(parsed.data);
  }

  /** API Gateway's error frame does not say which command it is about, so it can be any of them. */
  #platformFailed(): void {
    const error = new CommandError('platform', 'The platform could not run the command.', true);
    for (const pending of [...this.#pending.values()]) pending.fail(error);
  }
}

function parseJson(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function unreadable(what: string): CommandError {
  return new CommandError('unreadable', `The reply to ${what} is not what the protocol says.`, false);
}
