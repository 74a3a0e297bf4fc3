import type * as z from 'zod/mini';
import type { NumberedPush, Push } from '../handlers/chat/protocol/pushes';
import { acceptedReply, helloReply, type AcceptedReply } from '../handlers/chat/protocol/replies';
import { Commands } from './commands';
import { connectionLost, tooLarge } from './errors';
import { Listeners, type ClientEvent, type EventOf, type Position } from './events';
import { randomText } from './guest';
import { Link } from './link';
import { NextWire } from './next-wire';
import { addressOf, type ClientOptions } from './options';
import { ownPush, type Person } from './own-messages';
import { Recovery } from './recovery';
import { RoomList } from './room-list';
import { Rooms } from './rooms';
import { socketsOf } from './socket';
import { atMost, OwnTimers, realTime } from './time';
import { TIMING, type Timing } from './timing';
import { UnsentQueue } from './unsent-queue';
import { MemoryStore, type UnsentEntry } from './unsent-store';
import { bytesOf, type Command, type Wire } from './wire';

/**
 * A connection to Parley that is there when it is needed: comes back by itself, keeps what is not sent, and delivers
 * every room in order without a silent hole.
 */
export class ParleyClient {
  readonly commands: Commands;
  /** What keeps a guest's identity; store it to be the same guest after a reload. */
  readonly guestSecret: string;
  readonly #time: OwnTimers;
  readonly #timing: Timing;
  readonly #listeners = new Listeners();
  readonly #link: Link;
  readonly #rooms: Rooms;
  readonly #recovery: Recovery;
  readonly #roomList: RoomList;
  readonly #unsent: UnsentQueue;
  readonly #next: NextWire;
  #me: Person | undefined;
  /** Settles when the newest connection is in all rooms, or that could not be had in time. */
  #inRooms: Promise<void> = Promise.resolve();
  #textBytes = Number.POSITIVE_INFINITY;

  /** @throws Error where there is no WebSocket */
  constructor(options: ClientOptions) {
    const { random = Math.random, store = new MemoryStore(), keepRefused = false } = options;
    const time = new OwnTimers(options.time ?? realTime);
    const timing = { ...TIMING, ...options.timing };
    this.#time = time;
    this.#timing = timing;
    this.#next = new NextWire(time, timing.replyMs);
    this.guestSecret = options.guest?.secret ?? randomText(32);
    const tell = (event: ClientEvent) => this.#listeners.tell(event);
    this.#rooms = new Rooms(
      {
        deliver: (push) => {
          tell(push);
          if (push.type !== 'tombstone' && push.senderId === this.#me?.userId) this.#unsent.arrived(push);
        },
        missing: (room) => {
          const wire = this.#link.current;
          if (wire !== undefined) void this.#recovery.catchUp(wire, [room]);
        },
      },
      { time, lateMs: timing.lateMs },
      options.positions ?? {},
    );
    this.#recovery = new Recovery(
      { tell, lost: ({ roomId }) => this.#rooms.left(roomId) },
      { time, random, replyMs: timing.replyMs },
    );
    this.#roomList = new RoomList(this.#rooms, this.#recovery, { time, random, timing });
    this.#unsent = new UnsentQueue(
      {
        tell,
        transmit: (entry) => this.#transmit(entry),
        accepted: (entry, reply) => {
          if (this.#me !== undefined) this.#rooms.take(ownPush(entry, reply, this.#me));
        },
      },
      { store, time, random, keepRefused },
    );
    this.#link = new Link(
      {
        address: () => addressOf(options, this.#me?.name, this.guestSecret),
        greet: (wire, replaces) => this.#greet(wire, replaces),
        ping: (wire) => this.#roomList.compareHeads(wire),
        up: (wire) => void this.#up(wire),
        push: (push) => this.#pushed(push),
        down: ({ code, reason }) => {
          this.#unsent.pause();
          tell({ type: 'disconnected', code, reason });
        },
        waiting: (afterMs) => tell({ type: 'reconnecting', afterMs }),
        ended: ({ code, reason }) => this.#ended(code, reason),
      },
      { open: socketsOf(options.WebSocket), time, random, timing },
    );
    this.commands = new Commands((schema, command) => this.#call(schema, command), {
      entered: (roomId, head) => this.#rooms.entered(roomId, head),
      left: (roomId) => this.#rooms.left(roomId),
      renamed: (name) => {
        if (this.#me !== undefined) this.#me = { ...this.#me, name };
      },
    });
  }

  /** Connects, and stays connected until `close`. */
  start(): this {
    this.#link.start();
    return this;
  }

  /** Ends the connection. What was not accepted stays in the store. */
  close(): void {
    this.#link.stop(1000, 'Closed by the client');
  }

  /** For the browser's `online` and `visibilitychange`: does not wait for the next ping or try. */
  wake(): void {
    this.#link.wake();
  }

