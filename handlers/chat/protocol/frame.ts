import * as z from 'zod/mini';
import { CLIENT_ERRORS, ClientError, type ClientErrorName } from './errors';

/** Every spelling of "post this text" that the AWS samples and tutorials use. */
export const SEND_ACTIONS = ['sendMessage', 'sendPublic', 'onMessage', 'default', 'sendmessage'] as const;

const name = z.string().check(z.minLength(1), z.maxLength(256));
/** Repeated in the reply, so that a client can tell its replies apart. */
const commandId = z.union([z.string().check(z.maxLength(64)), z.number()]);

const sendMessage = z.object({
  id: z.optional(commandId),
  room: z.optional(name),
  roomId: z.optional(name),
  chatRoomId: z.optional(name),
  message: z.optional(z.string()),
  data: z.optional(z.string()),
  echo: z.optional(z.boolean()),
});

export type CommandId = z.infer<typeof commandId>;

export interface SendMessage {
  readonly action: 'sendMessage';
  readonly id?: CommandId | undefined;
  /** A room's name or id, and the field that it stood in; absent means the room last joined. */
  readonly room?: { readonly value: string; readonly pointer: string } | undefined;
  readonly text: string;
  readonly echo: boolean;
}

const frame = z.record(z.string(), z.unknown());

/** Reads a frame's JSON object. Throws ClientError `bad_request` for anything else. */
export function parseFrame(body: string | undefined): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body ?? '');
  } catch {
    throw new ClientError('bad_request', 'A frame is one JSON object; this is not JSON.');
  }
  const result = frame.safeParse(parsed);
  if (!result.success) throw new ClientError('bad_request', 'A frame is one JSON object.');
  return result.data;
}

/** The id that a frame gave, if it gave a usable one: even a refused command's reply repeats it. */
export function commandIdOf(fields: Record<string, unknown>): CommandId | undefined {
  const result = commandId.safeParse(fields.id);
  return result.success ? result.data : undefined;
}

/**
 * Understands a frame that came in on `$default`.
 * Throws ClientError: `unknown_action`; `bad_request` naming the field; `too_large` above `maxTextBytes` of UTF-8.
 */
export function parseCommand(fields: Record<string, unknown>, limits: { maxTextBytes: number }): SendMessage {
  const { action } = fields;
  if (action === undefined ? fields.message === undefined : !isSendAction(action)) {
    throw new ClientError(
      'unknown_action',
      `There is no such action. Known: ${SEND_ACTIONS.join(', ')}.`,
      '/action',
    );
  }
  const parsed = sendMessage.safeParse(fields);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const pointer = `/${(issue?.path ?? []).join('/')}`;
    throw new ClientError('bad_request', `The field ${pointer} is not what sendMessage takes.`, pointer);
  }
  const { id, message, data, echo, room, roomId, chatRoomId } = parsed.data;
  const text = message ?? data;
  if (text === undefined || text === '') {
    throw new ClientError('bad_request', 'The field /message must hold the text to send.', '/message');
  }
  const pointer = message === undefined ? '/data' : '/message';
  if (/\p{Cs}/u.test(text)) {
    throw new ClientError(
      'bad_request',
      `The text of ${pointer} holds half a character (a lone surrogate).`,
      pointer,
    );
  }
  if (Buffer.byteLength(text) > limits.maxTextBytes) {
    throw new ClientError('too_large', `A text has at most ${limits.maxTextBytes} bytes of UTF-8.`, pointer);
  }
  const named = [
    { value: roomId, pointer: '/roomId' },
    { value: room, pointer: '/room' },
    { value: chatRoomId, pointer: '/chatRoomId' },
  ].flatMap(({ value, pointer }) => (value === undefined ? [] : [{ value, pointer }]));
  return { action: 'sendMessage', id, room: named[0], text, echo: echo ?? false };
}

function isSendAction(action: unknown): boolean {
  return SEND_ACTIONS.some((known) => known === action);
}

/** A reply has `ok`, a push has `type`. */
export interface AcceptedReply {
  readonly id?: CommandId | undefined;
  readonly ok: true;
  readonly messageId: string;
  readonly room: string;
  readonly roomId: string;
  readonly seq: number;
  readonly epoch: string;
  readonly timestamp: string;
  readonly duplicate: boolean;
}

export interface ErrorReply {
  readonly id?: CommandId | undefined;
  readonly ok: false;
  readonly error: {
    readonly code: number;
    readonly name: ClientErrorName;
    readonly message: string;
    readonly temporary: boolean;
    /** JSON pointer of the field at fault. */
    readonly field?: string | undefined;
    /** Finds the request in the logs. */
    readonly traceId: string;
  };
}

/** What a client is told when its connection is not known (any more): connect again. */
export interface Bye {
  readonly type: 'bye';
  readonly code: number;
  readonly name: string;
  readonly reconnect: boolean;
  /** Wait a random time in this range of milliseconds, so that not all clients come back at once. */
  readonly afterMs: readonly [number, number];
}

export const UNKNOWN_CONNECTION: Bye = {
  type: 'bye',
  code: 3010,
  name: 'unknown_connection',
  reconnect: true,
  afterMs: [0, 5000],
};

export function errorReply(error: ClientError, id: CommandId | undefined, traceId: string): ErrorReply {
  const { code, temporary } = CLIENT_ERRORS[error.error];
  return {
    id,
    ok: false,
    error: { code, name: error.error, message: error.message, temporary, field: error.pointer, traceId },
  };
}
