import * as z from 'zod/mini';
import { userReference } from './fields';
import { envelope } from './frame';

/** Passed on as it is, e.g. a WebRTC offer. `to` is a user or a connection that shares a room with the sender. */
export const signal = z.object({ ...envelope, to: userReference, data: z.unknown() });
