import { newId } from '../../../handlers/chat/ids';
import type { Rooms } from '../../../handlers/chat/storage/rooms';
import type { Room } from '../../../handlers/chat/rooms';
import type { Calls } from './calls';

interface RoomRow {
  readonly room: Room;
  readonly alertedAt?: number;
  readonly alertedFor?: string;
  readonly receiptsAt?: number;
}

export class MemoryRooms implements Rooms {
  readonly rows = new Map<string, RoomRow>();

  constructor(private readonly calls: Calls) {}

  open(room: { roomId: string; name: string }): Promise<Room> {
    return this.calls.run('rooms.open', room, ({ roomId, name }) => {
      const there = this.rows.get(roomId)?.room;
      return there ?? this.#store({ roomId, kind: 'channel', name, epoch: newId('e'), head: 0 });
    });
  }

  create(room: Omit<Room, 'epoch' | 'head' | 'closedAt'>): Promise<Room | 'exists'> {
    return this.calls.run('rooms.create', room, (copy) =>
      this.rows.has(copy.roomId) ? 'exists' : this.#store({ ...copy, epoch: newId('e'), head: 0 }),
    );
  }

  find(roomId: string): Promise<Room | undefined> {
    return this.calls.run('rooms.find', roomId, (id) => this.rows.get(id)?.room);
  }

  findMany(roomIds: readonly string[]): Promise<Room[]> {
    return this.calls.run('rooms.findMany', roomIds, (ids) =>
      [...new Set(ids)].flatMap((id) => this.rows.get(id)?.room ?? []),
    );
  }

  close(roomId: string, at: number): Promise<void> {
    return this.calls.run('rooms.close', at, (time) =>
      this.#change(roomId, ({ room, ...row }) => ({
        ...row,
        room: { ...room, closedAt: room.closedAt ?? time },
      })),
    );
  }

  withCode(code: string): Promise<Room | undefined> {
    return this.calls.run('rooms.withCode', code, (asked) =>
      [...this.rows.values()].map(({ room }) => room).find(({ meeting }) => meeting?.code === asked),
    );
  }

  replaceCode(roomId: string, code: string): Promise<void> {
    return this.calls.run('rooms.replaceCode', code, (given) =>
      this.#change(roomId, ({ room, ...row }) => ({
        ...row,
        room: room.meeting === undefined ? room : { ...room, meeting: { ...room.meeting, code: given } },
      })),
    );
  }

  claimReceipts(roomId: string, at: { now: number; windowMs: number }): Promise<boolean> {
    return this.calls.run('rooms.claimReceipts', at, ({ now, windowMs }) => {
      const row = this.rows.get(roomId);
      if (row === undefined || (row.receiptsAt ?? -Infinity) > now - windowMs) return false;
      this.rows.set(roomId, { ...row, receiptsAt: now });
      return true;
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
    this.#change(roomId, ({ room, ...row }) => ({
      ...row,
      room: { ...room, head: Math.max(room.head, seq) },
    }));
  }

  #store(room: Room): Room {
    this.rows.set(room.roomId, { room });
    return room;
  }

  #change(roomId: string, change: (row: RoomRow) => RoomRow): void {
    const row = this.rows.get(roomId);
    if (row !== undefined) this.rows.set(roomId, change(row));
  }
}
