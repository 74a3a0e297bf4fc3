import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../service';

/** What a body may measure, and what is answered beyond that. */
interface BodyLimit {
  readonly bytes: number;
  readonly refusal: () => ServiceError;
}

/** More than any AWS API of the runtime takes: BatchWriteItem is the largest with 16 MB. */
const ANY_API: BodyLimit = {
  bytes: 16 * 1024 * 1024,
  refusal: () =>
    new ServiceError('RequestEntityTooLargeException', 'The request body is larger than 16 MB', 413),
};

/**
 * Reads to the end in any case, so that the connection can be used for the next request. It listens for the parts
 * itself: an iterator over a request takes several times as long, and each message causes some 25 requests.
 * @throws the limit's refusal; ServiceError RequestAborted (400) for a request that was cut off
 */
export async function readBody(request: IncomingMessage, { bytes, refusal } = ANY_API): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bytes) chunks.push(chunk);
  });
  await new Promise<void>((resolve, reject) => {
    request.once('end', resolve);
    // Each request closes; an error, with its stack, is for those that close too early.
    request.once('close', () => {
      if (!request.complete) reject(new ServiceError('RequestAborted', 'The request was cut off', 400));
    });
  });
  if (size > bytes) throw refusal();
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
