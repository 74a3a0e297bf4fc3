import { append, appendAfter } from './append';
import { isLikelyRefused, knownAhead, senderOf, type Origin, type SenderPorts } from '../caller';
import type { Connection } from '../connections';
import type { Numbered } from './dedupe';
import {
  correspondenceOf,
  destinationOf,
  opened,
  stateOf,
  type Destination,
  type RoomState,
  type Sending,
} from './destinations';
import { ClientError } from '../errors';
import { MESSAGE_ACCEPTED } from '../events';
import type { HeadHints, RoomGuesses } from './hints';
import { messageIdOf, newId, openedByGuests } from '../ids';
import type { Message, MessageDraft } from '../messages';
import { finish, release, reserve, type OncePorts, type Reserved } from './once';
import type { EventBus } from '../ports';
import type { Users } from '../storage/people';
import type { Members } from '../storage/rooms';
import type { Rate } from '../rate';
import { roomIdOf } from '../rooms';

export interface SendingPorts extends SenderPorts, OncePorts {
  readonly users: Users;
  readonly members: Members;
  readonly bus: EventBus;
  readonly hints: HeadHints;
  readonly guesses: RoomGuesses;
}

/** Direct rooms with one person that guests may begin: one a minute, sixty at once after a rest. */
const BEGUN_BY_GUESTS: Rate = { perSecond: 1 / 60, burst: 60 };

/** What the sender is told. */
export interface Accepted extends Numbered {
  /** The room's name. */
  readonly room: string;
  /** Whether an earlier frame with the same id was accepted, and this is its number. */
  readonly duplicate: boolean;
}

/** What is done for a message by its sender's id alone: looking, and what can be taken back. */
interface Begun {
  /** Of a message to a person. */
  readonly destination?: Promise<Destination> | undefined;
  readonly reserved?: Promise<Reserved> | undefined;
}

/**
 * Numbers a message and keeps it, then says so on the bus. With a `clientMessageId` it is kept once, however often
 * it is sent and wherever an invocation ends.
 *
 * While its sender is counted, the room is read that it names or that can be guessed, and where API Gateway has told
 * who the sender is, the recipient is looked up and the id reserved: one or two round trips less for the sender. Nothing
 * is kept and nothing told before the sender is admitted; where they are not, the id is free again.
 * @throws ClientError for what may not be sent, see `destinationOf`; `too_many_requests`; `conflict`; `busy` (temporary)
 */
export async function send(
  sending: Sending,
  origin: Origin,
  ports: SendingPorts,
): Promise<Accepted | 'unknown_connection'> {
  const named = roomNamedBy(sending);
  const meant = named ?? (sending.to === 'room' ? ports.guesses.get(origin.connectionId) : undefined);
  // A flood reads nothing: what is likely refused is not prepared.
  const guess = isLikelyRefused(origin, ports) ? undefined : meant;
  const exactly = sending.to === 'room' && sending.ifSeq !== undefined;
  const guessed = guess === undefined ? undefined : stateOf(guess, exactly, ports);
  const userId = knownAhead(origin, ports);
  const begun = userId === undefined ? {} : begin(userId, sending, named, ports);
  // Each has its say when it is asked for; nothing goes on when the reply is out.
  const settled = Promise.allSettled([guessed, begun.destination, begun.reserved]);
  let sender: Connection | undefined;
  try {
    sender = await senderOf(origin, ports);
    if (sender === undefined) return 'unknown_connection';
    return await sendFrom(sender, sending, { named, guess, guessed, begun }, ports);
  } finally {
    await settled;
    if (sender === undefined) await undo(begun, ports);
  }
}

/** A message for the room last joined needs to wait for its sender's connection, which knows that room. */
function begin(senderId: string, sending: Sending, named: string | undefined, ports: SendingPorts): Begun {
  if (sending.to === 'room' && named === undefined) return {};
  const destination = sending.to === 'person' ? correspondenceOf(sending.person, senderId, ports) : undefined;
  return { destination, reserved: reserveIn(destination ?? named, senderId, sending, named, ports) };
}

async function undo({ reserved }: Begun, ports: SendingPorts): Promise<void> {
  const made = await reserved?.catch(() => undefined);
  if (made !== undefined && made.earlier === undefined) await release(made.reservation, ports);
}

