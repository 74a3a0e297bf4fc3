/** What a person may do in a room. Moderators remove and ban; owners also give roles and close the room. */
export type Role = 'owner' | 'moderator' | 'member';

/** `in`: belongs to it, connected or not. The others do not, and are kept so that the answer stays the same. */
export type Standing = 'in' | 'invited' | 'waiting' | 'banned';

/** Whoever was invited may come for so long, in milliseconds. */
export const INVITED_FOR = 30 * 24 * 60 * 60 * 1000;

/** Durable membership of a person in a room; who listens at this moment is the audience. */
export interface Member {
  readonly roomId: string;
  readonly userId: string;
  readonly role: Role;
  readonly standing: Standing;
  /** Cumulative cursors: everything up to these numbers has arrived, or was read. 0 at first. */
  readonly receivedSeq: number;
  readonly readSeq: number;
  /** Unix milliseconds. */
  readonly since: number;
  /** When the cursors last moved, in Unix milliseconds. */
  readonly receiptAt?: number | undefined;
  /** While waiting: the connection that will enter when the host admits. */
  readonly waitingConnectionId?: string | undefined;
  /** Unix milliseconds; guests do not stay for ever. */
  readonly expiresAt?: number | undefined;
}

const RANK = { supervisor: 3, owner: 2, moderator: 1 } as const;

/** Whether somebody may take another out of a room: only who is of lower rank there, or of none. */
export function outranks(standings: readonly string[], other: Pick<Member, 'role'> | undefined): boolean {
  const own = Math.max(0, ...Object.entries(RANK).map(([one, rank]) => (standings.includes(one) ? rank : 0)));
  return own > (other === undefined || other.role === 'member' ? 0 : RANK[other.role]);
}
