import * as z from 'zod/mini';
import {
  codeReply,
  historyReply,
  joinedReply,
  meetingCreatedReply,
  meetingJoinedReply,
  membersReply,
  nameReply,
  personReply,
  receiptReply,
  refreshReply,
  roomReply,
  roomsReply,
  signalReply,
} from '../handlers/chat/protocol/replies';
import type { Position } from './events';
import type { Command } from './wire';

/** Sends a command over the current connection, or the next one, and reads the reply. */
export type Call = <Schema extends z.core.$ZodType>(
  schema: Schema,
  command: Command,
) => Promise<z.output<Schema>>;

export interface CommandEffects {
  entered(roomId: string, head: Position): void;
  left(roomId: string): void;
  renamed(name: string): void;
}

/** What `createMeeting` takes; a name alone makes a chat that lets everybody with the code in. */
export interface NewMeeting {
  readonly group_name: string;
  readonly media?: 'chat' | 'video';
  /** Whether the host is asked about everybody who wants to join. */
  readonly approval?: boolean;
  readonly user_name?: string;
  readonly email?: string;
}

const done = z.object({});

/**
 * The commands that are not messages. Each resolves with the server's reply and rejects with CommandError; one that
 * fails with `connection_lost` or `platform` may have taken effect. `room` is a room's name or id.
 */
export class Commands {
  readonly #call: Call;
  readonly #effects: CommandEffects;

  constructor(call: Call, effects: CommandEffects) {
    this.#call = call;
    this.#effects = effects;
  }

  async setName(name: string) {
    const reply = await this.#call(nameReply, { action: 'setName', name });
    this.#effects.renamed(reply.name);
    return reply;
  }

  /** A new token for this connection, before the old one expires. */
  refresh(token: string) {
    return this.#call(refreshReply, { action: 'refresh', token });
  }

  createRoom(name: string, options: { retentionSeconds?: number } = {}) {
    return this.#enter(joinedReply, { action: 'createRoom', name, ...options });
  }

  joinRoom(room: string) {
    return this.#enter(joinedReply, { action: 'joinRoom', room });
  }

  async leaveRoom(room: string) {
    const reply = await this.#call(roomReply, { action: 'leaveRoom', room });
    this.#effects.left(reply.roomId);
    return reply;
  }

  /**
   * Who is here now, at most 200 a page; `after` is `next` of the page before. With `details` also how far people have
   * read, and to hosts of a meeting who asks to be let in.
   */
  members(room: string, page: { after?: string; limit?: number; details?: boolean } = {}) {
    return this.#call(membersReply, { action: 'members', room, ...page });
  }

  rooms(page: { after?: string } = {}) {
    return this.#call(roomsReply, { action: 'rooms', ...page });
  }

  createMeeting(meeting: string | NewMeeting) {
    return this.#enter(meetingCreatedReply, { action: 'createMeeting', data: meeting });
  }

  /** With `waiting` in the reply, the host decides; then comes the push `admitted` or `refused`. */
  joinMeeting(code: string) {
    return this.#enter(meetingJoinedReply, { action: 'joinMeeting', data: { group_id: code } });
  }

  /**
   * Of hosts and moderators, about one person of a room. `admit` invites who has not asked, who then enters with
   * `joinRoom`; `unban` only lifts the ban.
   */
  decide(
    action: 'admit' | 'refuse' | 'remove' | 'ban' | 'unban',
    person: { readonly roomId: string; readonly userId: string },
  ) {
    return this.#call(personReply, { action, ...person });
  }

  setRole(
    person: { readonly roomId: string; readonly userId: string },
    role: 'owner' | 'moderator' | 'member',
  ) {
    return this.#call(personReply, { action: 'setRole', ...person, role });
  }

  closeRoom(roomId: string) {
    return this.#call(roomReply, { action: 'closeRoom', roomId });
  }

  /** Gives the meeting's new code; the old one lets nobody in any more. */
  revokeCode(roomId: string) {
    return this.#call(codeReply, { action: 'revokeCode', roomId });
  }

  /** One page of old messages: those below `before`, or above `after`, or the newest. */
  history(room: string, page: { before?: number; after?: number; limit?: number } = {}) {
    return this.#call(historyReply, { action: 'history', room, ...page });
  }

  /** Cumulative: "I have, or have read, everything up to here". At most every 5 seconds. */
  receipt(room: string, upTo: { receivedSeq?: number; readSeq?: number }) {
    return this.#call(receiptReply, { action: 'receipt', room, ...upTo });
  }

  typing(room: string) {
    return this.#call(done, { action: 'typing', room });
  }

  /** Straight to the other connections of a person, or to one connection, e.g. a WebRTC offer. Not stored. */
  signal(to: string, data: unknown) {
    return this.#call(signalReply, { action: 'signal', to, data });
  }

  async #enter<
    Schema extends z.core.$ZodType<{ roomId: string; epoch?: string | undefined; seq?: number | undefined }>,
  >(schema: Schema, command: Command): Promise<z.output<Schema>> {
    const reply = await this.#call(schema, command);
    const { roomId, epoch, seq } = reply;
    if (epoch !== undefined && seq !== undefined) this.#effects.entered(roomId, { epoch, seq });
    return reply;
  }
}
