import * as z from 'zod/mini';
import { ACCESS_REVOKED } from '../chat/events';
import type { EventBus } from '../chat/ports';
import * as aws from '../composition';

const revokeInput = z.object({ userId: z.string() });

/**
 * First step of `erase-person`: has all connections of the person closed. Safe to repeat. Throws where the bus does not
 * take the event, since whoever stays connected goes on leaving traces.
 */
export async function revokeAccess(input: unknown, { bus }: { bus: EventBus }): Promise<{ revoked: true }> {
  const { userId } = revokeInput.parse(input);
  const refused = await bus.publish([{ type: ACCESS_REVOKED, detail: { userId, reason: 'erased' } }]);
  if (refused.length > 0) throw new Error('The bus did not take the event');
  return { revoked: true };
}

export const handler = (input: unknown) => revokeAccess(input, { bus: aws.bus() });
