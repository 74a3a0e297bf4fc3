import type { Rooms } from '../../handlers/chat/ports';
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
  });
}
