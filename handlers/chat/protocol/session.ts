import * as z from 'zod/mini';
import { position, roomFields, roomReference } from './fields';
import { envelope } from './frame';

export const ping = z.object({ ...envelope, after: z.optional(roomReference) });
export const hello = z.object(envelope);
export const refresh = z.object({ ...envelope, token: z.string().check(z.minLength(1), z.maxLength(8192)) });
export const setName = z.object({ ...envelope, name: z.string().check(z.minLength(1), z.maxLength(256)) });
export const typing = z.object({ ...envelope, ...roomFields });
/** Cumulative: "I have, or have read, everything up to here". */
export const receipt = z.object({
  ...envelope,
  ...roomFields,
  receivedSeq: z.optional(position),
  readSeq: z.optional(position),
});
