import { bodyHash, reserveOrFind, sentKey, type Numbered, type Reservation } from './dedupe';
import type { Sending } from './destinations';
import { messageIdOf, newId } from '../ids';
import type { Log, Now } from '../ports';
import type { ChatHistory, Dedupe, Outbox } from '../storage/messages';
import type { Rooms } from '../storage/rooms';
import { findSent } from './sent';
import { nameKeyOf } from '../users';

export interface OncePorts {
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly history: ChatHistory;
  readonly dedupe: Dedupe;
  readonly log: Log;
  readonly now: Now;
}

/** An id that is reserved for a message, unless there is an earlier one of it. */
export interface Reserved {
  readonly reservation: Reservation;
  readonly earlier: Numbered | undefined;
}

/**
 * Reserves the `clientMessageId` of a message, where it has one.
 * @param named the room that the frame names
 * @param roomId the room that it goes to, as soon as that is known; undefined where there is none
 * @returns what is to be finished or released, unless there is an earlier message
 * @throws ClientError `conflict`, `busy`: see `reserveOrFind`
 */
export async function reserve(
  senderId: string,
  clientMessageId: string,
  sending: Sending,
  { named, roomId }: { named: string | undefined; roomId: string | Promise<string | undefined> | undefined },
  ports: OncePorts,
): Promise<Reserved> {
  const reservation: Reservation = {
    sent: sentKey(senderId, clientMessageId),
    body: bodyHash(meaningOf(sending, named)),
    roomId: await roomId,
    by: newId('a'),
    at: ports.now(),
  };
  const earlier = await reserveOrFind(reservation, ports.dedupe, async ({ roomId: room, at }) =>
    room === undefined ? undefined : findSent(room, { senderId, clientMessageId, since: at }, ports),
  );
  return { reservation, earlier };
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

/** Without it the next frame with this id finds the message in the room. */
export async function finish(reservation: Reservation, message: Numbered, ports: OncePorts): Promise<void> {
  await ports.dedupe.finish(reservation, message).catch((error: unknown) =>
    ports.log.error('reservation left unfinished', error, {
      messageId: messageIdOf(message.roomId, message.seq),
    }),
  );
}

/** Without it the next frame with this id is told to wait until nobody can be at work on it. */
export async function release(reservation: Reservation, { dedupe, log }: OncePorts): Promise<void> {
  await dedupe.release(reservation).catch((error: unknown) => log.error('reservation left standing', error));
}
