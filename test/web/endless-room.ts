import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

const ROOM_ID = 'r_long';
const EPOCH = 'e_1';
const PAGE = 100;

const text = (number: number) =>
  `**${number}** of many, with \`code\`, a [link](https://example.com/${number}) and\n- a list\n- of two`;

function messagePush(seq: number, room: string): object {
  const senderId = `u_${Math.floor(seq / 3) % 20}`;
  return {
    type: 'message',
    room,
    roomId: ROOM_ID,
    seq,
    epoch: EPOCH,
    messageId: `${ROOM_ID}.${seq}`,
    senderId,
    sender: `Person ${senderId.slice(2)}`,
    timestamp: new Date(Date.UTC(2026, 0, 1) + seq * 20_000).toISOString(),
    message: text(seq),
  };
}

/**
 * Answers a page in the place of a server, which would take minutes to be told so much: one room with a long past. It
 * listens on a port of its own: a socket that the test driver plays inside the page takes time from the page.
 */
export class EndlessRoom {
  #head: number;
  readonly #room: string;
  #socket: WebSocket | undefined;
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

  constructor(messages: number, room: string) {
    this.#head = messages;
    this.#room = room;
  }

  /** Returns where it listens. */
  async listen(): Promise<string> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    this.#server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('message', (frame: Buffer) => {
        const command = JSON.parse(frame.toString()) as Record<string, unknown>;
        socket.send(JSON.stringify({ id: command.id, ok: true, ...this.#replyTo(command) }));
      });
    });
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#socket?.terminate();
    this.#server.close();
  }

  /** Somebody says one more. */
  post(): void {
    this.#head += 1;
    this.#socket?.send(JSON.stringify(messagePush(this.#head, this.#room)));
  }

  #replyTo(command: Record<string, unknown>): object {
    const head = { epoch: EPOCH, seq: this.#head };
    const summary = {
      roomId: ROOM_ID,
      room: this.#room,
      kind: 'channel',
      role: 'member',
      readSeq: this.#head,
      unread: 0,
    };
    const rooms = [{ ...summary, ...head }];
    switch (command.action) {
      case 'hello':
        return {
          connectionId: 'c',
          userId: 'u_me',
          name: 'Elaine',
          rooms,
          limits: { textBytes: 8000, frameBytes: 32_768, pageMessages: PAGE },
          next: null,
          protocol: 1,
        };
      case 'rooms':
        return { rooms, next: null };
      case 'resume':
        return {
          rooms: { [ROOM_ID]: { recovered: true, roomId: ROOM_ID, ...head, messages: [], more: false } },
        };
      case 'members':
        return {
          roomId: ROOM_ID,
          members: [{ userId: 'u_me', name: 'Elaine' }],
          count: 1,
          estimated: false,
          next: null,
        };
      case 'history': {
        const before = Number(command.before ?? this.#head + 1);
        const first = Math.max(1, before - Number(command.limit ?? PAGE));
        const messages = Array.from({ length: before - first }, (_, index) =>
          messagePush(first + index, this.#room),
        );
        return { roomId: ROOM_ID, epoch: EPOCH, messages, more: first > 1 };
      }
      case 'receipt':
        return { roomId: ROOM_ID, receivedSeq: this.#head, readSeq: this.#head };
      default:
        return { pong: true, rooms: { [ROOM_ID]: head }, next: null, roomId: ROOM_ID };
    }
  }
}
