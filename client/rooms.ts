import type { NumberedPush } from '../handlers/chat/protocol/pushes';
import type { RoomSummary } from '../handlers/chat/protocol/replies';
import type { Position } from './events';
import { RoomOrder } from './room-order';
import type { Time } from './time';

export interface RoomsEvents {
  deliver(push: NumberedPush): void;
  missing(room: RoomOrder): void;
}

/** The rooms that this client follows, each with its order. */
export class Rooms {
  readonly #rooms = new Map<string, RoomOrder>();
  /** Left or removed: what was already on its way from there is not delivered. */
  readonly #departed = new Set<string>();
  readonly #events: RoomsEvents;
  readonly #options: { time: Time; lateMs: number };

  /** @param from positions of an earlier life of this client, by room id */
  constructor(
    events: RoomsEvents,
    options: { time: Time; lateMs: number },
    from: Readonly<Record<string, Position>>,
  ) {
    this.#events = events;
    this.#options = options;
    for (const [roomId, position] of Object.entries(from)) this.#room(roomId).startAt(position);
  }

  all(): RoomOrder[] {
    return [...this.#rooms.values()];
  }

  positions(): Record<string, Position> {
    const known = this.all().flatMap(({ roomId, position }) =>
      position === undefined ? [] : [[roomId, position] as const],
    );
    return Object.fromEntries(known);
  }

  take(push: NumberedPush): void {
    if (!this.#departed.has(push.roomId)) this.#room(push.roomId).take(push);
  }

  /** This person is in the room, and its head is here. A room that is new to this client starts there. */
  entered(roomId: string, head: Position): void {
    this.#departed.delete(roomId);
    this.#room(roomId).noteHead(head);
  }

  /**
   * What `hello` says. Of rooms that are known, recovery finds out what was missed. Of a direct room that came up
   * while the client was not looking, everything was.
   * @param again whether this client was there before
   */
  listed(rooms: readonly RoomSummary[], again: boolean): void {
    for (const { roomId, kind, epoch, seq } of rooms) {
      if (this.#rooms.get(roomId)?.position !== undefined) continue;
      if (again && kind === 'direct') this.entered(roomId, { epoch, seq: 0 });
      this.entered(roomId, { epoch, seq });
    }
  }

  /** What a `pong` says, by room id. True where it names a room that is not known here: only `hello` says its kind. */
  heads(heads: Readonly<Record<string, Position>>): boolean {
    let isNews = false;
    for (const [roomId, head] of Object.entries(heads)) {
      if (this.#departed.has(roomId)) continue;
      const room = this.#rooms.get(roomId);
      if (room === undefined) isNews = true;
      else room.noteHead(head);
    }
    return isNews;
  }

  left(roomId: string): void {
    this.#rooms.get(roomId)?.close();
    this.#rooms.delete(roomId);
    this.#departed.add(roomId);
  }

  close(): void {
    for (const room of this.#rooms.values()) room.close();
  }

  #room(roomId: string): RoomOrder {
    const known = this.#rooms.get(roomId);
    if (known !== undefined) return known;
    const room: RoomOrder = new RoomOrder(
      roomId,
      {
        deliver: (push) => this.#events.deliver(push),
        missing: () => this.#events.missing(room),
      },
      this.#options,
    );
    this.#rooms.set(roomId, room);
    return room;
  }
}
