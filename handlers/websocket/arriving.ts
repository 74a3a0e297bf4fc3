import * as z from 'zod/mini';
import type { Access } from '../chat/access';
import { GUEST_NAME, LIFETIME, presentableName } from '../chat/connections';
import { ClientError } from '../chat/errors';
import { GROUPS, type Identity } from '../chat/identity';
import { serverId } from '../chat/ids';
import { acceptedProtocol, guestOf, KEPT_GUEST } from '../chat/membership/guests';
import type { User } from '../chat/users';

/** What `authorize` said of a person; API Gateway hands it on as text. */
const authorized = z.object({
  kind: z.literal('user'),
  userId: z.string(),
  name: z.string(),
  groups: z.string(),
  tokenExpiresAt: z.coerce.number(),
  signedInAt: z.coerce.number(),
});

/** A guest without a secret is somebody new, whom `authorize` gives an id: it comes with every later event too. */
const guest = z.object({
  kind: z.optional(z.literal('guest')),
  userId: z.optional(z.string()),
  kept: z.optional(z.enum(['true', 'false'])),
});

/** Who stands behind a handshake, as API Gateway tells $connect. */
export const connectContext = z.object({
  authorizer: z.nullish(z.union([authorized, guest])),
  identity: z.optional(z.object({ sourceIp: z.optional(z.string()), userArn: z.nullish(z.string()) })),
});

/** Somebody who is about to come in. */
export interface Arrival extends Identity {
  /** What their credential calls them; absent for guests, who say it themselves. */
  readonly name?: string;
  readonly signedInAt?: number;
  /** How long after now what is stored of them is kept, in milliseconds; for good where it is absent. */
  readonly keptFor?: number;
  /** Whether the same person can come back. */
  readonly returns: boolean;
  /** The offered subprotocol to accept; absent where none was offered that is known here. */
  readonly subprotocol?: string | undefined;
}

/**
 * Who comes: whom the authorizer let in, or the holder of AWS credentials that signed the handshake, or a guest, where
 * guests may.
 * @param offered the header Sec-WebSocket-Protocol
 * @throws ClientError `bad_request` for a guest's secret of another form; `unauthorized` for whom nobody vouches, which
 *   no handshake gets here with as long as the stack is as it should be
 */
export function arrivalOf(
  { authorizer, identity }: z.infer<typeof connectContext>,
  offered: string | undefined,
  access: Access,
): Arrival {
  if (authorizer?.kind === 'user') {
    const { groups, ...person } = authorizer;
    return {
      ...person,
      groups: GROUPS.filter((group) => groups.split(',').includes(group)),
      returns: true,
      subprotocol: acceptedProtocol(offered),
    };
  }
  const arn = identity?.userArn ?? undefined;
  if (access === 'iam' && arn !== undefined) {
    return {
      userId: serverId(arn),
      kind: 'server',
      groups: [],
      name: arn.split(/[/:]/).at(-1) ?? arn,
      returns: true,
      subprotocol: acceptedProtocol(offered),
    };
  }
  if (access !== 'guests') throw new ClientError('unauthorized', 'Sign in first.');
  const offering = guestOf(offered);
  const { subprotocol } = offering;
  // Both of one look at the handshake, or whoever is banned could come in as somebody who cannot come back.
  const { userId, kept } =
    authorizer?.userId === undefined
      ? offering
      : { userId: authorizer.userId, kept: authorizer.kept === 'true' };
  return {
    userId,
    kind: 'guest',
    groups: [],
    keptFor: kept ? KEPT_GUEST : LIFETIME,
    returns: kept,
    subprotocol,
  };
}

/**
 * What somebody is called: a guest what they ask for, or else were called before; everybody else what they were called
 * last, or else what their credential calls them.
 */
export function nameOf(arrival: Arrival, asked: string | undefined, known: User | undefined): string {
  const wanted = presentableName(arrival.kind === 'guest' ? asked : undefined);
  if (wanted !== GUEST_NAME) return wanted;
  // Of somebody erased the row has no name.
  const before = presentableName(known?.name);
  return before === GUEST_NAME ? presentableName(arrival.name) : before;
}