  /** Listens to one type of event; returns what ends that. */
  on<Type extends ClientEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    return this.#listeners.on(type, listener);
  }

  /** Resolves when the client is connected and known; rejects when it will not be. */
  async connected(): Promise<void> {
    await this.#next.wire(this.#link.current);
  }

  /** Undefined before the first connection. */
  get me(): Person | undefined {
    return this.#me;
  }

  /** Up to where each room was delivered, by room id. */
  positions(): Record<string, Position> {
    return this.#rooms.positions();
  }

  /**
   * What is not accepted yet, in the order of queueing; with `keepRefused` also what was refused. Of other tabs' it has
   * what was there when this client began, and what was refused since.
   */
  unsent(): UnsentEntry[] {
    return this.#unsent.entries();
  }

  /**
   * Sends a refused message again, under its id. Gives it as it stands now; undefined where none of that id is kept. Has
   * it a `failure`, `doubtful`, nothing was sent, because it could be there twice; called again it sends it.
   */
  retry(clientMessageId: string): UnsentEntry | undefined {
    return this.#unsent.retry(clientMessageId);
  }

  /** Gives a refused message up for good. */
  discard(clientMessageId: string): void {
    this.#unsent.discard(clientMessageId);
  }

  /**
   * Posts to a room. Resolves when the message has its number, however long that takes; its event `message` comes
   * in the room's order. Messages to one room go out one after the other: name it the same way each time.
   */
  send(room: string, message: string): Promise<AcceptedReply> {
    return this.#post(room, message, { action: 'sendMessage', room, message });
  }

  /** Posts to the direct room with a person; `to` is a user id or a name. */
  sendPrivate(to: string, message: string): Promise<AcceptedReply> {
    return this.#post(`@${to}`, message, { action: 'sendPrivate', to, message });
  }

  edit(messageId: string, message: string): Promise<AcceptedReply> {
    return this.#post(laneOf(messageId), message, { action: 'editMessage', messageId, message });
  }

  delete(messageId: string): Promise<AcceptedReply> {
    return this.#post(laneOf(messageId), '', { action: 'deleteMessage', messageId });
  }

  #post(lane: string, text: string, command: Command): Promise<AcceptedReply> {
    const clientMessageId = randomText(20);
    if (bytesOf(text) > this.#textBytes) {
      return Promise.reject(tooLarge(`A text has at most ${this.#textBytes} bytes`));
    }
    if (bytesOf(JSON.stringify(command)) > LARGEST_COMMAND) {
      return Promise.reject(tooLarge('A frame has at most 32 KB'));
    }
    return this.#unsent.add(lane, clientMessageId, command);
  }

  #transmit({ clientMessageId, command }: UnsentEntry): Promise<AcceptedReply> {
    const wire = this.#link.current;
    if (wire === undefined) return Promise.reject(connectionLost());
    return wire.request(acceptedReply, { ...command, clientMessageId }, this.#timing.replyMs);
  }

  async #call<Schema extends z.core.$ZodType>(schema: Schema, command: Command): Promise<z.output<Schema>> {
    const wire = await this.#next.wire(this.#link.current);
    return wire.request(schema, command, this.#timing.replyMs);
  }

  async #greet(wire: Wire, replaces: boolean): Promise<void> {
    const hello = await wire.request(helloReply, { action: 'hello' }, this.#timing.replyMs);
    const again = this.#me !== undefined;
    const { connectionId, userId, name } = hello;
    this.#me = { userId, name };
    this.#textBytes = hello.limits.textBytes;
    if (!replaces) this.#listeners.tell({ type: 'connected', again, connectionId, userId, name });
    this.#inRooms = atMost(this.#time, this.#timing.replyMs, this.#roomList.enterAll(wire, hello));
    // The old connection goes only when the new one is in all rooms.
    if (replaces) await this.#inRooms;
  }

  /** What is unsent waits until the connection is in its room. */
  async #up(wire: Wire): Promise<void> {
    this.#next.came(wire);
    await this.#inRooms;
    if (wire === this.#link.current) this.#unsent.open();
  }

  #pushed(push: Push): void {
    if (isNumbered(push)) return this.#rooms.take(push);
    if (push.type === 'admitted') this.#rooms.entered(push.roomId, { epoch: push.epoch, seq: push.seq });
    if (push.type === 'removed' && push.reason !== 'room_closed') this.#rooms.left(push.roomId);
    this.#listeners.tell(push);
  }

  #ended(code: number, reason: string): void {
    this.#rooms.close();
    this.#unsent.close();
    this.#next.close();
    this.#time.cancelAll();
    this.#listeners.tell({ type: 'ended', code, reason });
  }
}

/** 32 KB, less room for what is added on the way out. */
const LARGEST_COMMAND = 32 * 1024 - 100;

function isNumbered(push: Push): push is Extract<NumberedPush, Push> {
  return push.type === 'message' || push.type === 'edited' || push.type === 'deleted';
}

/** Edits and deletions go into the lane of the room that their message's id names. */
function laneOf(messageId: string): string {
  return messageId.slice(0, messageId.lastIndexOf('.'));
}
