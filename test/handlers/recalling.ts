import { archiveMessage } from '../../handlers/chat/recall/history';
import { messageIdOf } from '../../handlers/chat/ids';
import type { Message } from '../../handlers/chat/messages';
import { historyReply, resumeReply } from '../../handlers/chat/protocol/replies';
import { expiryOf, retentionOf } from '../../handlers/chat/recall/retention';
import type { Room } from '../../handlers/chat/rooms';
import { recallMessages } from '../../handlers/websocket/recall';
import { capturedLog } from '../support/memory/captured-log';
import { DAY, SECOND } from '../support/memory/clock';
import { aConnection, aDraft, aRoomId, SECRET_ROOM, SECRET_TEXT } from '../support/memory/examples';
import { world, type World } from '../support/memory/world';

type Reply = Record<string, unknown>;

/** A room with one member, who asks what was said in it; messages come into being one second after another. */
export async function recalling({
  retentionDays = 0,
  ...rules
}: Partial<Room> & { retentionDays?: number } = {}) {
  const { log, lines } = capturedLog();
  const faults = () => lines.filter((line) => line.includes('command failed'));
  const it = { ...world(), log, faults };
  const roomId = aRoomId();
  const room = await createRoom(it, { roomId, kind: 'channel', name: SECRET_ROOM, ...rules });
  const person = aConnection(it.now(), { rooms: [roomId], expiresAt: it.now() + 365 * DAY });
  await it.connections.add(person);
  await it.members.enter({ roomId, userId: person.userId, role: 'member', since: it.now() });
  let last = 0;

  /** Says something that stays in the outbox alone. */
  async function say(overrides: Partial<Message> = {}): Promise<Message> {
    it.clock.advance(SECOND);
    last += 1;
    const message = {
      ...aDraft(it.now(), { roomId, epoch: room.epoch, text: `${SECRET_TEXT} ${last}`, ...overrides }),
      seq: last,
    };
    await it.outbox.append(message, it.now());
    return message;
  }

  const archive = (message: Message) =>
    archiveMessage(message, expiryOf(message, retentionOf(room, retentionDays)), it.history);

  async function sayAndArchive(overrides: Partial<Message> = {}): Promise<Message> {
    const message = await say(overrides);
    await archive(message);
    return message;
  }

  async function ask(frame: unknown, connectionId = person.connectionId): Promise<Reply> {
    const event = { requestContext: { connectionId, requestId: 'trace' }, body: JSON.stringify(frame) };
    const { body } = await recallMessages(event, { ...it, retentionDays });
    expect(Buffer.byteLength(body)).toBeLessThan(MAX_FRAME);
    expect(it.faults()).toEqual([]);
    return JSON.parse(body) as Reply;
  }

  return {
    ...it,
    room,
    roomId,
    person,
    ask,
    say,
    archive,
    sayAndArchive,
    times: async (count: number, act: () => Promise<Message>) => {
      const messages: Message[] = [];
      for (let index = 0; index < count; index += 1) messages.push(await act());
      return messages;
    },
    /** The row of a message is no longer in the outbox, as after a day. */
    leaveOutbox: (...seqs: number[]) => {
      for (const seq of seqs) it.outbox.rows.delete(`${roomId}/${seq}`);
      it.rooms.raiseHead(roomId, Math.max(...seqs));
    },
    /** The archive has lost a row, which must never happen. */
    loseFromArchive: (...seqs: number[]) => {
      for (const seq of seqs) it.history.rows.delete(messageIdOf(roomId, seq));
    },
    page: async (bounds: Record<string, unknown> = {}) =>
      historyReply.parse(await ask({ action: 'history', roomId, ...bounds })),
    resume: async (seq: number, epoch = room.epoch) => {
      const { rooms } = resumeReply.parse(
        await ask({ action: 'resume', rooms: { [roomId]: { epoch, seq } } }),
      );
      return rooms[roomId]!;
    },
  };
}

async function createRoom({ rooms }: World, rules: Parameters<World['rooms']['create']>[0]): Promise<Room> {
  const room = await rooms.create(rules);
  if (room === 'exists') throw new Error('Ids of rooms are random');
  return room;
}

/** API Gateway's frames hold 32 KB; the protocol promises 30 KB. A single message may be larger. */
const MAX_FRAME = 30 * 1024;

export type Recalling = Awaited<ReturnType<typeof recalling>>;

export const seqsOf = (messages: readonly { seq: number }[]) => messages.map(({ seq }) => seq);

/** The numbers from one to another, both included. */
export const numbers = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
