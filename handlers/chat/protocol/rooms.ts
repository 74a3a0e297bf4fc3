import * as z from 'zod/mini';
import { roomFields, roomReference, userReference } from './fields';
import { envelope } from './frame';

const name = z.string().check(z.minLength(1), z.maxLength(256));

export const createRoom = z.object({
  ...envelope,
  name,
  /** How long its messages are kept, in seconds; absent: as the deployment's setting says. */
  retentionSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(10 * 365 * 24 * 60 * 60))),
});
export const joinRoom = z.object({ ...envelope, ...roomFields });
export const leaveRoom = z.object({ ...envelope, ...roomFields });
export const members = z.object({
  ...envelope,
  ...roomFields,
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(200))),
  /** `next` of the page before: a slot, since a table refuses to begin outside the range that is asked for. */
  after: z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
  /** What else to tell: how far people have read, and to hosts of a meeting who asks to be let in. */
  details: z.optional(z.boolean()),
});
export const rooms = z.object({ ...envelope, after: z.optional(roomReference) });

export const createMeeting = z.object({
  ...envelope,
  data: z.union([
    name,
    z.object({
      group_name: name,
      media: z.optional(z.enum(['chat', 'video'])),
      /** Whether the host is asked about everybody who wants to join. */
      approval: z.optional(z.boolean()),
      user_name: z.optional(name),
      email: z.optional(z.string().check(z.maxLength(254))),
    }),
  ]),
});
/** `group_id` is the meeting's join code. */
export const joinMeeting = z.object({ ...envelope, data: z.object({ group_id: roomReference }) });

const person = { ...envelope, roomId: roomReference, userId: userReference };
export const admit = z.object(person);
export const refuse = z.object(person);
export const remove = z.object(person);
export const ban = z.object(person);
export const unban = z.object(person);
export const setRole = z.object({ ...person, role: z.enum(['owner', 'moderator', 'member']) });
export const closeRoom = z.object({ ...envelope, roomId: roomReference });
export const revokeCode = z.object({ ...envelope, roomId: roomReference });
