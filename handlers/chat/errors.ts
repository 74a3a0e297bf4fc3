/**
 * Two kinds of error: a ClientError may reach a client; everything else is a fault of ours, which crashes the
 * step, is logged, and leaves the message to the next try.
 */

/** Error names and their stable numbers; Centrifugo's where the meaning is equal. */
export const CLIENT_ERRORS = {
  internal: { code: 100, temporary: true },
  unknown_room: { code: 102, temporary: false },
  unknown_action: { code: 104, temporary: false },
  bad_request: { code: 107, temporary: false },
  too_large: { code: 122, temporary: false },
  busy: { code: 124, temporary: true },
} as const satisfies Readonly<Record<string, { code: number; temporary: boolean }>>;

export type ClientErrorName = keyof typeof CLIENT_ERRORS;

/** A refusal in words meant for the client. The text never quotes what the client sent. */
export class ClientError extends Error {
  /**
   * @param error the protocol's error name
   * @param message one plain sentence
   * @param pointer JSON pointer of the field at fault, e.g. `/message`
   */
  constructor(
    readonly error: ClientErrorName,
    message: string,
    readonly pointer?: string,
  ) {
    super(message);
    this.name = 'ClientError';
  }
}
