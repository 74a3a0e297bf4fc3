import { newId } from '../../../handlers/chat/ids';
import type { Rooms } from '../../../handlers/chat/ports';
import type { Room } from '../../../handlers/chat/rooms';
import type { Calls } from './calls';

interface RoomRow extends Room {
  readonly alertedAt?: number;
  readonly alertedFor?: string;
}

export class MemoryRooms implements Rooms {
  readonly rows = new Map<string, RoomRow>();

  constructor(private readonly calls: Calls) {}

  open(room: { roomId: string; name: string }): Promise<Room> {
    return this.calls.run('rooms.open', room, ({ roomId, name }) => {
      const row = this.rows.get(roomId) ?? { roomId, name, epoch: newId('e'), head: 0 };
      this.rows.set(roomId, row);
      return roomOf(row);
    });
  }

  find(roomId: string): Promise<Room | undefined> {
    return this.calls.run('rooms.find', roomId, (id) => {
      const row = this.rows.get(id);
      return row && roomOf(row);
    });
  }

  claimAlert(roomId: string, messageId: string, at: { now: number; windowMs: number }): Promise<boolean> {
    return this.calls.run('rooms.claimAlert', at, ({ now, windowMs }) => {
      const row = this.rows.get(roomId);
      if (row === undefined) return false;
      const free = row.alertedAt === undefined || row.alertedAt <= now - windowMs;
      if (!free && row.alertedFor !== messageId) return false;
      this.rows.set(roomId, { ...row, alertedAt: now, alertedFor: messageId });
      return true;
    });
  }

  /** What the workflow's step "Raise the room's head" does. */
  raiseHead(roomId: string, seq: number): void {
    const row = this.rows.get(roomId);
    if (row !== undefined && row.head < seq) this.rows.set(roomId, { ...row, head: seq });
  }
}

function roomOf({ roomId, name, epoch, head }: RoomRow): Room {
  return { roomId, name, epoch, head };
}
