import type { CommandId } from '../../handlers/chat/protocol/frame';
import type { NumberedPush } from '../../handlers/chat/protocol/pushes';
import type { RecoveredRoom, UnrecoveredRoom } from '../../handlers/chat/protocol/replies';
import type { SocketClass } from '../../client/socket';
import { seededRandom } from '../support/seeded-random';
import { FakeSocket, type ServerSide } from './fake-socket';
import type { ManualTime } from './manual-time';

export interface FakeRoom {
  epoch: string;
  log: NumberedPush[];
  /** The first number that can still be fetched. */
  kept: number;
  members: Set<string>;
}

interface Session {
  readonly side: ServerSide;
  readonly userId: string;
  name: string;
  readonly rooms: Set<string>;
}

type Frame = Record<string, unknown> & { action: string; id?: CommandId };

/** What a test may do to a frame on its way: give the extra delays of its copies; `[]` loses it. */
export type Way = (frame: object) => number[];

const PAGE = 100;
/** Rooms of a page of `hello`, `rooms` and `ping`. */
const PAGE_ROOMS = 100;

/** A small server that speaks the protocol in memory: as much of it as the client library relies on. */
export class FakeServer {
  readonly rooms = new Map<string, FakeRoom>();
  readonly sessions = new Set<Session>();
  /** Every frame that arrived, in order. */
  readonly received: Frame[] = [];
  /** Copies and delays of pushes; of replies, only loss and delay make sense. */
  pushWay: Way = () => [0];
  replyWay: Way = () => [0];
  /** Answers instead of the server: an error's fields, or `platform` for API Gateway's own frame. */
  fails: (frame: Frame) => object | undefined = () => undefined;
  /** Handshakes that it refuses from here on. */
  refuses = 0;
  connections = 0;
  page = PAGE;
  /** As API Gateway has them: it closes what is older, or silent for longer. */
  limits = { lifetimeMs: Infinity, idleMs: Infinity };
  readonly #time: ManualTime;
  readonly #random: () => number;
  readonly #delay: readonly [number, number];
  readonly #idle = new Map<ServerSide, () => void>();
  readonly #replies = new Map<string, object>();

  constructor(time: ManualTime, { seed = 1, delay = [1, 5] as readonly [number, number] } = {}) {
    this.#time = time;
    this.#random = seededRandom(seed);
    this.#delay = delay;
  }

  room(roomId: string): FakeRoom {
    const known = this.rooms.get(roomId);
    if (known !== undefined) return known;
    const room: FakeRoom = { epoch: 'e1', log: [], kept: 1, members: new Set() };
    this.rooms.set(roomId, room);
    return room;
  }

  /** A class of sockets that lead here, as a client takes it. */
  get WebSocket(): SocketClass {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a class of its own has a `this` of its own
    const server = this;
    return class extends FakeSocket {
      constructor(url: string) {
        server.connections += 1;
        const refused = server.refuses > 0;
        if (refused) server.refuses -= 1;
        super(
          {
            opened: (side) => server.#opened(side, new URL(url)),
            received: (side, text) => server.#received(side, text),
            closed: (side) => server.#closed(side),
          },
          {
            time: server.#time,
            delay: () => server.#delay[0] + server.#random() * (server.#delay[1] - server.#delay[0]),
            refusal: refused ? 'Unexpected server response: 429' : undefined,
          },
        );
      }
    };
  }

  /** Ends every connection, as the network does. */
  cut(code = 1006): void {
    for (const { side } of [...this.sessions]) side.end(code);
  }

  /** Takes a message from somebody and pushes it to all but one connection. */
  post(
    roomId: string,
    text: string,
    from: { userId: string; name: string } = { userId: 'u_other', name: 'Other' },
    but?: ServerSide,
    clientMessageId?: string,
  ): NumberedPush {
    const room = this.room(roomId);
    const seq = room.log.length + 1;
    const push: NumberedPush = {
      type: 'message',
      room: roomId,
      roomId,
      seq,
      epoch: room.epoch,
      messageId: `${roomId}.${seq}`,
      clientMessageId,
      senderId: from.userId,
      sender: from.name,
      message: text,
      timestamp: new Date(this.#time.now()).toISOString(),
    };
    room.log.push(push);
    for (const { side, rooms, userId } of this.sessions) {
      const hears = rooms.has(roomId) || (isDirect(roomId) && room.members.has(userId));
      if (hears && side !== but) this.push(side, push);
    }
    return push;
  }

  push(side: ServerSide, frame: object): void {
    this.#active(side);
    for (const extra of this.pushWay(frame)) side.send(frame, extra);
  }

  #opened(side: ServerSide, url: URL): void {
    const name = url.searchParams.get('name') ?? 'guest';
    const roomId = url.searchParams.get('room') ?? 'lobby';
    const userId = `u_${name}`;
    this.room(roomId).members.add(userId);
    this.sessions.add({ side, userId, name, rooms: new Set([roomId]) });
    if (this.limits.lifetimeMs < Infinity) this.#time.after(this.limits.lifetimeMs, () => side.end(1001));
    this.#active(side);
  }

