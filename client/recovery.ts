import { RESUMED_ROOMS } from '../handlers/chat/protocol/recall';
import { resumeReply, type RecoveredRoom, type UnrecoveredRoom } from '../handlers/chat/protocol/replies';
import { asCommandError, OF_THE_CONNECTION } from './errors';
import type { OwnEvent, Position, UnrecoveredReason } from './events';
import type { RoomOrder } from './room-order';
import { backoff, pause, type Random, type Time } from './time';
import type { Wire } from './wire';

export interface RecoveryEvents {
  /** The room may no longer be seen. */
  lost(room: RoomOrder): void;
  tell(event: OwnEvent): void;
}

type Answer = RecoveredRoom | UnrecoveredRoom;
/** What became of one question: all there is, a part of it, nothing that helps yet. */
type Progress = 'done' | 'some' | 'none';

interface Asked {
  readonly room: RoomOrder;
  readonly from: Position;
}

/** Fetches what rooms have above their positions, and says out loud where that is not possible. */
export class Recovery {
  readonly #events: RecoveryEvents;
  readonly #options: { time: Time; random: Random; replyMs: number };
  /** Messages fetched so far, by rooms that are not done. */
  readonly #fetched = new Map<RoomOrder, number>();

  constructor(events: RecoveryEvents, options: { time: Time; random: Random; replyMs: number }) {
    this.#events = events;
    this.#options = options;
  }

  /**
   * Brings these rooms up to date over this wire; the server also enters them with its connection. Resolves when
   * that is done, or the wire is over: whatever is open then is for the next wire.
   */
  async catchUp(wire: Wire, rooms: readonly RoomOrder[]): Promise<void> {
    for (const room of rooms) room.startFetching();
    let open = [...rooms];
    let fruitless = 0;
    while (open.length > 0 && !wire.over) {
      if (fruitless > 0) await pause(this.#options.time, backoff(fruitless, this.#options.random));
      const asked = open.slice(0, RESUMED_ROOMS);
      const rest = open.slice(RESUMED_ROOMS);
      const done = await this.#ask(wire, asked);
      if (done === undefined) {
        fruitless += 1;
        continue;
      }
      fruitless = done.progress ? 0 : fruitless + 1;
      // Those that had no turn come first: a large room must not keep the small ones waiting.
      open = [...rest, ...done.open];
    }
    for (const room of open) room.settle(false);
  }

  /** Gives the rooms that are still open; undefined where the question itself failed for now. */
  async #ask(
    wire: Wire,
    rooms: readonly RoomOrder[],
  ): Promise<{ open: RoomOrder[]; progress: boolean } | undefined> {
    const asked = rooms.flatMap((room) => {
      const isOver = room.position === undefined || room.isClosed;
      if (isOver) room.settle(false);
      return room.position === undefined || isOver ? [] : [{ room, from: room.position }];
    });
    if (asked.length === 0) return { open: [], progress: true };
    const positions = Object.fromEntries(asked.map(({ room, from }) => [room.roomId, from]));
    try {
      const command = { action: 'resume', rooms: positions };
      const reply = await wire.request(resumeReply, command, this.#options.replyMs);
      const answers = asked.map((one) => ({
        room: one.room,
        progress: this.#apply(one, reply.rooms[one.room.roomId]),
      }));
      return {
        open: answers.flatMap(({ room, progress }) => (progress === 'done' ? [] : [room])),
        progress: answers.some(({ progress }) => progress !== 'none'),
      };
    } catch (error) {
      const { temporary, reason } = asCommandError(error);
      if (temporary || OF_THE_CONNECTION.has(reason)) return undefined;
      for (const one of asked) this.#giveUp(one, 'refused', undefined);
      return { open: [], progress: true };
    }
  }

  #apply(asked: Asked, answer: Answer | undefined): Progress {
    const { room, from } = asked;
    if (room.isClosed) {
      this.#fetched.delete(room);
      return 'done';
    }
    if (answer === undefined) return 'none';
    if (answer.recovered) {
      if (!isWhole(from, answer)) {
        return this.#unrecovered(asked, 'missing', { epoch: answer.epoch, seq: answer.seq });
      }
      for (const push of answer.messages) room.take(push);
      const fetched = (this.#fetched.get(room) ?? 0) + answer.messages.length;
      if (answer.more) {
        this.#fetched.set(room, fetched);
        return answer.messages.length > 0 ? 'some' : 'none';
      }
      this.#fetched.delete(room);
      room.settle(true);
      this.#events.tell({ type: 'recovery', recovered: true, roomId: room.roomId, messages: fetched });
      return 'done';
    }
    const { reason, epoch, seq } = answer;
    const head = epoch === undefined || seq === undefined ? undefined : { epoch, seq };
    return this.#unrecovered(asked, reason, head);
  }

  /** Pushes may have closed the hole while the question was under way; then the answer is about nothing any more. */
  #unrecovered(asked: Asked, reason: UnrecoveredReason, head: Position | undefined): Progress {
    const { position } = asked.room;
    if (position?.seq !== asked.from.seq || position.epoch !== asked.from.epoch) return 'some';
    this.#giveUp(asked, reason, head);
    return 'done';
  }

  #giveUp({ room, from }: Asked, reason: UnrecoveredReason, head: Position | undefined): void {
    const { roomId } = room;
    this.#fetched.delete(room);
    if (room.isClosed) return;
    this.#events.tell({ type: 'recovery', recovered: false, roomId, reason, from, to: head });
    if (reason === 'not_member') return this.#events.lost(room);
    if (head === undefined) room.forgetPosition();
    else room.startAt(head);
    // What came in meanwhile is delivered also where nobody says how the room stands.
    room.settle(head !== undefined);
  }
}

/** Whether a page really goes on from the position without a hole; what the server says is checked, not believed. */
function isWhole(from: Position, { messages, seq, epoch }: RecoveredRoom): boolean {
  return (
    epoch === from.epoch &&
    seq === from.seq + messages.length &&
    messages.every((push, index) => push.seq === from.seq + 1 + index && push.epoch === epoch)
  );
}
