import type { Json, JsonObject } from '../json/json';

/** What one run of a function came to; `functionError` is the answer's header X-Amz-Function-Error. */
export type Outcome =
  | { readonly payload: Json; readonly functionError?: undefined }
  | { readonly payload: JsonObject; readonly functionError: 'Unhandled' };

/** Request and response of a synchronous invocation (developer guide, "Lambda quotas"). */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** The event of an asynchronous one. */
export const MAX_EVENT_BYTES = 1024 * 1024;

/** The answer for a function that threw, or whose environment failed: what Lambda puts in the payload. */
export function failure(errorType: string, errorMessage: string, trace?: Json): Outcome {
  const payload = { errorType, errorMessage, ...(trace === undefined ? {} : { trace }) };
  return { functionError: 'Unhandled', payload };
}

/** @param timeout in seconds */
export function timedOut(requestId: string, timeout: number): Outcome {
  return failure('Sandbox.Timedout', `RequestId: ${requestId} Error: ${timeoutText(timeout)}`);
}

export function timeoutText(timeout: number): string {
  return `Task timed out after ${timeout.toFixed(2)} seconds`;
}

/** @param reason e.g. `exit status 1` or `signal: killed`; without one the runtime left with status 0 */
export function exited(requestId: string, reason: string | undefined): Outcome {
  const how =
    reason === undefined
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: ${reason}`;
  return failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${how}`);
}

export function tooLarge(bytes: number): Outcome {
  return failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
  );
}
