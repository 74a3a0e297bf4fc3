import { ACCESS_REVOKED } from '../chat/events';
import type { EventBus, Now } from '../chat/ports';
import * as aws from '../composition';
import { originRules } from '../aws/environment';
import { answerSignedIn, type DoorPorts, type HttpAnswer } from './answering';

interface Ports extends DoorPorts {
  readonly bus: EventBus;
  readonly now: Now;
}

/**
 * `POST /sign-out`: ends what this person has anywhere: tokens of sign-ins up to now let nobody in any more, and open
 * connections are closed within seconds. Answers 204. Throws (500) where the bus does not take the event; asking again
 * with the same token says it once more.
 */
export function signOut(event: unknown, ports: Ports): Promise<HttpAnswer> {
  return answerSignedIn(
    event,
    ports,
    async ({ person: { userId, name }, traceId }) => {
      // First, so that nobody comes back in between.
      await ports.users.signOut(userId, { at: ports.now(), name });
      await publishRevocation(userId, ports.bus);
      ports.log.info('signed out', { traceId, userId });
      return { statusCode: 204 };
    },
    { evenSignedOut: true },
  );
}

const TRIES = 3;

async function publishRevocation(userId: string, bus: EventBus): Promise<void> {
  const events = [{ type: ACCESS_REVOKED, detail: { userId, reason: 'signed_out' } }] as const;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if ((await bus.publish(events)).length === 0) return;
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
    if (attempt === TRIES) throw new Error('The bus did not take the event');
  }
}

export const handler = (event: unknown) =>
  signOut(event, {
    tokens: aws.tokens(),
    users: aws.users(),
    bus: aws.bus(),
    log: aws.log(),
    now: Date.now,
    ...originRules(),
  });
