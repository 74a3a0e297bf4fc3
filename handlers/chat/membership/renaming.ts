import { GUEST_NAME, presentableName, type Connection } from '../connections';
import { ClientError } from '../errors';
import { MEMBER_RENAMED, type Notice } from '../events';
import { personalPartition } from '../ids';
import { rowsOf } from '../audience';
import type { Connections, Users } from '../storage/people';
import type { Audience } from '../storage/rooms';
import { sideBySide } from '../side-by-side';

/** Connections that are renamed at a time. */
const AT_ONCE = 10;

/**
 * The name that a person asks for, as others will see it: Unicode NFC, runs of white space as one space. Throws
 * ClientError `bad_request` for one that is empty, longer than 40 characters, or holds control or direction-changing
 * characters (they would let a name pose as another), and for what the nameless are called.
 */
export function checkedName(asked: string): string {
  const name = asked.normalize('NFC').trim().replace(/\s+/g, ' ');
  if (name === '' || name !== presentableName(name)) {
    throw new ClientError('bad_request', 'A name has 1 to 40 characters and no control characters.', '/name');
  }
  if (name.toLowerCase() === GUEST_NAME)
    throw new ClientError('bad_request', 'That is what people without a name are called.', '/name');
  return name;
}

/**
 * Gives a person another name on all their connections. Safe to repeat.
 * @returns what the rooms in which one of these listens are to hear
 */
export async function rename(
  { userId, name: formerName, userExpiresAt }: Connection,
  name: string,
  ports: { users: Users; connections: Connections; audience: Audience },
): Promise<Notice[]> {
  const [user, rows] = await Promise.all([
    ports.users.find(userId),
    rowsOf(personalPartition(userId), ports.audience),
  ]);
  // First of all, because whoever announces it asks here what the new name is.
  const expiresAt = laterOf(userExpiresAt, user === undefined ? userExpiresAt : user.expiresAt);
  await ports.users.remember({ userId, name, formerName, expiresAt });
  const renamed = await sideBySide(rows, AT_ONCE, ({ connectionId }) =>
    ports.connections.rename(connectionId, name),
  );
  const rooms = new Set(renamed.flatMap((connection) => connection?.rooms ?? []));
  return [...rooms].map((roomId) => ({ type: MEMBER_RENAMED, detail: { roomId, userId } }));
}

/** Absent means for good. */
function laterOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
