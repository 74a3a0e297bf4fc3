import type { Identity } from './identity';
import { isUserId, personalPartition, slotOf } from './ids';

/** One socket, as $connect registered it. */
export interface Connection extends Identity {
  readonly connectionId: string;
  readonly name: string;
  /** Rooms that it listens to; the last one joined is where it talks when a frame names none. */
  readonly rooms: readonly string[];
  /** Unix milliseconds. */
  readonly openedAt: number;
  /** When it was last heard of, in Unix milliseconds: its lease, see PRESENCE_LEASE. */
  readonly seenAt: number;
  /** Unix milliseconds; see LIFETIME. */
  readonly expiresAt: number;
  /** Until when what is stored of the person is kept, in Unix milliseconds; for good where it is absent. */
  readonly userExpiresAt?: number | undefined;
}

/**
 * API Gateway ends every connection after 2 hours and may never say so ($disconnect is best effort), so a row
 * expires 10 minutes after its connection must be over.
 */
export const LIFETIME = (2 * 60 + 10) * 60 * 1000;

/** API Gateway closes what is silent for 10 minutes, so whoever was not heard of for longer is not here any more. */
export const PRESENCE_LEASE = 11 * 60 * 1000;

/** Connections whose token can end are spread over so many partitions of the index by which they are found then. */
export const TOKEN_SHARDS = 4;

/** While the upgrade may still be under way a post answers 410 for a connection that is about to be fine. */
export const UPGRADE_GRACE = 60 * 1000;

/** A row of the audience: where one connection stands in one partition. */
export interface AudienceRow {
  readonly partition: string;
  readonly slot: string;
  readonly connectionId: string;
  readonly userId: string;
  readonly openedAt: number;
  readonly expiresAt: number;
}

/** The audience rows that a connection has: one for each room it listens to and one for the person. */
export function audienceRows(connection: Connection): AudienceRow[] {
  const { connectionId, userId, openedAt, expiresAt } = connection;
  return [...connection.rooms, personalPartition(userId)].map((partition) => ({
    partition,
    slot: slotOf(partition, userId, connectionId),
    connectionId,
    userId,
    openedAt,
    expiresAt,
  }));
}

const MAX_NAME_LENGTH = 40;
export const GUEST_NAME = 'guest';

/**
 * The name a guest asked for, made presentable: no control or direction characters, at most 40 characters. Nobody goes by
 * what is somebody's id: a message to that name would reach another than the one it is shown for.
 */
export function presentableName(asked: string | undefined): string {
  const name = (asked ?? '')
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const short = Array.from(name).slice(0, MAX_NAME_LENGTH).join('');
  return short === '' || isUserId(short) ? GUEST_NAME : short;
}
