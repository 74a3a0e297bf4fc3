import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ServiceError } from '../service';

/** What a protocol makes of a call's result or error. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body goes as text, so that Node puts it behind the head and both into one piece of memory. */
export function send(
  response: ServerResponse,
  { status, contentType, body, headers }: Answer,
  requestId: string,
) {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': requestId,
    ...headers,
  });
  response.end(body);
}

export function newRequestId(): string {
  return randomUUID();
}

/**
 * The error as an AWS API would answer it. Anything that is no ServiceError is a mistake of the runtime: it is
 * reported here and leaves as InternalFailure, without its text.
 */
export function asServiceError(error: unknown, deps: { report(error: unknown): void }): ServiceError {
  if (error instanceof ServiceError) return error;
  deps.report(error);
  return new ServiceError('InternalFailure', 'An internal error occurred in the local runtime', 500);
}
