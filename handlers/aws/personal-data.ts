import * as z from 'zod/mini';
import { personalPartition } from '../chat/ids';
import { ERASED_USER, type PersonalRow, type PersonalTable } from '../chat/personal-data/personal-rows';
import { sentBy } from '../chat/sending/dedupe';
import type { PersonalData } from '../chat/storage/personal-data';
import { Table, type Row } from './table';

const DAY_SECONDS = 24 * 60 * 60;
/** Members that a page looks at; 100 is what one batch reads. */
const MEMBERS = 100;

const message = {
  roomId: z.string(),
  seq: z.number(),
  kind: z.enum(['message', 'edit', 'delete']),
  ref: z.optional(z.number()),
};

/** Per table: what leads to a row. `table` is added before parsing. */
const personalRow = z.discriminatedUnion('table', [
  z.object({ table: z.literal('Users'), userId: z.string() }),
  z.object({ table: z.literal('ChatHistory'), ...message }),
  z.object({ table: z.literal('Outbox'), ...message }),
  z.object({ table: z.literal('Deliveries'), messageId: z.string() }),
  z.object({ table: z.literal('Rooms'), roomId: z.string() }),
  z.object({ table: z.literal('Members'), roomId: z.string(), userId: z.string() }),
  z.object({ table: z.literal('Dedupe'), sent: z.string() }),
  z.object({ table: z.literal('Limits'), subject: z.string() }),
  z.object({ table: z.literal('Tickets'), ticketHash: z.string() }),
  z.object({
    table: z.literal('Connections'),
    connectionId: z.string(),
    rooms: z.pipe(
      z._default(z.set(z.string()), () => new Set<string>()),
      z.transform((rooms: Set<string>) => [...rooms]),
    ),
  }),
  z.object({ table: z.literal('Audience'), partition: z.string(), slot: z.string() }),
]);

const user = z.object({ name: z.string() });
const room = z.object({
  owner: z.optional(z.string()),
  people: z.optional(z.tuple([z.string(), z.string()])),
  meeting: z.optional(z.unknown()),
});
const plan = z.object({ partitions: z.optional(z.array(z.string())) });
const startKey = z.record(z.string(), z.union([z.string(), z.number()]));

/** The condition by which a scan knows a person's rows. The others are found by key. */
const FILTERS = {
  ChatHistory: { where: '#who = :who', who: 'senderId' },
  Outbox: { where: '#who = :who', who: 'senderId' },
  Deliveries: { where: 'contains(#who, :who)', who: 'partitions' },
  Rooms: { where: '#who = :who OR contains(people, :who)', who: 'owner' },
  Dedupe: { where: 'begins_with(#who, :who)', who: 'sent' },
  Limits: { where: 'begins_with(#who, :who)', who: 'subject' },
  Tickets: { where: '#who = :who', who: 'userId' },
  Connections: { where: '#who = :who', who: 'userId' },
  Audience: { where: '#who = :who', who: 'userId' },
} as const satisfies Partial<Record<PersonalTable, { where: string; who: string }>>;
type ScannedTable = keyof typeof FILTERS;

/** How a table's attribute names a person. */
function nameIn(table: ScannedTable, userId: string): string {
  switch (table) {
    case 'Dedupe':
      return sentBy(userId);
    case 'Limits':
      return `user.${userId}`;
    case 'Deliveries':
      return personalPartition(userId);
    default:
      return userId;
  }
}

/** A join code lets people into a meeting, and it is a key of Rooms: no page may end there. */
function mayBeShown(key: Row): boolean {
  return !(typeof key.roomId === 'string' && key.roomId.startsWith('code_'));
}

