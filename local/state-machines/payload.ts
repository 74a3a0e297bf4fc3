import type { Json } from '../json/json';
import { DATA_LIMIT_EXCEEDED, InterpreterFailure } from './failure';

/**
 * The largest input or output of a task, a state or an execution, in bytes of UTF-8 JSON: 256 KiB, a hard quota.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const MAX_PAYLOAD_BYTES = 262_144;

/** Whether a JSON text is over the payload quota. */
export function isTooLarge(text: string): boolean {
  // A UTF-16 unit takes at most three bytes of UTF-8, so short texts need no counting.
  return text.length * 3 > MAX_PAYLOAD_BYTES && Buffer.byteLength(text) > MAX_PAYLOAD_BYTES;
}

/** The JSON text of what a state or task takes or gives. Throws States.DataLimitExceeded over the quota. */
export function payloadText(value: Json, name: string): string {
  const text = JSON.stringify(value);
  if (isTooLarge(text)) {
    throw new InterpreterFailure(
      DATA_LIMIT_EXCEEDED,
      `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
  return text;
}
