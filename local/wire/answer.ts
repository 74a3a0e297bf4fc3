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

export function send(response: ServerResponse, answer: Answer, requestId: string): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': String(body.length),
    'x-amzn-requestid': requestId,
    ...answer.headers,
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
