import type { Connection } from '../connections';
import { ClientError } from '../errors';
import type { HeadHints } from './hints';
import { directRoomId, isUserId } from '../ids';
import { roleIn, sufficesToListen } from '../membership/room-for';
import type { MessageKind } from '../messages';
import type { Now } from '../ports';
import type { ChatHistory, Outbox } from '../storage/messages';
import type { Users } from '../storage/people';
import type { Members, Rooms } from '../storage/rooms';
import type { NamedRoom } from '../protocol/fields';
import { refusalOf, standingsOf } from '../rights';
import { unknownRoom, type Room } from '../rooms';
import { nameKeyOf } from '../users';

/** What a frame asks to be sent, and to where. */
export type Sending = {
  /** Empty for a deletion. */
  readonly text: string;
  readonly echo: boolean;
  readonly clientMessageId: string | undefined;
} & (
  | { readonly to: 'room'; readonly room: NamedRoom | undefined; readonly ifSeq: number | undefined }
  /** By user id or name. */
  | { readonly to: 'person'; readonly person: string }
  | {
      readonly to: 'message';
      readonly kind: Exclude<MessageKind, 'message'>;
      readonly roomId: string;
      readonly seq: number;
    }
);

/** A room, and its last number as far as the outbox or a fresh hint knows it. */
export interface RoomState {
  readonly room: Room | undefined;
  readonly last: number;
}

/** Where a message goes: a room that its sender may write to, and where the room stands. */
export interface Destination extends RoomState {
  readonly roomId: string;
  /** Of a direct room, which is not there until it is opened. */
  readonly people?: readonly [string, string];
}

interface Ports {
  readonly rooms: Rooms;
  readonly users: Users;
  readonly members: Members;
  readonly outbox: Outbox;
  readonly history: ChatHistory;
  readonly hints: HeadHints;
  readonly now: Now;
}

/** Where a room stands. With `exactly` no hint is believed. */
export async function stateOf(roomId: string, exactly: boolean, ports: Ports): Promise<RoomState> {
  const hint = exactly ? undefined : ports.hints.get(roomId, ports.now());
  const [room, last] = await Promise.all([
    ports.rooms.find(roomId),
    hint === undefined ? ports.outbox.lastSeq(roomId) : hint,
  ]);
  return { room, last };
}

/**
 * The room that a message of this sender goes to. Only looks: nobody can tell that it did.
 * @param given the room that was meant, and its state where that was read already
 * @throws ClientError `unknown_room` (the same of a room that does not exist as of one that the sender is not in),
 * `not_available` for a closed room, `ambiguous_recipient`, `permission_denied`, or `bad_request`
 */
export async function destinationOf(
  sending: Sending,
  sender: Connection,
  given: { roomId: string | undefined; state: Promise<RoomState> | undefined },
  ports: Ports,
): Promise<Destination> {
  if (sending.to === 'person') return correspondenceOf(sending.person, sender.userId, ports);
  const pointer = sending.to === 'room' ? sending.room?.pointer : '/messageId';
  const { roomId } = given;
  if (roomId === undefined) throw unknownRoom(pointer);
  const right = sending.to === 'room' ? 'sendMessage' : OWN[sending.kind];
  const exactly = sending.to === 'room' && sending.ifSeq !== undefined;
  // A member may write from a connection that has not joined yet: after coming back `resume` may still be under way.
  const [{ room, last }, member] = await Promise.all([
    given.state ?? stateOf(roomId, exactly, ports),
    sufficesToListen(right, roomId, sender) ? undefined : ports.members.find(roomId, sender.userId),
  ]);
  if (room === undefined) throw unknownRoom(pointer);
  const standings = standingsOf(sender, room.kind, roleIn(room, sender, member));
  const refusal = refusalOf(right, room.kind, standings, pointer);
  const aboutOthers = sending.to === 'message' ? OF_OTHERS[sending.kind] : right;
  // Who supervises every room deletes in it without being in it.
  if (refusal !== undefined && refusalOf(aboutOthers, room.kind, standings) !== undefined) throw refusal;
  if (room.closedAt !== undefined) {
    throw new ClientError('not_available', 'This room is closed: it can be read, not written.', pointer);
  }
  if (sending.to === 'message') await checkMayChange(sending, room, sender, ports);
  return { roomId, room, last };
}

