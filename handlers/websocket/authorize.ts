import * as z from 'zod/mini';
import { isOriginAllowed, revocationOf, type OriginRules, type Revocation } from '../chat/access';
import { ClientError } from '../chat/errors';
import type { SignedIn } from '../chat/identity';
import { ticketHash } from '../chat/ids';
import { guestOf } from '../chat/membership/guests';
import type { Log, Now, TokenVerifier } from '../chat/ports';
import type { Tickets, Users } from '../chat/storage/people';
import * as aws from '../composition';
import { originRules } from '../aws/environment';
import { credentialOf, handshake, headerValues, type Credential } from './credential';

const authorizerEvent = z.extend(handshake, {
  methodArn: z.string(),
  requestContext: z.object({ connectionId: z.string(), requestId: z.optional(z.string()) }),
});

interface Ports extends OriginRules {
  tokens: TokenVerifier;
  tickets: Tickets;
  users: Users;
  log: Log;
  now: Now;
}

/** What API Gateway acts by. `context` reaches $connect as text in `requestContext.authorizer`. */
interface Policy {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: readonly {
      readonly Action: 'execute-api:Invoke';
      readonly Effect: 'Allow' | 'Deny';
      readonly Resource: string;
    }[];
  };
  readonly context?: Readonly<Record<string, string | number>>;
}

/** Why somebody is refused: no good credential (401), or not welcome whatever they show (403). */
type Refusal =
  | Extract<Credential, { refused: string }>['refused']
  | Revocation
  | 'no_credential'
  | 'token_invalid'
  | 'token_expired'
  | 'ticket_unknown'
  | 'ticket_of_another_origin'
  | 'foreign_origin';

/** These are answered 403; all others 401, after which trying again with another credential can help. */
const FORBIDDEN: readonly Refusal[] = ['banned', 'foreign_origin'];

/**
 * API Gateway asks this about every handshake before $connect. An Allow lets it go on, a Deny is answered 403, the error
 * `Unauthorized` 401, and any other 500. Logs hold ids and reasons, never what was shown.
 */
export async function authorize(event: unknown, ports: Ports): Promise<Policy> {
  const { methodArn, requestContext, ...request } = authorizerEvent.parse(event);
  const admitted = await admit(request, ports);
  if (typeof admitted === 'string') {
    const { connectionId, requestId } = requestContext;
    ports.log.info('handshake refused', { connectionId, traceId: requestId, reason: admitted });
    // API Gateway knows this message, and no other, for 401.
    if (!FORBIDDEN.includes(admitted)) throw new Error('Unauthorized');
    return policy('Deny', methodArn, 'nobody');
  }
  if (admitted === undefined)
    return policy('Allow', methodArn, 'guest', { kind: 'guest', ...guestIn(request) });
  const { groups, ...person } = admitted;
  return policy('Allow', methodArn, person.userId, { ...person, groups: groups.join(',') });
}

/** Who comes in, nobody in particular where guests may, or why not. */
async function admit(
  request: z.infer<typeof handshake>,
  ports: Ports,
): Promise<SignedIn | Refusal | undefined> {
  const origins = headerValues(request, 'origin');
  const [origin] = origins;
  if (origins.length > 1 || !isOriginAllowed(origin, ports)) return 'foreign_origin';
  const credential = credentialOf(request);
  if ('refused' in credential) return credential.refused;
  if ('nothing' in credential) return ports.access === 'guests' ? undefined : 'no_credential';
  const person =
    'token' in credential
      ? await verified(credential.token, ports)
      : await redeemed(credential.ticket, origin, ports);
  if (typeof person === 'string') return person;
  return revocationOf(await ports.users.find(person.userId), person) ?? person;
}

async function verified(token: string, { tokens }: Ports): Promise<SignedIn | Refusal> {
  const person = await tokens.verify(token);
  return typeof person === 'string' ? `token_${person}` : person;
}

/** A ticket is spent whatever comes of it: who shows one that is not theirs is not to try again. */
async function redeemed(
  ticket: string,
  origin: string | undefined,
  { tickets, now }: Ports,
): Promise<SignedIn | Refusal> {
  const found = await tickets.take(ticketHash(ticket));
  if (found === undefined || found.expiresAt <= now()) return 'ticket_unknown';
  if (found.origin !== origin) return 'ticket_of_another_origin';
  const { userId, kind, groups, name, tokenExpiresAt, signedInAt } = found;
  if (tokenExpiresAt <= now()) return 'token_expired';
  return { userId, kind, groups, name, tokenExpiresAt, signedInAt };
}

/** Who a guest is; nobody yet with a secret of another form, which $connect refuses in words of its own. */
function guestIn(request: z.infer<typeof handshake>): { userId?: string; kept?: string } {
  try {
    const { userId, kept } = guestOf(headerValues(request, 'sec-websocket-protocol').join(','));
    return { userId, kept: String(kept) };
  } catch (error) {
    if (error instanceof ClientError) return {};
    throw error;
  }
}

function policy(
  effect: 'Allow' | 'Deny',
  methodArn: string,
  principalId: string,
  context?: Policy['context'],
): Policy {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: methodArn }],
    },
    ...(context === undefined ? {} : { context }),
  };
}

export const handler = (event: unknown) =>
  authorize(event, {
    tokens: aws.tokens(),
    tickets: aws.tickets(),
    users: aws.users(),
    log: aws.log(),
    now: Date.now,
    ...originRules(),
  });
