import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { DeclaredResource } from '../template/resource-model';

/**
 * An id of a connection, request or message, in AWS's form: URL-safe base64 that ends with `=`, so that it has to be
 * percent-encoded in a path. Mostly 16 characters, now and then 20: AWS promises no length.
 */
export function randomId(): string {
  const bytes = randomBytes(randomInt(8) === 0 ? 14 : 11);
  return `${bytes.toString('base64url')}=`;
}

/** The id that a resource gets: lower-case letters and digits, the same at each start. */
export function resourceId(resource: DeclaredResource, length: number): string {
  const hash = createHash('sha256').update(`${resource.stackName}/${resource.logicalId}`).digest('hex');
  return BigInt(`0x${hash}`).toString(36).slice(0, length);
}