const OWN = { edit: 'editMessage', delete: 'deleteMessage' } as const;
const OF_OTHERS = { edit: 'editMessageOfOthers', delete: 'deleteMessageOfOthers' } as const;

/** Throws unless there is a message under this number that the sender wrote, or may change as that of another. */
async function checkMayChange(
  { seq, kind }: Extract<Sending, { to: 'message' }>,
  room: Room,
  sender: Connection,
  { outbox, history, members, now }: Ports,
): Promise<void> {
  const { roomId } = room;
  const [entry, [row]] = await Promise.all([outbox.find(roomId, seq), history.range(roomId, seq, seq)]);
  const expired = row?.expiresAt !== undefined && row.expiresAt <= now();
  const original = row?.erased === true || expired ? undefined : (entry ?? row?.said);
  if (original?.kind !== 'message') {
    throw new ClientError('bad_request', 'There is no such message here.', '/messageId');
  }
  if (original.senderId === sender.userId) return;
  const member = await members.find(roomId, sender.userId);
  const standings = standingsOf(sender, room.kind, roleIn(room, sender, member));
  const refusal = refusalOf(OF_OTHERS[kind], room.kind, standings, '/messageId');
  if (refusal === undefined) return;
  if (refusal.error === 'unknown_room') throw refusal;
  throw new ClientError('permission_denied', 'This is the message of somebody else.', '/messageId');
}

/**
 * The direct room of a sender and somebody else, or of the sender alone. It comes to be with its first message.
 * @param to a user id or a name
 * @throws ClientError `not_available`, `ambiguous_recipient`, or `bad_request` where there is nobody
 */
export async function correspondenceOf(to: string, senderId: string, ports: Ports): Promise<Destination> {
  const userId = await recipientOf(to, senderId, ports);
  const roomId = directRoomId(senderId, userId);
  const state = await stateOf(roomId, false, ports);
  if (state.room?.closedAt !== undefined) {
    throw new ClientError(
      'not_available',
      'This conversation is closed: it can be read, not written.',
      '/to',
    );
  }
  return { ...state, roomId, people: [senderId, userId] };
}

/** The room of a destination; a direct room is opened where it is not there yet. */
export async function opened(
  { room, roomId, people }: Destination,
  ports: Pick<Ports, 'rooms' | 'members' | 'now'>,
): Promise<Room> {
  if (room !== undefined) return room;
  if (people === undefined) throw new Error(`There is no room ${roomId} and nobody whose it could be`);
  // Members first: whoever finds the room finds that it is theirs. They stay as long as the room, which is for ever.
  const since = ports.now();
  await Promise.all(
    [...new Set(people)].map((person) =>
      ports.members.enter({ roomId, userId: person, role: 'member', since }),
    ),
  );
  const created = await ports.rooms.create({ roomId, kind: 'direct', name: roomId, people });
  const found = created === 'exists' ? await ports.rooms.find(roomId) : created;
  if (found === undefined) throw new Error(`There is no room ${roomId} after it was opened`);
  return found;
}

async function recipientOf(to: string, senderId: string, { users, rooms }: Ports): Promise<string> {
  if (isUserId(to)) {
    // Nameless guests are in no list of people, but whoever has heard of one can answer.
    const [user, room] = await Promise.all([users.find(to), rooms.find(directRoomId(senderId, to))]);
    if (user !== undefined || room !== undefined || to === senderId) return to;
  } else if (nameKeyOf(to) !== '') {
    const [one, ...others] = await users.named(to);
    if (others.length > 0 && one !== undefined) {
      throw new ClientError('ambiguous_recipient', 'Several people go by that name.', '/to', {
        candidates: [one, ...others].map(({ userId, name }) => ({ userId, name })),
      });
    }
    if (one !== undefined) return one.userId;
  }
  throw new ClientError('bad_request', 'There is nobody of that name or id.', '/to');
}
