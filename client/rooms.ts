import type { NumberedPush } from '../handlers/chat/protocol/pushes';
import type { Position } from './events';
import { RoomOrder } from './room-order';
import type { Time } from './time';

export interface RoomsEvents {
  deliver(push: NumberedPush): void;
  missing(room: RoomOrder): void;
}

/** For so long after a room was left, in milliseconds, what names it may be older than the leaving. */
const LATE_MS = 60_000;

/** The rooms that this client follows, each with its order. */
export class Rooms {
  readonly #rooms = new Map<string, RoomOrder>();
  /**
   * When rooms were left, or this person taken out, by room id: what was already on its way from there is not delivered.
   * After that only somebody's entering again names them, perhaps on another device. Up to the position everything was
   * delivered.
   */
  readonly #departed = new Map<string, { readonly at: number; readonly position: Position | undefined }>();
  /** Whether this client has seen all rooms, now or in an earlier life, so that a direct room it does not know is new. */
  #watching: boolean;
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
    this.#watching = Object.keys(from).length > 0;
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
    const { roomId, epoch } = push;
    if (this.#isDeparted(roomId)) return;
    if (!this.#rooms.has(roomId)) this.#startFromFirst(roomId, epoch);
    this.#room(roomId).take(push);
  }

  /** This person is in the room, and its head is here. A room that is new to this client starts there. */
  entered(roomId: string, head: Position): void {
    // A reply that was under way for long may know less than was delivered before the room was left.
    const start = this.#deliveredUpTo(roomId, head);
    this.#departed.delete(roomId);
    this.#room(roomId).noteHead(start);
  }

  /**
   * What `hello` and `rooms` say. Of rooms that are known, recovery finds out what was missed. Of a direct room that
   * came up while the client was not looking, everything was.
   * @returns the rooms that are new here
   */
  listed(rooms: readonly (Position & { readonly roomId: string })[]): RoomOrder[] {
    return rooms.flatMap(({ roomId, epoch, seq }) => {
      if (this.#rooms.get(roomId)?.position !== undefined) return [];
      this.#startFromFirst(roomId, epoch);
      this.entered(roomId, { epoch, seq });
      return [this.#room(roomId)];
    });
  }

  /**
   * What a `pong` says, by room id.
   * @returns the rooms that are new here
   */
  heads(heads: Readonly<Record<string, Position>>): RoomOrder[] {
    const there = Object.entries(heads).filter(([roomId]) => !this.#isDeparted(roomId));
    for (const [roomId, head] of there) this.#rooms.get(roomId)?.noteHead(head);
    const news = there.filter(([roomId]) => !this.#rooms.has(roomId));
    return this.listed(news.map(([roomId, head]) => ({ roomId, ...head })));
  }

  /** From here on this client has seen all rooms. */
  watch(): void {
    this.#watching = true;
  }

  left(roomId: string): void {
    const room = this.#rooms.get(roomId);
    room?.close();
    this.#rooms.delete(roomId);
    const { position } = room ?? this.#departed.get(roomId) ?? {};
    this.#departed.set(roomId, { at: this.#options.time.now(), position });
  }

  close(): void {
    for (const room of this.#rooms.values()) room.close();
  }

  #isDeparted(roomId: string): boolean {
    const since = this.#options.time.now() - (this.#departed.get(roomId)?.at ?? -Infinity);
    // A clock that was set back says nothing about how long ago it was.
    return since >= 0 && since < LATE_MS;
  }

  /** Others open direct rooms, with a first message that is for this person: nothing of such a room is to be missed. */
  #startFromFirst(roomId: string, epoch: string): void {
    if (this.#watching && isDirect(roomId))
      this.#room(roomId).startAt(this.#deliveredUpTo(roomId, { epoch, seq: 0 }));
  }

  /** This position, or the later one up to which everything was delivered in an earlier stay. */
  #deliveredUpTo(roomId: string, position: Position): Position {
    const earlier = this.#departed.get(roomId)?.position;
    return earlier?.epoch === position.epoch && earlier.seq > position.seq ? earlier : position;
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

/** The kind of a room by its id, as the protocol has it. */
function isDirect(roomId: string): boolean {
  return roomId.startsWith('d_');
}
