import { randomUUID } from 'node:crypto';
import type { Plan } from '../../../handlers/chat/fan-out/plan';
import {
  audienceRows,
  LIFETIME,
  type AudienceRow,
  type Connection,
} from '../../../handlers/chat/connections';
import { channelId, newId } from '../../../handlers/chat/ids';
import type { MessageDraft } from '../../../handlers/chat/messages';
import { MINUTE } from './clock';

/** What people say and are called: no log line may hold any of it. */
export const SECRET_TEXT = 'canary text: my card number is 4711';
export const SECRET_NAME = 'Canary Carla';
export const SECRET_ROOM = 'canary room';

/** A room that no other test uses. */
export function aRoomId(): string {
  return channelId(randomUUID());
}

/** A connection that was opened two minutes before `now`, so that its upgrade is long over. */
export function aConnection(now: number, overrides: Partial<Connection> = {}): Connection {
  const openedAt = overrides.openedAt ?? now - 2 * MINUTE;
  return {
    connectionId: `c-${randomUUID().slice(0, 8)}=`,
    userId: newId('u'),
    kind: 'user',
    groups: [],
    name: SECRET_NAME,
    rooms: [channelId(SECRET_ROOM)],
    openedAt,
    seenAt: openedAt,
    expiresAt: openedAt + LIFETIME,
    ...overrides,
  };
}

/** The connection's row in the first of its rooms. */
export function roomRow(connection: Connection): AudienceRow {
  return audienceRows(connection)[0]!;
}

export function aDraft(now: number, overrides: Partial<MessageDraft> = {}): MessageDraft {
  return {
    kind: 'message',
    roomId: channelId(SECRET_ROOM),
    room: SECRET_ROOM,
    epoch: newId('e'),
    text: SECRET_TEXT,
    senderId: newId('u'),
    sender: SECRET_NAME,
    origin: 'origin=',
    echo: false,
    acceptedAt: now,
    appendId: newId('a'),
    ...overrides,
  };
}

export function aPlan(overrides: Partial<Plan> = {}): Plan {
  return { tier: 'inline', parts: 1, size: 3, workers: 1, postsPerSecond: 1000, lease: 90_000, ...overrides };
}
