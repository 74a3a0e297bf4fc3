import type { Connection } from '../connections';
import { ClientError } from '../errors';
import type { HeadHints } from './hints';
import { directRoomId } from '../ids';
import { roleIn, sufficesToListen } from '../membership/room-for';
import type { MessageKind } from '../messages';
import type { ChatHistory, Members, Now, Outbox, Rooms, Users } from '../ports';
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
export interface Destination {
  readonly room: Room;
  readonly last: number;
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
 * The room that a message of this sender goes to.
 * @param given the room that was meant, and its state where that was read already
 * @throws ClientError `unknown_room` (the same of a room that does not exist as of one that the sender is not in),
 * `not_available` for a closed room, `ambiguous_recipient`, `permission_denied`, or `bad_request`
 */
export async function destinationOf(
  sending: Sending,
  sender: Connection,
  given: { roomId: string | undefined; state: RoomState | undefined },
  ports: Ports,
): Promise<Destination> {
  if (sending.to === 'person') return directRoom(sending.person, sender, ports);
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
  return { room, last };
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

/** The direct room of the sender and somebody else, or of the sender alone. It comes to be with its first message. */
async function directRoom(to: string, sender: Connection, ports: Ports): Promise<Destination> {
  const userId = await recipientOf(to, sender, ports);
  const roomId = directRoomId(sender.userId, userId);
  const { room, last } = await stateOf(roomId, false, ports);
  if (room?.closedAt !== undefined) {
    throw new ClientError(
      'not_available',
      'This conversation is closed: it can be read, not written.',
      '/to',
    );
  }
  if (room !== undefined) return { room, last };
  // Members first: whoever finds the room finds that it is theirs. They stay as long as the room, which is for ever.
  const people = [sender.userId, userId] as const;
  const since = ports.now();
  await Promise.all(
    [...new Set(people)].map((person) =>
      ports.members.enter({ roomId, userId: person, role: 'member', since }),
    ),
  );
  const created = await ports.rooms.create({ roomId, kind: 'direct', name: roomId, people });
  const opened = created === 'exists' ? await ports.rooms.find(roomId) : created;
  if (opened === undefined) throw new Error(`There is no room ${roomId} after it was opened`);
  return { room: opened, last };
}

async function recipientOf(to: string, sender: Connection, { users, rooms }: Ports): Promise<string> {
  if (/^u_[0-9a-z]{14}$/.test(to)) {
    // Nameless guests are in no list of people, but whoever has heard of one can answer.
    const [user, room] = await Promise.all([users.find(to), rooms.find(directRoomId(sender.userId, to))]);
    if (user !== undefined || room !== undefined || to === sender.userId) return to;
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
