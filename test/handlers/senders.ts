import { HeadHints, RoomGuesses } from '../../handlers/chat/sending/hints';
import { acceptMessage } from '../../handlers/websocket/accept-message';
import { roomWithPeople } from './rooms-with-people';

/** The reply that a sender got. */
export type Reply = Record<string, unknown>;

/** A room of so many people who send through the function that accepts messages; the first of them unless told. */
export async function senders(count = 1) {
  const room = await roomWithPeople(count);
  const ports = { ...room, hints: new HeadHints(), guesses: new RoomGuesses(), maxTextBytes: 100 };
  const [person] = room.people;
  const send = async (frame: unknown, connectionId = person!.connectionId): Promise<Reply> => {
    const body = typeof frame === 'string' ? frame : JSON.stringify(frame);
    const userId = room.connections.rows.get(connectionId)?.userId;
    // As after a handshake that an authorizer looked at; it knows nobody of a connection that is not there.
    const authorizer = userId === undefined ? undefined : { userId };
    const event = { requestContext: { connectionId, requestId: 'trace', authorizer }, body };
    const answer = await acceptMessage(event, ports);
    expect(answer.statusCode).toBe(200);
    return JSON.parse(answer.body) as Reply;
  };
  /** Every message that was kept, by number. */
  const kept = () => [...room.outbox.rows.values()].map(({ entry }) => entry).sort((a, b) => a.seq - b.seq);
  return { ...room, person: person!, send, kept };
}