async function sendFrom(
  sender: Connection,
  sending: Sending,
  read: {
    named: string | undefined;
    guess: string | undefined;
    guessed: Promise<RoomState> | undefined;
    begun: Begun;
  },
  ports: SendingPorts,
): Promise<Accepted> {
  const { named, guess, guessed, begun } = read;
  const roomId = named ?? (sending.to === 'room' ? sender.rooms.at(-1) : undefined);
  const state = roomId === guess ? guessed : undefined;
  const destination = begun.destination ?? destinationOf(sending, sender, { roomId, state }, ports);
  const keep = async () => numberAndKeep(sending, sender, await destination, ports);
  const where = sending.to === 'person' ? destination : roomId;
  const reserved = begun.reserved ?? reserveIn(where, sender.userId, sending, named, ports);
  if (reserved === undefined) {
    const message = await keep();
    await announce(message, ports);
    return { ...message, duplicate: false };
  }
  // It has its say when the message is kept; a reply from before goes out whatever has become of the room.
  const settled = Promise.allSettled([destination]);
  const { reservation, earlier } = await reserved.finally(() => settled);
  if (earlier !== undefined) {
    const { seq, epoch, acceptedAt } = earlier;
    const room = await ports.rooms.find(earlier.roomId);
    const name = room?.name ?? earlier.roomId;
    return { roomId: earlier.roomId, seq, epoch, acceptedAt, room: name, duplicate: true };
  }
  try {
    const kept = await keep();
    await Promise.all([announce(kept, ports), finish(reservation, kept, ports)]);
    return { ...kept, duplicate: false };
  } catch (error) {
    // A refusal says that nothing was kept; of a fault nobody knows.
    if (error instanceof ClientError) await release(reservation, ports);
    throw error;
  }
}

/**
 * Reserves the id of a message that has one. Where a name leads to is settled before, so that the message is looked for
 * there whoever goes by the name then. A name that leads nowhere is refused when the message is kept.
 */
function reserveIn(
  where: string | Promise<Destination> | undefined,
  senderId: string,
  sending: Sending,
  named: string | undefined,
  ports: SendingPorts,
): Promise<Reserved> | undefined {
  const { clientMessageId } = sending;
  if (clientMessageId === undefined) return undefined;
  const roomId =
    where instanceof Promise
      ? where.then(
          (destination) => destination.roomId,
          () => undefined,
        )
      : where;
  return reserve(senderId, clientMessageId, sending, { named, roomId }, ports);
}

/** The room that a frame names, if it names one. Throws ClientError `bad_request` where the name cannot be one. */
function roomNamedBy(sending: Sending): string | undefined {
  switch (sending.to) {
    case 'room':
      return sending.room && roomIdOf(sending.room.value, sending.room.pointer);
    case 'message':
      return sending.roomId;
    case 'person':
      return undefined;
  }
}

async function numberAndKeep(
  sending: Sending,
  sender: Connection,
  destination: Destination,
  ports: SendingPorts,
): Promise<Message> {
  await checkMayOpen(sender, destination, ports);
  const room = await opened(destination, ports);
  const draft: MessageDraft = {
    kind: sending.to === 'message' ? sending.kind : 'message',
    ref: sending.to === 'message' ? sending.seq : undefined,
    roomId: room.roomId,
    room: room.name,
    epoch: room.epoch,
    text: sending.text,
    clientMessageId: sending.clientMessageId,
    senderId: sender.userId,
    sender: sender.name,
    origin: sender.connectionId,
    echo: sending.echo,
    acceptedAt: ports.now(),
    retentionSeconds: room.retentionSeconds,
    appendId: newId('a'),
  };
  if (sending.to === 'room') ports.guesses.set(sender.connectionId, room.roomId);
  const head = Math.max(room.head, destination.last);
  return sending.to === 'room' && sending.ifSeq !== undefined
    ? appendAfter(sending.ifSeq, draft, head, ports)
    : append(draft, head, ports);
}

/**
 * Guests are made at will, and each direct room that they begin stays with whom they write to. So these are counted by
 * who is written to.
 */
async function checkMayOpen(
  sender: Connection,
  { room, people }: Destination,
  { limits, now }: SendingPorts,
): Promise<void> {
  const [, recipient] = people ?? [];
  if (room !== undefined || recipient === undefined || sender.kind !== 'guest') return;
  const admission = await limits.take(openedByGuests(recipient), BEGUN_BY_GUESTS, now());
  if (admission.admitted) return;
  throw new ClientError('too_many_requests', 'Too many guests began to write to this person.', '/to', {
    retryAfterMs: admission.retryAfterMs,
  });
}

/** Says it on the bus, once. If the bus does not take it the message is accepted all the same: the sweep says it again. */
async function announce({ roomId, seq }: Message, ports: SendingPorts): Promise<void> {
  const { bus, log } = ports;
  const messageId = messageIdOf(roomId, seq);
  try {
    const refused = await bus.publish([
      { type: MESSAGE_ACCEPTED, detail: { messageId, roomId, seq, attempt: 0 } },
    ]);
    if (refused.length === 0) return;
    log.warn('left to the sweep', { messageId });
  } catch (error) {
    log.error('left to the sweep', error, { messageId });
  }
  await hurry(roomId, seq, ports);
}

/** The next sweep takes it, within a minute. Does nothing where the event arrived all the same and is claimed. */
async function hurry(roomId: string, seq: number, { outbox, log, now }: SendingPorts): Promise<void> {
  await outbox
    .postpone(roomId, seq, { attempt: 0, dueAt: now() })
    .catch((error: unknown) => log.error('not hurried', error, { messageId: messageIdOf(roomId, seq) }));
}
