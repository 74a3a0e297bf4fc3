import * as z from 'zod/mini';
import type { Member } from '../chat/members';
import type { Members } from '../chat/ports';
import { Table, type Row } from './table';

const row = z.object({
  roomId: z.string(),
  userId: z.string(),
  role: z.enum(['owner', 'moderator', 'member']),
  standing: z.enum(['in', 'invited', 'waiting', 'banned']),
  receivedSeq: z.number(),
  readSeq: z.number(),
  since: z.number(),
  receiptAt: z.optional(z.number()),
  waitingConnectionId: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
});
const key = z.object({ roomId: z.string(), userId: z.string() });

/** Rows that a page looks at; 100 is what one batch reads. */
const PAGE = 100;
/** How long it is remembered that the others were told of somebody who was taken out, in seconds. */
const REMEMBERED = 24 * 60 * 60;
/** So often another writer can come between reading and writing before this gives up. */
const TRIES = 5;

/** `:seconds` is the time, because DynamoDB's TTL deletes late. */
const LIVE = '(attribute_not_exists(expiresAt) OR expiresAt > :seconds)';
const IS_IN = `standing = :in AND ${LIVE}`;
const ROLE = { '#role': 'role' };

/**
 * A row without a standing is nobody's: it remembers that the others were told of somebody who was here, and whether
 * somebody who waited was refused.
 */
