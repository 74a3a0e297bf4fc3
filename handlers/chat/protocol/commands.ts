/**
 * Every command once: what it takes, what it gives and how it may be refused. Documents, JSON Schemas and tests are
 * derived from this page. Functions do not import it: each bundle holds only the schemas that it needs.
 */
import type * as z from 'zod/mini';
import type { ClientErrorName } from '../errors';
import { history, resume } from './recall';
import * as reply from './replies';
import * as room from './rooms';
import * as sending from './sending';
import * as session from './session';
import { signal } from './signals';

export interface Command {
  /** The route key; `$default` takes all frames whose `action` has no route of its own. */
  readonly route: '$default' | 'own';
  /** Other values of `action` that mean the same. */
  readonly aliases?: readonly string[];
  /** One sentence for the documents. */
  readonly does: string;
  readonly takes: z.ZodMiniObject;
  readonly gives: z.ZodMiniObject;
  /** Refusals of its own; EVERYWHERE holds those that any command may get. */
  readonly refusals?: readonly ClientErrorName[];
}

export const EVERYWHERE = [
  'bad_request',
  'busy',
  'internal',
  'too_many_requests',
  'token_expired',
] as const satisfies readonly ClientErrorName[];

const inRoom = ['unknown_room'] as const;
const byModerators = ['unknown_room', 'permission_denied'] as const;

