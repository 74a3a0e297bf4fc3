import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../service';

/** More than any AWS API of the runtime takes: BatchWriteItem is the largest with 16 MB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** @throws RequestEntityTooLargeException (413) beyond 16 MB; the rest is read and dropped, so the answer arrives */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk))
      throw new Error('The request was given an encoding before its body was read');
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) {
    throw new ServiceError('RequestEntityTooLargeException', 'The request body is larger than 16 MB', 413);
  }
  return Buffer.concat(chunks);
}
