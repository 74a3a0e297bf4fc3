import * as z from 'zod/mini';
import { bearerTokenOf, isOriginAllowed, revocationOf, type OriginRules } from '../chat/access';
import type { SignedIn } from '../chat/identity';
import type { Log, TokenVerifier } from '../chat/ports';
import type { Users } from '../chat/storage/people';

/** A request as an HTTP API gives it: header names in lower case, values of a repeated one joined by commas. */
const httpEvent = z.object({
  headers: z.optional(z.record(z.string(), z.string())),
  requestContext: z.object({ requestId: z.string() }),
});

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface DoorPorts extends OriginRules {
  readonly tokens: TokenVerifier;
  readonly users: Users;
  readonly log: Log;
}

export interface Visitor {
  readonly person: SignedIn;
  readonly origin: string | undefined;
  /** By what the request is found in the logs. */
  readonly traceId: string;
}

/**
 * Answers a request of somebody whose access token, in `Authorization: Bearer`, is good: with what `answer` gives, else
 * 401 (no or no good token, with `WWW-Authenticate`) or 403 (banned, foreign Origin). The body of a refusal is
 * `{"error": <name>}`, with `"reason": "banned"` or `"signed_out"` where it is the person who is refused: only then no
 * other token lets them in. With `evenSignedOut` a token of before a sign-out is good as well. A throw is answered 500
 * by API Gateway. Logs hold ids and reasons, never what was shown.
 */
export async function answerSignedIn(
  event: unknown,
  ports: DoorPorts,
  answer: (visitor: Visitor) => Promise<HttpAnswer>,
  { evenSignedOut = false } = {},
): Promise<HttpAnswer> {
  const { headers = {}, requestContext } = httpEvent.parse(event);
  const traceId = requestContext.requestId;
  const refuse = (statusCode: 401 | 403, reason: string, said: object = {}): HttpAnswer => {
    ports.log.info('request refused', { traceId, reason });
    return {
      ...answered(statusCode, { error: statusCode === 401 ? 'unauthorized' : 'permission_denied', ...said }),
      ...(statusCode === 401
        ? { headers: { ...JSON_HEADERS, 'www-authenticate': 'Bearer error="invalid_token"' } }
        : {}),
    };
  };
  const { origin, authorization } = headers;
  if (!isOriginAllowed(origin, ports)) return refuse(403, 'foreign_origin');
  const token = bearerTokenOf(authorization ?? '');
  if (token === undefined) return refuse(401, 'no_credential');
  const person = await ports.tokens.verify(token);
  if (typeof person === 'string') return refuse(401, `token_${person}`);
  const revocation = revocationOf(await ports.users.find(person.userId), person);
  if (revocation !== undefined && !(evenSignedOut && revocation === 'signed_out'))
    return refuse(revocation === 'banned' ? 403 : 401, revocation, { reason: revocation });
  return answer({ person, origin, traceId });
}

/** What is answered here is for the asker alone, and once. */
const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

export function answered(statusCode: number, body: object): HttpAnswer {
  return { statusCode, headers: JSON_HEADERS, body: JSON.stringify(body) };
}
