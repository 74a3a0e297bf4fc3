import { audienceRows } from '../../handlers/chat/connections';
import { newId, personalPartition } from '../../handlers/chat/ids';
import {
  ERASED_USER,
  type PersonalRow,
  type PersonalTable,
} from '../../handlers/chat/personal-data/personal-rows';
import { sentKey } from '../../handlers/chat/sending/dedupe';
import type { ErasePorts } from '../../handlers/chat/personal-data/erasing';
import type { Dedupe, Ledger, Outbox } from '../../handlers/chat/storage/messages';
import type { Limits, Tickets, Users } from '../../handlers/chat/storage/people';
import type { TestClock } from '../support/memory/clock';
import { aConnection, aDraft, aPlan, aRoomId, SECRET_ROOM } from '../support/memory/examples';

export type PersonalDataHarness = Omit<ErasePorts, 'bus' | 'log' | 'now'> & {
  readonly users: Users;
  readonly outbox: Outbox;
  readonly dedupe: Dedupe;
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly tickets: Tickets;
  readonly clock: TestClock;
};

export function personalDataContract(name: string, createPorts: () => PersonalDataHarness): void {
  describe(`PersonalData ${name}`, () => {
    let ports: PersonalDataHarness;
    let userId: string;
    beforeEach(() => {
      ports = createPorts();
      userId = newId('u');
    });

    /** All pages of a table, of which every one but the last says where to go on. */
    const all = async (table: PersonalTable, who = userId) => {
      const rows: PersonalRow[] = [];
      const stored: unknown[] = [];
      let after: string | null = null;
      do {
        const page = await ports.personalData.page(table, who, after);
        rows.push(...page.rows);
        stored.push(...page.stored);
        after = page.next;
      } while (after !== null);
      expect(stored).toHaveLength(rows.length);
      return rows;
    };
    const said = (seq: number, overrides: Parameters<typeof aDraft>[1] = {}) => ({
      ...aDraft(ports.clock.now(), { senderId: userId, ...overrides }),
      seq,
    });

    it('finds what somebody said among what others said, page by page, in archive and outbox', async () => {
      const roomId = aRoomId();
      for (let seq = 1; seq <= 5; seq += 1) {
        const message = said(seq, { roomId, ...(seq % 2 === 0 ? { senderId: newId('u') } : {}) });
        await ports.outbox.append(message, 1);
        await ports.history.keep(message, undefined);
      }
      await ports.history.noteEdit(roomId, 9, { seq: 10, text: 'not kept yet' }, undefined);
      for (const table of ['Outbox', 'ChatHistory'] as const) {
        const rows = await all(table);
        expect(rows.map((row) => 'seq' in row && row.seq).sort()).toEqual([1, 3, 5]);
        expect(rows[0]).toMatchObject({ table, roomId, kind: 'message' });
      }
    });

    it('disowns a message of theirs and of nobody else, after which it is found no more', async () => {
      const roomId = aRoomId();
      const message = said(1, { roomId, clientMessageId: 'm1' });
      await ports.outbox.append(message, 1);
      await ports.history.keep(message, undefined);
      for (const table of ['Outbox', 'ChatHistory'] as const) {
        await ports.personalData.disown(table, roomId, 1, newId('u'));
        expect(await all(table)).toMatchObject([{ roomId, seq: 1 }]);
        for (const seq of [1, 2]) await ports.personalData.disown(table, roomId, seq, userId);
        expect(await all(table)).toEqual([]);
      }
      const [row] = await ports.history.range(roomId, 1, 2);
      expect(row!.said).toMatchObject({ seq: 1, senderId: ERASED_USER, sender: '' });
      expect(row!.said!.clientMessageId).toBeUndefined();
      const [entry, ...others] = await ports.outbox.range(roomId, 1, 2);
      expect(entry).toMatchObject({ seq: 1, senderId: ERASED_USER, sender: '' });
      expect(others).toEqual([]);
    });

    it('erases the text of a copy in the outbox, and makes no row where there is none', async () => {
      const message = said(1, { roomId: aRoomId() });
      await ports.outbox.append(message, 1);
      for (const seq of [1, 2]) await ports.personalData.eraseCopy(message.roomId, seq);
      expect(await ports.outbox.range(message.roomId, 1, 2)).toMatchObject([{ seq: 1, text: '' }]);
    });

    it('finds rooms that somebody owns or is one of the two of, and takes them out of these', async () => {
      const [meeting, direct, strange] = [newId('m'), newId('r'), newId('r')];
      const details = {
        media: 'chat',
        approval: true,
        code: 'abc',
        userName: 'Carla',
        email: 'c@x.y',
      } as const;
      const other = newId('u');
      const channel = { kind: 'channel', name: SECRET_ROOM } as const;
      await ports.rooms.create({
        roomId: meeting,
        kind: 'meeting',
        name: 'm',
        owner: userId,
        meeting: details,
      });
      await ports.rooms.create({ roomId: direct, kind: 'direct', name: 'd', people: [other, userId] });
      await ports.rooms.create({ roomId: strange, ...channel, owner: other });
      await ports.rooms.open({ roomId: aRoomId(), name: 'nobody’s' });
      const found = (await all('Rooms')).map((row) => 'roomId' in row && row.roomId);
      expect(found.sort()).toEqual([direct, meeting].sort());
      for (const roomId of [meeting, direct, strange, aRoomId()])
        await ports.personalData.leaveRoom(roomId, userId);
      expect(await all('Rooms')).toEqual([]);
      const left = await ports.rooms.find(meeting);
      expect(left).toMatchObject({ meeting: { media: 'chat', approval: true } });
      expect(JSON.stringify(left)).not.toMatch(/Carla|c@x\.y|abc|owner/);
      expect(await ports.rooms.find(direct)).toMatchObject({ people: [other, ERASED_USER] });
      expect(await ports.rooms.find(strange)).toMatchObject({ owner: other });
    });

    it('finds the plans that name somebody’s personal partition, and puts nobody’s in its place', async () => {
      const [direct, other] = [`${newId('r')}.1`, `${newId('r')}.1`];
      const [own, theirs] = [personalPartition(userId), personalPartition(newId('u'))];
      await ports.ledger.storePlan(direct, aPlan({ partitions: [theirs, own] }));
      await ports.ledger.storePlan(other, aPlan({ partitions: [theirs] }));
      expect(await all('Deliveries')).toEqual([{ table: 'Deliveries', messageId: direct }]);
      for (const messageId of [direct, other, 'r_none.1'])
        await ports.personalData.leavePlan(messageId, userId);
      expect(await all('Deliveries')).toEqual([]);
      const nobody = personalPartition(ERASED_USER);
      expect(await ports.ledger.findPlan(direct)).toMatchObject({ partitions: [theirs, nobody] });
      expect(await ports.ledger.findPlan(other)).toMatchObject({ partitions: [theirs] });
      expect(await ports.ledger.findPlan('r_none.1')).toBeUndefined();
    });

    it('finds memberships of every standing and deletes them', async () => {
      const rooms = [aRoomId(), aRoomId(), aRoomId()];
      const since = ports.clock.now();
      await ports.members.enter({ roomId: rooms[0]!, userId, role: 'member', since });
      await ports.members.ban({ roomId: rooms[1]!, userId, since });
      await ports.members.enter({ roomId: rooms[2]!, userId: newId('u'), role: 'member', since });
      const found = await all('Members');
      expect(found.map((row) => 'roomId' in row && row.roomId).sort()).toEqual(rooms.slice(0, 2).sort());
      for (const roomId of rooms)
        for (let time = 1; time <= 2; time += 1)
          await ports.personalData.delete({ table: 'Members', roomId, userId });
      expect(await all('Members')).toEqual([]);
      expect((await ports.members.ofRoom(rooms[2]!)).members).toHaveLength(1);
    });

    it('forgets a user’s name at once, and remembers for a day that they are signed out', async () => {
      await ports.users.remember({ userId, name: 'Carla' });
      expect(await all('Users')).toEqual([{ table: 'Users', userId }]);
      await ports.personalData.forgetUser(userId, ports.clock.now());
      expect(await all('Users')).toEqual([]);
      expect(await ports.users.named('Carla')).not.toContainEqual(expect.objectContaining({ userId }));
      expect(await ports.users.find(userId)).toMatchObject({ name: '', signedOutAt: ports.clock.now() });
      ports.clock.advance(25 * 60 * 60 * 1000);
      expect(await ports.users.find(userId)).toBeUndefined();
    });

    it('keeps out for good, without a name, who was banned before or while they were erased', async () => {
      const now = ports.clock.now();
      await ports.users.remember({ userId, name: 'Carla', formerName: 'Clara' });
      await ports.users.ban(userId, { at: now, name: 'Carla' });
      for (let time = 1; time <= 2; time += 1) await ports.personalData.forgetUser(userId, now);
      expect(await all('Users')).toEqual([]);
      ports.clock.advance(25 * 60 * 60 * 1000);
      expect(await ports.users.find(userId)).toEqual({ userId, name: '', bannedAt: now, signedOutAt: now });
      expect(await ports.users.named('Carla')).not.toContainEqual(expect.objectContaining({ userId }));
    });

    it('finds connections with their rooms, places in the audience, tickets and limits', async () => {
      const now = ports.clock.now();
      const connection = aConnection(now, { userId });
      const others = aConnection(now);
      for (const one of [connection, others]) {
        await ports.connections.add(one);
        await ports.audience.join(audienceRows(one));
        const { userId: who, name: called } = one;
        const signedIn = { kind: 'user', groups: [], tokenExpiresAt: now, signedInAt: now } as const;
        const ticket = { hash: who, userId: who, name: called, expiresAt: now + 30_000, ...signedIn };
        await ports.tickets.keep(ticket);
        await ports.limits.take(`user.${who}`, { perSecond: 1, burst: 1 }, now);
      }
      const { connectionId, rooms } = connection;
      expect(await all('Connections')).toEqual([{ table: 'Connections', connectionId, rooms }]);
      expect(await all('Audience')).toHaveLength(2);
      expect(await all('Tickets')).toEqual([{ table: 'Tickets', ticketHash: userId }]);
      expect(await all('Limits')).toEqual([{ table: 'Limits', subject: `user.${userId}` }]);
      for (const row of [...(await all('Audience')), ...(await all('Tickets')), ...(await all('Limits'))])
        if (row.table === 'Audience' || row.table === 'Tickets' || row.table === 'Limits')
          await ports.personalData.delete(row);
      for (const table of ['Audience', 'Tickets', 'Limits'] as const) {
        expect(await all(table)).toEqual([]);
        expect(await all(table, others.userId)).not.toEqual([]);
      }
    });

    it('finds the ids that somebody gave what they sent, but for those given back, and deletes them', async () => {
      const at = ports.clock.now();
      const reservation = (who: string, id: string) => ({
        ...{ sent: sentKey(who, id), body: 'hash', roomId: aRoomId(), by: newId('a'), at },
      });
      const [kept, underWay, refused] = ['m1', 'm2', 'm3'].map((id) => reservation(userId, id));
      const others = reservation(newId('u'), 'm1');
      for (const one of [kept!, underWay!, refused!, others])
        expect(await ports.dedupe.reserve(one)).toBe('reserved');
      await ports.dedupe.finish(kept!, { roomId: aRoomId(), seq: 1, epoch: newId('e'), acceptedAt: at });
      await ports.dedupe.release(refused!);
      const found = await all('Dedupe');
      expect(new Set(found)).toEqual(
        new Set([kept!, underWay!].map(({ sent }) => ({ table: 'Dedupe', sent }))),
      );
      for (const row of found) if (row.table === 'Dedupe') await ports.personalData.delete(row);
      expect(await all('Dedupe')).toEqual([]);
      expect(await ports.dedupe.reserve({ ...others, by: 'other' })).toEqual(others);
      expect(await ports.dedupe.reserve({ ...kept!, by: 'other' })).toBe('reserved');
    });
  });
}
