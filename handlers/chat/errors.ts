/**
 * Two kinds of error: a ClientError may reach a client; everything else is a fault of ours, which crashes the
 * step, is logged, and leaves the message to the next try.
 */

/** Error names and their stable numbers; Centrifugo's where the meaning is equal. */
export const CLIENT_ERRORS = {
  internal: { code: 100, temporary: true },
  unauthorized: { code: 101, temporary: false },
  unknown_room: { code: 102, temporary: false },
  permission_denied: { code: 103, temporary: false },
  unknown_action: { code: 104, temporary: false },
  already_joined: { code: 105, temporary: false },
  limit_exceeded: { code: 106, temporary: false },
  bad_request: { code: 107, temporary: false },
  not_available: { code: 108, temporary: false },
  token_expired: { code: 109, temporary: false },
  too_many_requests: { code: 111, temporary: true },
  unrecoverable_position: { code: 112, temporary: false },
  conflict: { code: 120, temporary: false },
  rejected: { code: 121, temporary: false },
  too_large: { code: 122, temporary: false },
  ambiguous_recipient: { code: 123, temporary: false },
  busy: { code: 124, temporary: true },
} as const satisfies Readonly<Record<string, { code: number; temporary: boolean }>>;

export type ClientErrorName = keyof typeof CLIENT_ERRORS;

export interface ClientErrorDetails {
  /** With `too_many_requests` and `busy`: how long to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** With `ambiguous_recipient`: the people who fit. */
  readonly candidates?: { readonly userId: string; readonly name: string }[];
}

/** A refusal in words meant for the client. The text never quotes what the client sent. */
export class ClientError extends Error {
  /**
   * @param error the protocol's error name
   * @param message one plain sentence
   * @param pointer JSON pointer of the field at fault, e.g. `/message`
   * @param details what else the error's reply holds
   */
  constructor(
    readonly error: ClientErrorName,
    message: string,
    readonly pointer?: string,
    readonly details: ClientErrorDetails = {},
  ) {
    super(message);
    this.name = 'ClientError';
  }
}
