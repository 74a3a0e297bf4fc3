import { append, appendAfter } from './append';
import { countMessage, senderOf, type SenderPorts } from '../caller';
import type { Connection } from '../connections';
import { bodyHash, reserveOrFind, sentKey, type Numbered, type Reservation } from './dedupe';
import { destinationOf, stateOf, type Destination, type RoomState, type Sending } from './destinations';
import { ClientError } from '../errors';
import { MESSAGE_ACCEPTED } from '../events';
import type { HeadHints, RoomGuesses } from './hints';
import { messageIdOf, newId } from '../ids';
import type { Message, MessageDraft } from '../messages';
import type { ChatHistory, Dedupe, EventBus, Log, Members, Outbox, Rooms, Users } from '../ports';
import { roomIdOf } from '../rooms';
import { findSent } from './sent';
import { nameKeyOf } from '../users';

export interface SendingPorts extends SenderPorts {
  readonly rooms: Rooms;
  readonly users: Users;
  readonly members: Members;
  readonly outbox: Outbox;
  readonly history: ChatHistory;
  readonly dedupe: Dedupe;
  readonly bus: EventBus;
  readonly hints: HeadHints;
  readonly guesses: RoomGuesses;
  readonly log: Log;
}

/** What the sender is told. */
export interface Accepted extends Numbered {
  /** The room's name. */
  readonly room: string;
  /** Whether an earlier frame with the same id was accepted, and this is its number. */
  readonly duplicate: boolean;
}

/**
 * Numbers a message and keeps it, then says so on the bus. With a `clientMessageId` it is kept once, however often
 * it is sent and wherever an invocation ends.
 * @throws ClientError for what may not be sent, see `destinationOf`; `too_many_requests`; `conflict`; `busy` (temporary)
 */
export async function send(
  sending: Sending,
  connectionId: string,
  ports: SendingPorts,
): Promise<Accepted | 'unknown_connection'> {
  // Who sends and where to are read at once where the room can be guessed: a round trip less for the sender.
  const named = roomNamedBy(sending);
  const guess = named ?? (sending.to === 'room' ? ports.guesses.get(connectionId) : undefined);
  const exactly = sending.to === 'room' && sending.ifSeq !== undefined;
  const [sender, guessed] = await Promise.all([
    senderOf(connectionId, ports),
    guess === undefined ? undefined : stateOf(guess, exactly, ports),
  ]);
  if (sender === undefined) return 'unknown_connection';
  return sendFrom(sender, sending, { named, guess, guessed }, ports);
}

async function sendFrom(
  sender: Connection,
  sending: Sending,
  read: { named: string | undefined; guess: string | undefined; guessed: RoomState | undefined },
  ports: SendingPorts,
): Promise<Accepted> {
  const { named, guess, guessed } = read;
  const roomId = named ?? (sending.to === 'room' ? sender.rooms.at(-1) : undefined);
  const state = roomId === guess ? guessed : undefined;
  const destination = destinationOf(sending, sender, { roomId, state }, ports);
  const counted = countMessage(sender.userId, ports);
  // Both have their say when the message is kept.
  counted.catch(() => {});
  const keep = async () => {
    const [to] = await Promise.all([destination, counted]);
    return numberAndKeep(sending, sender, to, ports);
  };

  const { clientMessageId } = sending;
  if (clientMessageId === undefined) {
    const message = await keep();
    await announce(message, ports);
    return { ...message, duplicate: false };
  }
  const reservation: Reservation = {
    sent: sentKey(sender.userId, clientMessageId),
    body: bodyHash(meaningOf(sending, named)),
    roomId: sending.to === 'person' ? await roomOf(destination) : roomId,
    by: newId('a'),
    at: ports.now(),
  };
  return sendOnce(reservation, { clientMessageId, senderId: sender.userId, destination, keep }, ports);
}

/**
 * Where a name leads to is settled before the id is reserved, so that the message is looked for there whoever goes by
 * the name then. A name that leads nowhere is refused when the message is kept.
 */
function roomOf(destination: Promise<Destination>): Promise<string | undefined> {
  return destination.then(
    ({ room }) => room.roomId,
    () => undefined,
  );
}

async function sendOnce(
  reservation: Reservation,
  message: {
    clientMessageId: string;
    senderId: string;
    destination: Promise<Destination>;
    keep: () => Promise<Message>;
  },
  ports: SendingPorts,
): Promise<Accepted> {
  const { clientMessageId, senderId, destination, keep } = message;
  // It has its say when the message is kept; a reply from before goes out whatever has become of the room.
  const settled = destination.catch(() => undefined);
  const earlier = await reserveOrFind(reservation, ports.dedupe, async ({ roomId, at }) =>
    roomId === undefined ? undefined : findSent(roomId, { senderId, clientMessageId, since: at }, ports),
  ).finally(() => settled);
  if (earlier !== undefined) {
    const { roomId, seq, epoch, acceptedAt } = earlier;
    const room = await ports.rooms.find(roomId);
    return { roomId, seq, epoch, acceptedAt, room: room?.name ?? roomId, duplicate: true };
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

/** What makes two frames of one id the same message: not whom a name means by now, nor which room was joined last. */
function meaningOf(sending: Sending, named: string | undefined): (string | undefined)[] {
  switch (sending.to) {
    case 'room':
      return ['message', named, sending.text];
    case 'person':
      return ['private', nameKeyOf(sending.person), sending.text];
    case 'message':
      return [sending.kind, messageIdOf(sending.roomId, sending.seq), sending.text];
  }
}

async function numberAndKeep(
  sending: Sending,
  sender: Connection,
  { room, last }: Destination,
  ports: SendingPorts,
): Promise<Message> {
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
  const head = Math.max(room.head, last);
  return sending.to === 'room' && sending.ifSeq !== undefined
    ? appendAfter(sending.ifSeq, draft, head, ports)
    : append(draft, head, ports);
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

/** Without it the next frame with this id finds the message in the room. */
async function finish(reservation: Reservation, message: Message, ports: SendingPorts): Promise<void> {
  await ports.dedupe.finish(reservation, message).catch((error: unknown) =>
    ports.log.error('reservation left unfinished', error, {
      messageId: messageIdOf(message.roomId, message.seq),
    }),
  );
}

/** Without it the next frame with this id is told to wait until nobody can be at work on it. */
async function release(reservation: Reservation, { dedupe, log }: SendingPorts): Promise<void> {
  await dedupe.release(reservation).catch((error: unknown) => log.error('reservation left standing', error));
}
