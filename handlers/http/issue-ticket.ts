import { newTicket, ticketHash } from '../chat/ids';
import type { Now } from '../chat/ports';
import type { Tickets } from '../chat/storage/people';
import { TICKET_LIFETIME } from '../chat/tickets';
import * as aws from '../composition';
import { originRules } from '../aws/environment';
import { answered, answerSignedIn, type DoorPorts, type HttpAnswer } from './answering';

interface Ports extends DoorPorts {
  readonly tickets: Tickets;
  readonly now: Now;
}

/**
 * `POST /tickets`, for pages, which can send no header with a WebSocket: gives a ticket for `?ticket=` that lets its
 * person in once, from the same Origin, within half a minute: 200 `{ticket, expiresInMs}`.
 */
export function issueTicket(event: unknown, ports: Ports): Promise<HttpAnswer> {
  return answerSignedIn(event, ports, async ({ person, origin, traceId }) => {
    const ticket = newTicket();
    await ports.tickets.keep({
      ...person,
      hash: ticketHash(ticket),
      origin,
      expiresAt: ports.now() + TICKET_LIFETIME,
    });
    ports.log.info('ticket issued', { traceId, userId: person.userId });
    return answered(200, { ticket, expiresInMs: TICKET_LIFETIME });
  });
}

export const handler = (event: unknown) =>
  issueTicket(event, {
    tokens: aws.tokens(),
    tickets: aws.tickets(),
    users: aws.users(),
    log: aws.log(),
    now: Date.now,
    ...originRules(),
  });