export function createMembers(now = Date.now): Members {
  const table = new Table('Members');
  const time = () => ({ ':seconds': now() / 1000 });

  const memberOf = (fields: Row | undefined): Member | undefined => {
    if (fields?.standing === undefined) return undefined;
    const { expiresAt, ...member } = row.parse(fields);
    if (expiresAt === undefined) return member;
    return expiresAt * 1000 > now() ? { ...member, expiresAt: expiresAt * 1000 } : undefined;
  };
  const membersOf = (rows: readonly Row[]) => rows.flatMap((fields) => memberOf(fields) ?? []);

  /** Gives a person a standing, if they have none or one of these now, and gives the row as it is then. */
  const stand = async (
    person: Pick<Member, 'roomId' | 'userId' | 'standing' | 'since'> & Partial<Member>,
    instead: readonly Member['standing'][],
  ): Promise<Member> => {
    const { roomId, userId, standing, since, role = 'member', waitingConnectionId, expiresAt } = person;
    const allowed = Object.fromEntries(instead.map((one) => [`:${one}`, one]));
    const waiting = waitingConnectionId === undefined ? '' : ', waitingConnectionId = :connection';
    const expiry =
      expiresAt === undefined ? ' REMOVE refused, expiresAt' : ', expiresAt = :expiresAt REMOVE refused';
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: `SET standing = :standing, #role = if_not_exists(#role, :role), since = if_not_exists(since, :since), receivedSeq = if_not_exists(receivedSeq, :none), readSeq = if_not_exists(readSeq, :none)${waiting}${expiry}`,
          condition: `(attribute_not_exists(standing) OR standing IN (${Object.keys(allowed).join(', ')})) AND ${LIVE}`,
          names: ROLE,
          values: {
            ...{ ':standing': standing, ':role': role, ':since': since, ':none': 0 },
            ...{ ':connection': waitingConnectionId, ...allowed, ...time() },
            ':expiresAt': expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
          },
        },
      );
      const stored = memberOf(fields ?? (await table.get({ roomId, userId })));
      if (stored !== undefined) return stored;
      // What an expired row held must not come back with the person.
      await table.delete({ roomId, userId }, { condition: 'expiresAt <= :seconds', values: time() });
    }
    throw new Error('A row of Members was another one with every try');
  };

  /** Takes all from a row but that the others were told, and gives it as it was. May note something in its place. */
  const strip = (roomId: string, userId: string, only: { condition: string; note?: string; values?: Row }) =>
    table.update(
      { roomId, userId },
      {
        set: `SET expiresAt = :forgotten${only.note ?? ''} REMOVE standing, #role, since, receivedSeq, readSeq, receiptAt, waitingConnectionId`,
        condition: only.condition,
        names: ROLE,
        values: { ...only.values, ':forgotten': Math.floor(now() / 1000) + REMEMBERED },
        returns: 'ALL_OLD',
      },
    );

  /** Moves the cursors, if it is forward, and not too soon. */
  const moveCursors = (
    roomId: string,
    userId: string,
    {
      receivedSeq,
      readSeq,
      at,
      before,
    }: { receivedSeq: number; readSeq: number; at: number; before: number },
  ) =>
    table.update(
      { roomId, userId },
      {
        set: 'SET receivedSeq = :received, readSeq = :read, receiptAt = :at',
        condition: `${IS_IN} AND receivedSeq <= :received AND readSeq <= :read AND (attribute_not_exists(receiptAt) OR receiptAt <= :before)`,
        values: {
          ...{ ':received': receivedSeq, ':read': readSeq, ':at': at, ':before': before, ':in': 'in' },
          ...time(),
        },
      },
    );

  return {
    async find(roomId, userId) {
      return memberOf(await table.get({ roomId, userId }));
    },

    enter(member) {
      return stand({ ...member, standing: 'in' }, ['in', 'invited']);
    },

    async enterAgain({ roomId, userId, expiresAt }) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: `SET standing = :in${expiresAt === undefined ? ' REMOVE expiresAt' : ', expiresAt = :expiresAt'}`,
          condition: `standing IN (:in, :invited) AND ${LIVE}`,
          values: {
            ...{ ':in': 'in', ':invited': 'invited', ...time() },
            ':expiresAt': expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
          },
        },
      );
      return memberOf(fields ?? (await table.get({ roomId, userId })));
    },

    wait(member) {
      return stand({ ...member, standing: 'waiting' }, ['waiting']);
    },

    async admit(roomId, userId) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: 'SET standing = :in',
          condition: `standing IN (:waiting, :in) AND ${LIVE}`,
          values: { ':waiting': 'waiting', ':in': 'in', ...time() },
        },
      );
      return memberOf(fields);
    },

    async refuse(roomId, userId) {
      const row = await strip(roomId, userId, {
        condition: `(standing = :waiting OR refused = :yes) AND ${LIVE}`,
        note: ', refused = :yes',
        values: { ':waiting': 'waiting', ':yes': true, ...time() },
      });
      return row !== undefined;
    },

    async ban(member) {
      await stand({ ...member, standing: 'banned' }, ['in', 'invited', 'waiting', 'banned']);
    },

    async unban(roomId, userId) {
      const only = { condition: 'standing = :banned', values: { ':banned': 'banned' } };
      return (await strip(roomId, userId, only)) !== undefined;
    },

    async setRole(roomId, userId, role) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: 'SET #role = :role',
          condition: IS_IN,
          names: ROLE,
          values: { ':role': role, ':in': 'in', ...time() },
          returns: 'NONE',
        },
      );
      return fields !== undefined;
    },

    async remove(roomId, userId) {
      const condition = 'attribute_exists(standing) AND standing <> :banned';
      return memberOf(await strip(roomId, userId, { condition, values: { ':banned': 'banned' } }));
    },

    async giveReceipt(roomId, userId, { receivedSeq, readSeq, now: at, gap }) {
      let cursors = { receivedSeq, readSeq };
      for (let attempt = 1; attempt <= TRIES; attempt += 1) {
        const moved = await moveCursors(roomId, userId, { ...cursors, at, before: at - gap });
        if (moved !== undefined) return memberOf(moved);
        const member = memberOf(await table.get({ roomId, userId }));
        if (member?.standing !== 'in') return undefined;
        const { receiptAt = -Infinity } = member;
        const isThere = member.receivedSeq === cursors.receivedSeq && member.readSeq === cursors.readSeq;
        // This very receipt, by a try whose answer was lost.
        if (isThere && receiptAt === at) return member;
        if (receiptAt > at - gap) return { tooSoon: receiptAt + gap - at };
        cursors = {
          receivedSeq: Math.max(receivedSeq, member.receivedSeq),
          readSeq: Math.max(readSeq, member.readSeq),
        };
      }
      throw new Error('A row of Members was another one with every try');
    },

    async noteAnnounced(roomId, userId, here) {
      const noted = await table.update(
        { roomId, userId },
        here
          ? {
              set: 'SET announced = :yes',
              condition: `${IS_IN} AND attribute_not_exists(announced)`,
              values: { ':yes': true, ':in': 'in', ...time() },
              returns: 'NONE',
            }
          : { set: 'REMOVE announced', condition: 'attribute_exists(announced)', returns: 'NONE' },
      );
      return noted !== undefined;
    },

    async roomsOf(userId, after) {
      const { rows, next } = await table.query({
        index: 'byUser',
        where: 'userId = :userId',
        values: { ':userId': userId },
        limit: PAGE,
        ...(after === undefined ? {} : { after: { userId, roomId: after } }),
      });
      const members = membersOf(await table.getMany(rows.map((fields) => key.parse(fields))));
      return {
        members: members
          .filter(({ standing }) => standing === 'in')
          .sort((a, b) => (a.roomId < b.roomId ? -1 : 1)),
        next: next === undefined ? null : key.parse(next).roomId,
      };
    },

    async ofRoom(roomId, after) {
      const { rows, next } = await table.query({
        where: 'roomId = :roomId',
        values: { ':roomId': roomId },
        limit: PAGE,
        ...(after === undefined ? {} : { after: { roomId, userId: after } }),
      });
      return { members: membersOf(rows), next: next === undefined ? null : key.parse(next).userId };
    },
  };
}
