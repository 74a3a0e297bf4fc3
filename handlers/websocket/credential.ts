import * as z from 'zod/mini';
import { bearerTokenOf } from '../chat/access';
import { PROTOCOL, SECRET_PREFIX } from '../chat/membership/guests';

/** The parts of a request that can carry a credential, as API Gateway gives them: names as the client wrote them. */
export const handshake = z.object({
  multiValueHeaders: z.nullish(z.record(z.string(), z.array(z.string()))),
  multiValueQueryStringParameters: z.nullish(z.record(z.string(), z.array(z.string()))),
});
export type Handshake = z.infer<typeof handshake>;

/** What somebody shows at the door. `refused` says why it cannot be one, for the log. */
export type Credential =
  | { readonly token: string }
  | { readonly ticket: string }
  | { readonly nothing: true; readonly secret: boolean }
  | { readonly refused: 'two_credentials' | 'malformed_credential' };

/** All values of a header; header names have no case. */
export function headerValues({ multiValueHeaders }: Handshake, name: string): string[] {
  return Object.entries(multiValueHeaders ?? {})
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, values]) => values);
}

const BEARER_PREFIX = 'bearer.';
const TICKET = /^[A-Za-z0-9_-]{43}$/;

/**
 * The one credential of a request: `?ticket=`, `Authorization: Bearer <token>`, or `bearer.<token>` among the
 * subprotocols, with `parley.v1` beside it, since one of those offered is to be answered and that must not be the token.
 * Two at once are refused: which of them counts would be anybody's guess. A guest's secret is a credential too, but of a
 * kind that whoever comes makes up themselves, so it is only said that there is one.
 */
export function credentialOf(request: Handshake): Credential {
  const tickets = request.multiValueQueryStringParameters?.['ticket'] ?? [];
  const authorizations = headerValues(request, 'authorization');
  const protocols = headerValues(request, 'sec-websocket-protocol')
    .flatMap((value) => value.split(','))
    .map((one) => one.trim());
  const bearers = protocols.filter((one) => one.startsWith(BEARER_PREFIX));
  const secrets = protocols.filter((one) => one.startsWith(SECRET_PREFIX));
  const shown = [tickets, authorizations, bearers, secrets].flat().length;
  if (shown > 1) return { refused: 'two_credentials' };

  const malformed = { refused: 'malformed_credential' } as const;
  const [ticket] = tickets;
  if (ticket !== undefined) return TICKET.test(ticket) ? { ticket } : malformed;
  const [authorization] = authorizations;
  if (authorization !== undefined) {
    const token = bearerTokenOf(authorization);
    return token === undefined ? malformed : { token };
  }
  const token = bearers[0]?.slice(BEARER_PREFIX.length);
  if (token !== undefined) return token !== '' && protocols.includes(PROTOCOL) ? { token } : malformed;
  return { nothing: true, secret: secrets.length > 0 };
}
