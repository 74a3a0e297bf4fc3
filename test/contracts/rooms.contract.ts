import { directRoomId, newId, newJoinCode } from '../../handlers/chat/ids';
import type { Rooms } from '../../handlers/chat/storage/rooms';
import { MINUTE } from '../support/memory/clock';
import { aRoomId } from '../support/memory/examples';

export interface RoomsHarness {
  readonly rooms: Rooms;
  /** What the workflow does before it closes an entry. */
  readonly raiseHead: (roomId: string, seq: number) => unknown;
}

const WINDOW = { windowMs: 5 * MINUTE };

export function roomsContract(name: string, createPort: () => RoomsHarness): void {
  describe(`Rooms ${name}`, () => {
    it('creates a room once and leaves it as it is, because everybody who joins opens it', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      expect(await rooms.find(roomId)).toBeUndefined();
      const opened = await Promise.all([1, 2, 3].map(() => rooms.open({ roomId, name: 'lobby' })));
      expect(opened[0]).toEqual({
        roomId,
        kind: 'channel',
        name: 'lobby',
        epoch: expect.stringMatching(/^e_[0-9a-z]{14}$/),
        head: 0,
      });
      expect(new Set(opened.map(({ epoch }) => epoch)).size).toBe(1);
      expect(await rooms.open({ roomId, name: 'another' })).toEqual(opened[0]);
      expect(await rooms.find(roomId)).toEqual(opened[0]);
    });

    it('keeps the head when a room is opened again, because numbering goes on above it', async () => {
      const { rooms, raiseHead } = createPort();
      const roomId = aRoomId();
      await rooms.open({ roomId, name: 'lobby' });
      await raiseHead(roomId, 41);
      expect(await rooms.open({ roomId, name: 'lobby' })).toMatchObject({ head: 41 });
      expect(await rooms.find(roomId)).toMatchObject({ head: 41 });
    });

    it('lets one message per window alert, because a burst is one reason to look', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      await rooms.open({ roomId, name: 'lobby' });
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, seq) =>
          rooms.claimAlert(roomId, `${roomId}.${seq + 1}`, { now: 1_000_000, ...WINDOW }),
        ),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    it('lets the next message alert once the window is over, and not a moment before', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      await rooms.open({ roomId, name: 'lobby' });
      const claim = (seq: number, now: number) =>
        rooms.claimAlert(roomId, `${roomId}.${seq}`, { now, ...WINDOW });
      expect(await claim(1, 1_000_000)).toBe(true);
      expect(await claim(2, 1_000_000 + WINDOW.windowMs - 1)).toBe(false);
      expect(await claim(2, 1_000_000 + WINDOW.windowMs)).toBe(true);
    });

    it('lets the message that claimed claim again, because it may have died before it alerted', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      await rooms.open({ roomId, name: 'lobby' });
      const at = { now: 1_000_000, ...WINDOW };
      expect(await rooms.claimAlert(roomId, `${roomId}.1`, at)).toBe(true);
      expect(await rooms.claimAlert(roomId, `${roomId}.1`, at)).toBe(true);
      expect(await rooms.claimAlert(roomId, `${roomId}.2`, at)).toBe(false);
    });

    it('lets nobody alert for a room that does not exist, because nothing must come to be by it', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      expect(await rooms.claimAlert(roomId, `${roomId}.1`, { now: 1, ...WINDOW })).toBe(false);
      expect(await rooms.find(roomId)).toBeUndefined();
    });

    it('creates a room for one caller only, with what it was given, because that one owns it', async () => {
      const { rooms } = createPort();
      const room = { roomId: aRoomId(), kind: 'channel' as const, name: 'lobby', retentionSeconds: 60 };
      const owners = ['u_1', 'u_2', 'u_3'];
      const made = await Promise.all(owners.map((owner) => rooms.create({ ...room, owner })));
      const created = made.filter((one) => one !== 'exists');
      expect(created).toHaveLength(1);
      expect(created[0]).toMatchObject({ ...room, owner: expect.any(String), head: 0 });
      expect(await rooms.find(room.roomId)).toEqual(created[0]);
      expect(await rooms.open({ roomId: room.roomId, name: 'another' })).toEqual(created[0]);
    });

    it('keeps the two people of a direct room, because its audience is theirs', async () => {
      const { rooms } = createPort();
      const room = { roomId: directRoomId('u_1', aRoomId()), kind: 'direct' as const, name: '' };
      await rooms.create({ ...room, people: ['u_1', 'u_2'] });
      expect(await rooms.find(room.roomId)).toMatchObject({ kind: 'direct', people: ['u_1', 'u_2'] });
    });

    it('gives those that exist among many', async () => {
      const { rooms } = createPort();
      const ids = [aRoomId(), aRoomId(), aRoomId()];
      await Promise.all(ids.slice(1).map((roomId) => rooms.open({ roomId, name: 'lobby' })));
      const found = await rooms.findMany([...ids, ids[1]!]);
      expect(found.map(({ roomId }) => roomId).toSorted()).toEqual(ids.slice(1).toSorted());
      expect(await rooms.findMany([])).toEqual([]);
    });

    it('closes a room once and for good, and none that does not exist', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      await rooms.close(roomId, 1);
      expect(await rooms.find(roomId)).toBeUndefined();
      await rooms.open({ roomId, name: 'lobby' });
      await rooms.close(roomId, 1_000);
      await rooms.close(roomId, 2_000);
      expect(await rooms.find(roomId)).toMatchObject({ closedAt: 1_000 });
    });

    it('finds a meeting by its code, and by the new one alone once it was replaced', async () => {
      const { rooms } = createPort();
      const [roomId, first, second] = [newId('m'), newJoinCode(), newJoinCode()];
      const meeting = { media: 'video' as const, approval: true, code: first, email: 'me@example.org' };
      const room = await rooms.create({ roomId, kind: 'meeting', name: 'Standup', owner: 'u_1', meeting });
      expect(await rooms.withCode(first)).toEqual(room);
      expect(await rooms.withCode(second)).toBeUndefined();
      await rooms.replaceCode(roomId, second);
      await rooms.replaceCode(roomId, second);
      expect(await rooms.withCode(first)).toBeUndefined();
      expect(await rooms.withCode(second)).toMatchObject({ roomId, meeting: { ...meeting, code: second } });
    });

    it('leaves exactly one code good when it is replaced at the same time', async () => {
      const { rooms } = createPort();
      const [roomId, codes] = [newId('m'), [newJoinCode(), newJoinCode(), newJoinCode()]];
      const meeting = { media: 'chat' as const, approval: false, code: newJoinCode() };
      await rooms.create({ roomId, kind: 'meeting', name: 'Standup', meeting });
      await Promise.all(codes.map((code) => rooms.replaceCode(roomId, code)));
      const good = await Promise.all([meeting.code, ...codes].map((code) => rooms.withCode(code)));
      expect(good.filter((room) => room !== undefined)).toHaveLength(1);
    });

    it('lets one receipt a second tell of all, and none in a room that does not exist', async () => {
      const { rooms } = createPort();
      const roomId = aRoomId();
      const claim = (now: number) => rooms.claimReceipts(roomId, { now, windowMs: 1000 });
      expect(await claim(10_000)).toBe(false);
      await rooms.open({ roomId, name: 'lobby' });
      const claims = await Promise.all([1, 2, 3].map(() => claim(10_000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await claim(10_999)).toBe(false);
      expect(await claim(11_000)).toBe(true);
    });
  });
}
