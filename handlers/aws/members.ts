import * as z from 'zod/mini';
import type { Members } from '../chat/storage/rooms';
import { IS_IN, LIVE, MemberRows, ROLE } from './member-rows';
import type { Row } from './table';

const key = z.object({ roomId: z.string(), userId: z.string() });

/** Rows that a page looks at; 100 is what one batch reads. */
const PAGE = 100;
/** So often another receipt can come between reading and writing before this gives up. */
const TRIES = 5;

export function createMembers(now = Date.now): Members {
  const rows = new MemberRows(now);
  const { table } = rows;
  const membersOf = (page: readonly Row[]) => page.flatMap((fields) => rows.memberOf(fields) ?? []);

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
          ...rows.time(),
        },
      },
    );

  return {
    async find(roomId, userId) {
      return rows.memberOf(await table.get({ roomId, userId }));
    },

    enter(member) {
      return rows.stand({ ...member, standing: 'in' }, ['in', 'invited']);
    },

    async enterAgain({ roomId, userId, expiresAt }) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: `SET standing = :in${expiresAt === undefined ? ' REMOVE expiresAt' : ', expiresAt = :expiresAt'}`,
          condition: `standing IN (:in, :invited) AND ${LIVE}`,
          values: {
            ...{ ':in': 'in', ':invited': 'invited', ...rows.time() },
            ':expiresAt': expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
          },
        },
      );
      return rows.memberOf(fields ?? (await table.get({ roomId, userId })));
    },

    wait(member) {
      return rows.stand({ ...member, standing: 'waiting' }, ['waiting']);
    },

    async admit(roomId, userId) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: 'SET standing = :in',
          condition: `standing IN (:waiting, :in) AND ${LIVE}`,
          values: { ':waiting': 'waiting', ':in': 'in', ...rows.time() },
        },
      );
      return rows.memberOf(fields);
    },

    async invite(member) {
      const invited = await rows.standUnlessRefused({ ...member, standing: 'invited' }, ['invited']);
      return invited === 'refused' ? undefined : invited;
    },

    async refuse(roomId, userId) {
      const refused = await rows.strip(roomId, userId, {
        condition: `(standing = :waiting OR refused = :yes) AND ${LIVE}`,
        note: ', refused = :yes',
        values: { ':waiting': 'waiting', ':yes': true, ...rows.time() },
      });
      return refused !== undefined;
    },

    async ban(member) {
      await rows.stand({ ...member, standing: 'banned' }, ['in', 'invited', 'waiting', 'banned']);
    },

    async unban(roomId, userId) {
      const only = { condition: 'standing = :banned', values: { ':banned': 'banned' } };
      return (await rows.strip(roomId, userId, only)) !== undefined;
    },

    async setRole(roomId, userId, role) {
      const fields = await table.update(
        { roomId, userId },
        {
          set: 'SET #role = :role',
          condition: IS_IN,
          names: ROLE,
          values: { ':role': role, ':in': 'in', ...rows.time() },
          returns: 'NONE',
        },
      );
      return fields !== undefined;
    },

    async remove(roomId, userId) {
      const condition = 'attribute_exists(standing) AND standing <> :banned';
      return rows.memberOf(await rows.strip(roomId, userId, { condition, values: { ':banned': 'banned' } }));
    },

    async giveReceipt(roomId, userId, { receivedSeq, readSeq, now: at, gap }) {
      let cursors = { receivedSeq, readSeq };
      for (let attempt = 1; attempt <= TRIES; attempt += 1) {
        const moved = await moveCursors(roomId, userId, { ...cursors, at, before: at - gap });
        if (moved !== undefined) return rows.memberOf(moved);
        const member = rows.memberOf(await table.get({ roomId, userId }));
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
              values: { ':yes': true, ':in': 'in', ...rows.time() },
              returns: 'NONE',
            }
          : { set: 'REMOVE announced', condition: 'attribute_exists(announced)', returns: 'NONE' },
      );
      return noted !== undefined;
    },

    async announcedAmong(people) {
      // One batch may not name a key twice.
      const unique = new Map(people.map(({ roomId, userId }) => [`${roomId}/${userId}`, { roomId, userId }]));
      const found = await table.getMany([...unique.values()]);
      return found.filter(({ announced }) => announced === true).map((fields) => key.parse(fields));
    },

    async roomsOf(userId, after) {
      const page = await table.query({
        index: 'byUser',
        where: 'userId = :userId',
        values: { ':userId': userId },
        limit: PAGE,
        descending: true,
        ...(after === undefined ? {} : { after: { userId, roomId: after } }),
      });
      const members = membersOf(await table.getMany(page.rows.map((fields) => key.parse(fields))));
      return {
        members: members
          .filter(({ standing }) => standing === 'in')
          .sort((a, b) => (a.roomId > b.roomId ? -1 : 1)),
        next: page.next === undefined ? null : key.parse(page.next).roomId,
      };
    },

    async ofRoom(roomId, after) {
      const page = await table.query({
        where: 'roomId = :roomId',
        values: { ':roomId': roomId },
        limit: PAGE,
        ...(after === undefined ? {} : { after: { roomId, userId: after } }),
      });
      const { next } = page;
      return { members: membersOf(page.rows), next: next === undefined ? null : key.parse(next).userId };
    },
  };
}