  /** A message in either direction. */
  #active(side: ServerSide): void {
    this.#idle.get(side)?.();
    if (this.limits.idleMs < Infinity) {
      this.#idle.set(
        side,
        this.#time.after(this.limits.idleMs, () => side.end(1001)),
      );
    }
  }

  #closed(side: ServerSide): void {
    this.#idle.get(side)?.();
    for (const session of this.sessions) if (session.side === side) this.sessions.delete(session);
  }

  #received(side: ServerSide, text: string): void {
    const frame = JSON.parse(text) as Frame;
    this.received.push(frame);
    this.#active(side);
    const session = [...this.sessions].find((one) => one.side === side);
    if (session === undefined) return;
    const failure = this.fails(frame);
    const answer = failure ?? this.#answer(session, frame);
    const reply = 'message' in answer || 'type' in answer ? answer : { id: frame.id, ok: true, ...answer };
    for (const extra of this.replyWay(frame)) side.send(reply, extra);
  }

  #answer(session: Session, frame: Frame): object {
    switch (frame.action) {
      case 'hello':
        return {
          connectionId: String(this.connections),
          userId: session.userId,
          name: session.name,
          ...this.#summaries(session, undefined),
          limits: { textBytes: 8000, frameBytes: 32_768, pageMessages: 100 },
          protocol: 1,
        };
      case 'rooms':
        return this.#summaries(session, frame['after']);
      case 'ping': {
        const { roomIds, next } = this.#roomsOf(session, frame['after']);
        const heads = roomIds.map((roomId) => [roomId, this.#head(roomId)] as const);
        return { pong: true, rooms: Object.fromEntries(heads), next };
      }
      case 'joinRoom': {
        const roomId = String(frame['room']);
        session.rooms.add(roomId);
        this.room(roomId).members.add(session.userId);
        return { ...this.#summary(roomId), members: [], count: 1, estimated: false };
      }
      case 'leaveRoom': {
        const roomId = String(frame['room']);
        this.room(roomId).members.delete(session.userId);
        for (const { userId, rooms } of this.sessions) if (userId === session.userId) rooms.delete(roomId);
        return { roomId };
      }
      case 'resume':
        return this.#resume(session, frame);
      default:
        return this.#send(session, frame);
    }
  }

  #send(session: Session, frame: Frame): object {
    const key = `${session.userId}#${String(frame['clientMessageId'])}`;
    const first = this.#replies.get(key);
    if (first !== undefined) return { ...first, duplicate: true };
    const roomId = typeof frame['room'] === 'string' ? frame['room'] : 'lobby';
    const { room, seq, epoch, messageId, timestamp } = this.post(
      roomId,
      String(frame['message']),
      session,
      session.side,
      String(frame['clientMessageId']),
    ) as Extract<NumberedPush, { type: 'message' }>;
    const reply = { messageId, room, roomId, seq, epoch, timestamp, duplicate: false };
    this.#replies.set(key, reply);
    return reply;
  }

  #resume(session: Session, frame: Frame): object {
    const asked = Object.entries(frame['rooms'] as Record<string, { epoch: string; seq: number }>);
    let left = this.page;
    const rooms = asked.map(([roomId, { epoch, seq }]): [string, RecoveredRoom | UnrecoveredRoom] => {
      const room = this.rooms.get(roomId);
      if (room === undefined || !room.members.has(session.userId)) {
        return [roomId, { recovered: false, reason: 'not_member' }];
      }
      session.rooms.add(roomId);
      const head = { roomId, ...this.#head(roomId) };
      if (epoch !== room.epoch) return [roomId, { recovered: false, reason: 'epoch_changed', ...head }];
      if (seq + 1 < room.kept) return [roomId, { recovered: false, reason: 'retention', ...head }];
      const messages = room.log.slice(seq, seq + left);
      left -= messages.length;
      const to = seq + messages.length;
      return [roomId, { recovered: true, ...head, seq: to, messages, more: to < room.log.length }];
    });
    return { rooms: Object.fromEntries(rooms) };
  }

  /** A page of somebody's rooms, the highest id first: channels before direct rooms, as the real ids have it. */
  #roomsOf({ userId }: Session, after: unknown): { roomIds: string[]; next: string | null } {
    const all = [...this.rooms].flatMap(([roomId, { members }]) =>
      members.has(userId) && (typeof after !== 'string' || roomId < after) ? [roomId] : [],
    );
    const roomIds = all.toSorted().toReversed().slice(0, PAGE_ROOMS);
    return { roomIds, next: all.length > PAGE_ROOMS ? (roomIds.at(-1) ?? null) : null };
  }

  #summaries(session: Session, after: unknown): object {
    const { roomIds, next } = this.#roomsOf(session, after);
    return { rooms: roomIds.map((roomId) => this.#summary(roomId)), next };
  }

  #head(roomId: string): { epoch: string; seq: number } {
    const { epoch, log } = this.room(roomId);
    return { epoch, seq: log.length };
  }

  #summary(roomId: string): object {
    return {
      roomId,
      room: roomId,
      kind: isDirect(roomId) ? 'direct' : 'channel',
      ...this.#head(roomId),
      role: 'member',
      readSeq: 0,
      unread: 0,
    };
  }
}

function isDirect(roomId: string): boolean {
  return roomId.startsWith('d_');
}
