import { newId } from '../../handlers/chat/ids';
import type { MemberKey, Members } from '../../handlers/chat/storage/rooms';
import { DAY, HOUR, MINUTE, storedExpiry, type TestClock } from '../support/memory/clock';
import { aRoomId } from '../support/memory/examples';

export interface MembersHarness {
  readonly members: Members;
  readonly clock: TestClock;
}

const GAP = 5000;

export function membersContract(name: string, createPort: () => MembersHarness): void {
  /** A person and a room that no other test uses. */
  const somebody = () => {
    const { members, clock } = createPort();
    const who = { roomId: aRoomId(), userId: newId('u') };
    const { roomId, userId } = who;
    return {
      members,
      clock,
      ...who,
      find: () => members.find(roomId, userId),
      enter: (more: { role?: 'owner' | 'member'; expiresAt?: number; since?: number } = {}) =>
        members.enter({ ...who, role: 'member', since: clock.now(), expiresAt: undefined, ...more }),
      wait: (waitingConnectionId: string) =>
        members.wait({ ...who, since: clock.now(), expiresAt: undefined, waitingConnectionId }),
      ban: () => members.ban({ ...who, since: clock.now() }),
      invite: (expiresAt = clock.now() + DAY) => members.invite({ ...who, since: clock.now(), expiresAt }),
      receipt: (receivedSeq: number, readSeq: number, now: number) =>
        members.giveReceipt(roomId, userId, { receivedSeq, readSeq, now, gap: GAP }),
    };
  };

  describe(`Members ${name}`, () => {
    it('makes somebody a member once and leaves role, cursors and the beginning as they are', async () => {
      const { members, clock, roomId, userId, find, enter, receipt } = somebody();
      expect(await find()).toBeUndefined();
      const since = clock.now();
      const fresh = { roomId, userId, role: 'owner', standing: 'in', receivedSeq: 0, readSeq: 0, since };
      expect(await enter({ role: 'owner' })).toEqual(fresh);
      await receipt(7, 3, clock.now());
      clock.advance(MINUTE);
      const later = { ...fresh, receivedSeq: 7, readSeq: 3, receiptAt: since };
      expect(await enter({ role: 'member' })).toEqual(later);
      expect(await find()).toEqual(later);
      expect(await members.find(aRoomId(), userId)).toBeUndefined();
    });

    it('renews when a guest expires, and knows them no longer after that', async () => {
      const { clock, find, enter } = somebody();
      await enter({ expiresAt: clock.now() + MINUTE });
      const expiresAt = clock.now() + HOUR + 1;
      expect(await enter({ expiresAt })).toMatchObject({ expiresAt: storedExpiry(expiresAt) });
      clock.time = storedExpiry(expiresAt) - 1;
      expect(await find()).toBeDefined();
      clock.time = storedExpiry(expiresAt);
      expect(await find()).toBeUndefined();
    });

    it('takes somebody who comes back after they expired for somebody new, because roles must not come back', async () => {
      const { clock, enter } = somebody();
      await enter({ role: 'owner', expiresAt: clock.now() + MINUTE });
      clock.advance(HOUR);
      expect(await enter()).toMatchObject({ role: 'member', since: clock.now(), readSeq: 0 });
    });

    it('does not let in whoever waits or is kept out, and says so', async () => {
      const { enter, wait, ban, find } = somebody();
      await wait('c1');
      expect(await enter()).toMatchObject({ standing: 'waiting', waitingConnectionId: 'c1' });
      await ban();
      expect(await enter()).toMatchObject({ standing: 'banned' });
      expect(await wait('c2')).toMatchObject({ standing: 'banned' });
      expect(await find()).toMatchObject({ standing: 'banned' });
    });

    it('lets somebody wait with their latest connection, and leaves a member a member', async () => {
      const { members, roomId, userId, wait } = somebody();
      await wait('c1');
      expect(await wait('c2')).toMatchObject({ standing: 'waiting', waitingConnectionId: 'c2' });
      expect(await members.admit(roomId, userId)).toMatchObject({
        standing: 'in',
        waitingConnectionId: 'c2',
      });
      expect(await members.admit(roomId, userId)).toMatchObject({
        standing: 'in',
        waitingConnectionId: 'c2',
      });
      expect(await wait('c3')).toMatchObject({ standing: 'in', waitingConnectionId: 'c2' });
    });

    it('admits nobody who does not wait', async () => {
      const { members, roomId, userId, ban, find } = somebody();
      expect(await members.admit(roomId, userId)).toBeUndefined();
      expect(await find()).toBeUndefined();
      await ban();
      expect(await members.admit(roomId, userId)).toBeUndefined();
    });

    it('turns away who waits and nobody else, and says so again, because the answer can get lost', async () => {
      const { members, clock, roomId, userId, find, wait, ban, enter } = somebody();
      const refuse = () => members.refuse(roomId, userId);
      expect(await refuse()).toBe(false);
      await wait('c1');
      expect([await refuse(), await refuse()]).toEqual([true, true]);
      expect(await find()).toBeUndefined();
      expect(await members.admit(roomId, userId)).toBeUndefined();
      await wait('c2');
      await members.admit(roomId, userId);
      expect(await refuse()).toBe(false);
      expect(await find()).toMatchObject({ standing: 'in' });
      await members.remove(roomId, userId);
      expect(await refuse()).toBe(false);
      await enter({ expiresAt: clock.now() + MINUTE });
      await ban();
      expect(await refuse()).toBe(false);
      expect(await find()).toMatchObject({ standing: 'banned' });
    });

    it('invites somebody who has not asked, as a member to be, until a time that it moves', async () => {
      const { members, clock, roomId, userId, find, invite, wait } = somebody();
      const first = await invite();
      expect(first).toEqual({
        ...{ roomId, userId, role: 'member', standing: 'invited', receivedSeq: 0, readSeq: 0 },
        ...{ since: clock.now(), expiresAt: storedExpiry(clock.now() + DAY) },
      });
      const later = { ...first, expiresAt: storedExpiry(clock.now() + 2 * DAY) };
      expect(await invite(clock.now() + 2 * DAY)).toEqual(later);
      expect(await members.admit(roomId, userId)).toBeUndefined();
      expect(await members.refuse(roomId, userId)).toBe(false);
      expect(await wait('c1')).toEqual(later);
      expect(await find()).toEqual(later);
      expect((await members.roomsOf(userId)).members).toEqual([]);
      clock.advance(2 * DAY);
      expect(await find()).toBeUndefined();
      expect(await members.enterAgain({ roomId, userId, expiresAt: undefined })).toBeUndefined();
      expect(await invite()).toMatchObject({ standing: 'invited', since: clock.now() });
    });

    it('lets in whom it invited for good, and a guest for as long as guests stay', async () => {
      const { members, clock, roomId, userId, find, invite, enter } = somebody();
      await invite();
      const expiresAt = clock.now() + HOUR;
      const guest = { standing: 'in', role: 'member', expiresAt: storedExpiry(expiresAt) };
      expect(await members.enterAgain({ roomId, userId, expiresAt })).toMatchObject(guest);
      expect(await invite()).toMatchObject(guest);
      await members.remove(roomId, userId);
      expect(await invite()).toMatchObject({ standing: 'invited' });
      expect(await enter()).toMatchObject({ standing: 'in', role: 'member' });
      clock.advance(400 * DAY);
      expect(await find()).toMatchObject({ standing: 'in' });
    });

    it('invites nobody who waits or is kept out, and for a day nobody who was refused', async () => {
      const { members, clock, roomId, userId, find, invite, wait, ban } = somebody();
      await wait('c1');
      expect(await invite()).toMatchObject({ standing: 'waiting', waitingConnectionId: 'c1' });
      await members.refuse(roomId, userId);
      expect([await invite(), await find()]).toEqual([undefined, undefined]);
      clock.advance(DAY);
      expect(await invite()).toMatchObject({ standing: 'invited', role: 'member', since: clock.now() });
      expect(await members.remove(roomId, userId)).toMatchObject({ standing: 'invited' });
      await ban();
      expect(await invite()).toMatchObject({ standing: 'banned' });
      expect(await find()).toMatchObject({ standing: 'banned' });
    });

    it.each(['refuses or invites', 'invites or refuses'])('%s, and never both', async (order) => {
      const { members, roomId, userId, find, wait, invite } = somebody();
      await wait('c1');
      const refuse = () => members.refuse(roomId, userId);
      await Promise.all(order === 'refuses or invites' ? [refuse(), invite()] : [invite(), refuse()]);
      expect(await find()).toBeUndefined();
    });

    it('refuses or admits, whichever comes first', async () => {
      const { members, roomId, userId, find, wait } = somebody();
      await wait('c1');
      const [refused, admitted] = await Promise.all([
        members.refuse(roomId, userId),
        members.admit(roomId, userId),
      ]);
      expect(admitted === undefined).toBe(refused);
      expect((await find())?.standing).toBe(admitted?.standing);
    });

    it('lets in again who is a member, renews a guest’s expiry, and makes nobody a member', async () => {
      const { members, clock, roomId, userId, find, enter, wait, ban } = somebody();
      const again = (expiresAt?: number) => members.enterAgain({ roomId, userId, expiresAt });
      expect(await again()).toBeUndefined();
      expect(await find()).toBeUndefined();
      await wait('c1');
      expect(await again()).toMatchObject({ standing: 'waiting' });
      await members.admit(roomId, userId);
      const expiresAt = clock.now() + HOUR;
      const renewed = { standing: 'in', role: 'member', expiresAt: storedExpiry(expiresAt) };
      expect(await again(expiresAt)).toMatchObject(renewed);
      expect(await find()).toMatchObject(renewed);
      clock.advance(2 * HOUR);
      expect(await again()).toBeUndefined();
      await enter({ role: 'owner' });
      expect(await again()).toMatchObject({ standing: 'in', role: 'owner' });
      await members.remove(roomId, userId);
      expect(await again()).toBeUndefined();
      expect(await find()).toBeUndefined();
      await ban();
      expect(await again()).toMatchObject({ standing: 'banned' });
    });

    it('keeps a ban whatever is removed and however long it takes, until it is lifted once', async () => {
      const { members, clock, roomId, userId, enter, ban, find } = somebody();
      await enter({ role: 'owner', expiresAt: clock.now() + HOUR });
      await ban();
      expect(await members.remove(roomId, userId)).toBeUndefined();
      clock.advance(400 * DAY);
      expect(await find()).toMatchObject({ standing: 'banned' });
      expect(await members.unban(roomId, userId)).toBe(true);
      expect(await members.unban(roomId, userId)).toBe(false);
      expect(await find()).toBeUndefined();
      expect(await enter()).toMatchObject({ standing: 'in', role: 'member' });
    });

    it('gives whom it removes to one caller, and nothing of theirs to who comes back', async () => {
      const { members, clock, roomId, userId, enter, find, receipt } = somebody();
      await enter({ role: 'owner' });
      await receipt(7, 3, clock.now());
      const removed = await Promise.all([1, 2, 3].map(() => members.remove(roomId, userId)));
      expect(removed.filter((one) => one !== undefined)).toEqual([
        expect.objectContaining({ standing: 'in', role: 'owner', readSeq: 3 }),
      ]);
      expect(await find()).toBeUndefined();
      expect((await members.ofRoom(roomId)).members).toEqual([]);
      expect(await enter()).toMatchObject({ role: 'member', receivedSeq: 0, readSeq: 0 });
      expect(await receipt(1, 1, clock.now())).toMatchObject({ readSeq: 1 });
    });

    it('gives a role to members alone', async () => {
      const { members, roomId, userId, enter, find } = somebody();
      expect(await members.setRole(roomId, userId, 'moderator')).toBe(false);
      expect(await find()).toBeUndefined();
      await enter();
      expect(await members.setRole(roomId, userId, 'moderator')).toBe(true);
      expect(await find()).toMatchObject({ role: 'moderator' });
    });

    it('moves cursors forward only, whatever order receipts come in', async () => {
      const { enter, receipt } = somebody();
      await enter();
      expect(await receipt(10, 4, 100_000)).toMatchObject({
        receivedSeq: 10,
        readSeq: 4,
        receiptAt: 100_000,
      });
      expect(await receipt(8, 6, 100_000 + GAP)).toMatchObject({ receivedSeq: 10, readSeq: 6 });
      expect(await receipt(12, 0, 100_000 + 2 * GAP)).toMatchObject({ receivedSeq: 12, readSeq: 6 });
    });

    it('takes one of many receipts at a time and tells the others how long to wait', async () => {
      const { enter, receipt, find } = somebody();
      await enter();
      const given = await Promise.all([1, 2, 3].map((seq) => receipt(seq, seq, 100_000)));
      expect(given.filter((one) => one !== undefined && 'tooSoon' in one)).toEqual([
        { tooSoon: GAP },
        { tooSoon: GAP },
      ]);
      const before = await find();
      expect(await receipt(9, 9, 100_000 + GAP - 1)).toEqual({ tooSoon: 1 });
      expect(await find()).toEqual(before);
    });

    it('takes the same receipt again, because its answer can get lost', async () => {
      const { enter, receipt } = somebody();
      await enter();
      const first = await receipt(4, 2, 100_000);
      expect(await receipt(4, 2, 100_000)).toEqual(first);
      expect(await receipt(4, 2, 100_001)).toEqual({ tooSoon: GAP - 1 });
    });

    it('takes no receipt of somebody who is not in the room', async () => {
      const { receipt, wait, find } = somebody();
      expect(await receipt(1, 1, 100_000)).toBeUndefined();
      expect(await find()).toBeUndefined();
      await wait('c1');
      expect(await receipt(1, 1, 100_000)).toBeUndefined();
    });

    it('says once that somebody is here and once that they are not, also after they were taken out', async () => {
      const { members, roomId, userId, enter } = somebody();
      const note = (here: boolean) => members.noteAnnounced(roomId, userId, here);
      const once = async (here: boolean) =>
        (await Promise.all([1, 2, 3].map(() => note(here)))).filter(Boolean).length;
      expect([await note(true), await note(false)]).toEqual([false, false]);
      await enter();
      expect([await once(true), await once(false), await once(true)]).toEqual([1, 1, 1]);
      await members.remove(roomId, userId);
      expect([await once(true), await once(false)]).toEqual([0, 1]);
    });

    it('says which of many the others were told of, each once, also of those who were taken out since', async () => {
      const { members, clock } = somebody();
      const people = Array.from({ length: 102 }, () => ({ roomId: aRoomId(), userId: newId('u') }));
      const [nobody, silent, ...told] = people as [MemberKey, MemberKey, ...MemberKey[]];
      for (const who of [silent, ...told])
        await members.enter({ ...who, role: 'member', since: clock.now(), expiresAt: undefined });
      for (const { roomId, userId } of told) await members.noteAnnounced(roomId, userId, true);
      await members.remove(told[0]!.roomId, told[0]!.userId);
      const among = await members.announcedAmong([nobody, silent, ...told, told[1]!]);
      const ids = (some: readonly MemberKey[]) => some.map(({ userId }) => userId).sort();
      expect(ids(among)).toEqual(ids(told));
      expect(among).toContainEqual(told[1]);
      expect(await members.announcedAmong([])).toEqual([]);
    });

    it('remembers through leaving and coming back that the others know, because nothing changes for them', async () => {
      const { members, roomId, userId, enter } = somebody();
      await enter();
      await members.noteAnnounced(roomId, userId, true);
      await members.remove(roomId, userId);
      await enter();
      expect(await members.noteAnnounced(roomId, userId, true)).toBe(false);
      expect(await members.noteAnnounced(roomId, userId, false)).toBe(true);
    });

    it('pages through the rooms that a person is in, and no others: channels, then meetings, then direct rooms', async () => {
      const { members, userId, clock } = somebody();
      const kinds = ['r', 'm', 'd'];
      const ids = Array.from({ length: 103 }, (_, index) => kinds[index % 3]! + aRoomId().slice(1));
      const [waits, kept, ...isIn] = ids.sort().reverse();
      await members.wait({
        roomId: waits!,
        userId,
        since: 0,
        expiresAt: undefined,
        waitingConnectionId: 'c',
      });
      await members.ban({ roomId: kept!, userId, since: 0 });
      for (const roomId of isIn)
        await members.enter({ roomId, userId, role: 'member', since: clock.now(), expiresAt: undefined });
      const first = await members.roomsOf(userId);
      expect(first.next).toBe(ids[99]);
      const second = await members.roomsOf(userId, first.next!);
      expect([...first.members, ...second.members].map(({ roomId }) => roomId)).toEqual(isIn);
      expect(second.next).toBeNull();
      expect(await members.roomsOf(newId('u'))).toEqual({ members: [], next: null });
    });

    it('pages through all who have to do with a room, in the order of their ids', async () => {
      const { members, roomId, clock } = somebody();
      const ids = Array.from({ length: 103 }, () => newId('u')).toSorted();
      const [kept, ...isIn] = ids;
      await members.ban({ roomId, userId: kept!, since: 0 });
      for (const userId of isIn)
        await members.enter({ roomId, userId, role: 'member', since: clock.now(), expiresAt: undefined });
      const first = await members.ofRoom(roomId);
      const second = await members.ofRoom(roomId, first.next!);
      expect([...first.members, ...second.members].map(({ userId }) => userId)).toEqual(ids);
      expect([first.members[0]?.standing, second.next]).toEqual(['banned', null]);
    });
  });
}