/** @param pageRows that a scan looks at; without it 1 MB, which is DynamoDB's limit */
export function createPersonalData({ pageRows }: { pageRows?: number } = {}): PersonalData {
  const table = (name: PersonalTable) => new Table(name);

  async function scan(name: ScannedTable, userId: string, after: Row | undefined) {
    const { where, who } = FILTERS[name];
    const filter = {
      where,
      names: { '#who': who },
      values: { ':who': nameIn(name, userId) },
    };
    let { rows, next } = await table(name).scan({ ...filter, limit: pageRows, after });
    while (next !== undefined && !mayBeShown(next)) {
      const more = await table(name).scan({ ...filter, limit: 1, after: next });
      rows = [...rows, ...more.rows];
      next = more.next;
    }
    return { rows, next };
  }

  async function memberships(userId: string, after: Row | undefined) {
    const { rows, next } = await table('Members').query({
      index: 'byUser',
      where: 'userId = :userId',
      values: { ':userId': userId },
      limit: MEMBERS,
      ...(after === undefined ? {} : { after }),
    });
    const keys = rows.map(({ roomId }) => ({ roomId, userId }));
    return { rows: await table('Members').getMany(keys), next };
  }

  async function person(userId: string) {
    const fields = await table('Users').get({ userId });
    const isThere = fields !== undefined && user.parse(fields).name !== '';
    return { rows: isThere ? [fields] : [], next: undefined };
  }

  function find(name: PersonalTable, userId: string, after: Row | undefined) {
    if (name === 'Users') return person(userId);
    if (name === 'Members') return memberships(userId, after);
    return scan(name, userId, after);
  }

  return {
    async page(name, userId, cursor) {
      const after = cursor === null ? undefined : startKey.parse(JSON.parse(cursor));
      const { rows, next } = await find(name, userId, after);
      return {
        rows: rows.map((fields): PersonalRow => personalRow.parse({ ...fields, table: name })),
        stored: rows,
        next: next === undefined ? null : JSON.stringify(next),
      };
    },

    async delete({ table: name, ...key }) {
      await table(name).delete(key);
    },

    async forgetUser(userId, at) {
      const forget = (change: { set?: string; remove?: string; condition?: string; values?: Row }) =>
        table('Users').update(
          { userId },
          {
            ...(change.condition === undefined ? {} : { condition: change.condition }),
            set: `SET #name = :nothing, signedOutAt = :at${change.set ?? ''} REMOVE nameKey, formerName${change.remove ?? ''}`,
            names: { '#name': 'name' },
            values: { ':nothing': '', ':at': at, ...change.values },
            returns: 'NONE',
          },
        );
      const forADay = await forget({
        set: ', expiresAt = :expiresAt',
        condition: 'attribute_not_exists(bannedAt)',
        values: { ':expiresAt': Math.floor(at / 1000) + DAY_SECONDS },
      });
      if (forADay === undefined) await forget({ remove: ', expiresAt' });
    },

    async eraseCopy(roomId, seq) {
      await table('Outbox').update(
        { roomId, seq },
        {
          set: 'SET body = :nothing',
          condition: 'attribute_exists(roomId)',
          values: { ':nothing': { text: '' } },
          returns: 'NONE',
        },
      );
    },

    async disown(name, roomId, seq, userId) {
      await table(name).update(
        { roomId, seq },
        {
          set: 'SET senderId = :nobody, sender = :nothing REMOVE clientMessageId',
          condition: 'senderId = :userId',
          values: { ':nobody': ERASED_USER, ':nothing': '', ':userId': userId },
          returns: 'NONE',
        },
      );
    },

    async leavePlan(messageId, userId) {
      const key = { messageId, part: 'plan' };
      const fields = await table('Deliveries').get(key);
      const partitions = fields && plan.parse(fields).partitions;
      const own = personalPartition(userId);
      if (partitions?.includes(own) !== true) return;
      await table('Deliveries').update(key, {
        set: 'SET #partitions = :partitions',
        condition: 'contains(#partitions, :own)',
        names: { '#partitions': 'partitions' },
        values: {
          ':own': own,
          ':partitions': partitions.map((one) => (one === own ? personalPartition(ERASED_USER) : one)),
        },
        returns: 'NONE',
      });
    },

    async leaveRoom(roomId, userId) {
      const fields = await table('Rooms').get({ roomId });
      if (fields === undefined) return;
      const { owner, people, meeting } = room.parse(fields);
      const names = { '#owner': 'owner' };
      const values = { ':userId': userId };
      if (owner === userId)
        await table('Rooms').update(
          { roomId },
          {
            set: `REMOVE #owner${meeting === undefined ? '' : ', meeting.userName, meeting.email, meeting.code'}`,
            condition: '#owner = :userId',
            ...{ names, values, returns: 'NONE' },
          },
        );
      if (people?.includes(userId) === true)
        await table('Rooms').update(
          { roomId },
          {
            set: 'SET people = :people',
            condition: 'contains(people, :userId)',
            values: { ...values, ':people': people.map((one) => (one === userId ? ERASED_USER : one)) },
            returns: 'NONE',
          },
        );
    },
  };
}