export const commands = {
  sendMessage: {
    route: '$default',
    aliases: sending.SEND_ACTIONS.filter((action) => action !== 'sendMessage'),
    does: 'Posts a text to a room: the one named, else the one last joined. `action` may be left out where there is a `message`. The reply comes when the message and its number are kept; the sending socket gets the push only with `echo`.',
    takes: sending.sendMessage,
    gives: reply.acceptedReply,
    refusals: ['unknown_room', 'conflict', 'too_large', 'not_available'],
  },
  sendPrivate: {
    route: '$default',
    does: 'Posts a text to the direct room of two people, on all their devices. `to` is a user id or a name; where several people go by it, the refusal lists them.',
    takes: sending.sendPrivate,
    gives: reply.acceptedReply,
    refusals: ['ambiguous_recipient', 'conflict', 'too_large'],
  },
  editMessage: {
    route: '$default',
    does: 'Replaces the text of an own message, or of any for a moderator. The edit has a number of its own, so that recovery carries it.',
    takes: sending.editMessage,
    gives: reply.acceptedReply,
    refusals: ['unknown_room', 'permission_denied', 'conflict', 'too_large', 'not_available'],
  },
  deleteMessage: {
    route: '$default',
    does: 'Deletes the text of an own message, or of any for a moderator, for good. The deletion has a number of its own.',
    takes: sending.deleteMessage,
    gives: reply.acceptedReply,
    refusals: ['unknown_room', 'permission_denied', 'conflict', 'not_available'],
  },
  send: {
    route: '$default',
    does: 'The keep-alive of the tutorials, `{"action":"send","data":"ping"}`. It costs one frame and no fan-out.',
    takes: sending.keepAlive,
    gives: reply.pongReply,
    refusals: ['unknown_action'],
  },
  hello: {
    route: 'own',
    does: 'Who and where this connection is: the first page of its person’s rooms, with heads and unread counts, limits, protocol version. Channels come first, then meetings, then direct rooms, so that the rooms one entered are not behind those that others opened. Unless `next` is null there are more: go on with `rooms`.',
    takes: session.hello,
    gives: reply.helloReply,
  },
  ping: {
    route: 'own',
    does: 'Keeps the connection open and present, and gives the heads of its person’s rooms, whether it hears them or not, so that a client sees a hole within one ping, and a room that another device entered. Unless `next` is null there are more: ping again, `after` that.',
    takes: session.ping,
    gives: reply.pongReply,
  },
  refresh: {
    route: 'own',
    does: 'Gives the connection the next access token of its person, before the one that it has ends; `expiresInMs` says for how long it may go on then. Only for who came in with a token.',
    takes: session.refresh,
    gives: reply.refreshReply,
    refusals: ['unauthorized', 'token_expired', 'not_available'],
  },
  setName: {
    route: 'own',
    does: 'Changes the name of this person on all devices. The first name of a nameless guest is announced as `joined`, a later one as `renamed`.',
    takes: session.setName,
    gives: reply.nameReply,
  },
  typing: {
    route: 'own',
    does: 'Tells the others in the room; not kept. More than one within 3 seconds is dropped, and answered all the same.',
    takes: session.typing,
    gives: reply.roomReply,
    refusals: inRoom,
  },
  receipt: {
    route: 'own',
    does: 'Says that everything up to a number has arrived or was read; cumulative, never backwards. The others hear of it coalesced, and not in rooms above 200 people.',
    takes: session.receipt,
    gives: reply.receiptReply,
    refusals: inRoom,
  },
  signal: {
    route: 'own',
    does: 'Passes `data` on to a connection, or to all of a person, that shares a room with the sender; not kept.',
    takes: signal,
    gives: reply.signalReply,
    refusals: ['too_large'],
  },
  createRoom: {
    route: 'own',
    does: 'Creates a channel that the caller owns, and joins it.',
    takes: room.createRoom,
    gives: reply.joinedReply,
    refusals: ['permission_denied', 'conflict', 'not_available', 'limit_exceeded'],
  },
  joinRoom: {
    route: 'own',
    does: 'Enters a channel with this connection. Whatever happens in it from then on has a number above `seq` in the reply or is pushed.',
    takes: room.joinRoom,
    gives: reply.joinedReply,
    refusals: ['unknown_room', 'permission_denied', 'not_available', 'already_joined', 'limit_exceeded'],
  },
  leaveRoom: {
    route: 'own',
    does: 'Leaves a room with all connections of this person.',
    takes: room.leaveRoom,
    gives: reply.roomReply,
    refusals: inRoom,
  },
  members: {
    route: 'own',
    does: 'Who is in a room now, by the leases of their connections, at most 200 a page. With `details`, in rooms whose count is exact: how far people have read, of a channel only those on the page, and for hosts of a meeting who asks to be let in.',
    takes: room.members,
    gives: reply.membersReply,
    refusals: inRoom,
  },
  rooms: {
    route: 'own',
    does: 'The rooms that this person belongs to, with heads and unread counts.',
    takes: room.rooms,
    gives: reply.roomsReply,
  },
  createMeeting: {
    route: 'own',
    does: 'Creates a meeting and the code that lets others in. `data` is its name, or an object; with `approval` the host is asked about everybody. `email` is shown to nobody else.',
    takes: room.createMeeting,
    gives: reply.meetingCreatedReply,
    refusals: ['limit_exceeded'],
  },
  joinMeeting: {
    route: 'own',
    does: 'Enters a meeting by its code, or waits for the host: the push `admitted` or `refused` follows.',
    takes: room.joinMeeting,
    gives: reply.meetingJoinedReply,
    refusals: ['unknown_room', 'permission_denied', 'not_available', 'limit_exceeded'],
  },
  admit: {
    route: 'own',
    does: 'Lets somebody in who waits, and invites somebody who has not asked: they hear the push `invited` and enter with `joinRoom`, without a code, within 30 days. The reply is the same, whether there is such a person or not.',
    takes: room.admit,
    gives: reply.personReply,
    refusals: [...byModerators, 'not_available'],
  },
  refuse: {
    route: 'own',
    does: 'Turns somebody away who waits.',
    takes: room.refuse,
    gives: reply.personReply,
    refusals: byModerators,
  },
  remove: {
    route: 'own',
    does: 'Takes a person out of a room, with all connections. They may come back.',
    takes: room.remove,
    gives: reply.personReply,
    refusals: byModerators,
  },
  ban: {
    route: 'own',
    does: 'Takes a person out of a room and keeps them out.',
    takes: room.ban,
    gives: reply.personReply,
    refusals: byModerators,
  },
  unban: {
    route: 'own',
    does: 'Lifts a ban.',
    takes: room.unban,
    gives: reply.personReply,
    refusals: byModerators,
  },
  setRole: {
    route: 'own',
    does: 'Makes a member a moderator or an owner, or takes that back. Owners only.',
    takes: room.setRole,
    gives: reply.personReply,
    refusals: byModerators,
  },
  closeRoom: {
    route: 'own',
    does: 'Closes a room: it can be read and not written any more. Owners only.',
    takes: room.closeRoom,
    gives: reply.roomReply,
    refusals: byModerators,
  },
  revokeCode: {
    route: 'own',
    does: 'Gives a meeting another join code; the old one lets nobody in any more.',
    takes: room.revokeCode,
    gives: reply.codeReply,
    refusals: byModerators,
  },
  history: {
    route: 'own',
    does: 'One page of a room without a hole, at most 100 messages and 30 KB. What is deleted or past its retention is a tombstone.',
    takes: history,
    gives: reply.historyReply,
    refusals: inRoom,
  },
  resume: {
    route: 'own',
    does: 'What happened in rooms above the positions given. `recovered: true` is final where `more` is false; otherwise `recovered: false` and the reason, never a part shown as the whole.',
    takes: resume,
    gives: reply.resumeReply,
    refusals: ['limit_exceeded', 'too_large'],
  },
} as const satisfies Readonly<Record<string, Command>>;

export type Action = keyof typeof commands;
