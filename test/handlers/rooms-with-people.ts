import { audienceRows, type Connection } from '../../handlers/chat/connections';
import { planAudience } from '../../handlers/chat/fan-out/audience-plan';
import type { Message, MessageDraft } from '../../handlers/chat/messages';
import { messageIdOf } from '../../handlers/chat/ids';
import { aConnection, aDraft, SECRET_ROOM } from '../support/memory/examples';
import { world } from '../support/memory/world';
import { capturedLog } from '../support/memory/captured-log';

export const PLAN_SETTINGS = { segmentSize: 2000, inlineParts: 5, postsPerSecond: 7000 };

/** A room of so many people, and the log that handlers write to. */
export async function roomWithPeople(count: number) {
  const it = { ...world(), log: capturedLog().log };
  const people = Array.from({ length: count }, () => aConnection(it.now()));
  const { roomId } = await it.rooms.open({ roomId: aDraft(0).roomId, name: SECRET_ROOM });
  for (const person of people) await enter(it, person);
  return { ...it, world: it, roomId, people };
}

export type PeopledRoom = Awaited<ReturnType<typeof roomWithPeople>>;

export async function enter(
  { connections, audience }: Pick<PeopledRoom, 'connections' | 'audience'>,
  person: Connection,
) {
  await connections.add(person);
  await audience.join(audienceRows(person));
}

/** A message of the first of these people, kept in the outbox and claimed for its first attempt. */
export async function claimedMessage(room: PeopledRoom, overrides: Partial<MessageDraft> = {}) {
  const [sender] = room.people;
  const draft = aDraft(room.now(), { senderId: sender!.userId, origin: sender!.connectionId, ...overrides });
  const message: Message = { ...draft, seq: (await room.outbox.lastSeq(room.roomId)) + 1 };
  await room.outbox.append(message, room.now() + 30_000);
  const claim = { attempt: 0, claimant: 'run-1', dueAt: room.now() + 90_000 };
  await room.outbox.claim(room.roomId, message.seq, claim);
  return { ...message, messageId: messageIdOf(room.roomId, message.seq) };
}

/** The plan of a message as claim-and-plan would store it. */
export async function plan(room: PeopledRoom, messageId: string, settings = PLAN_SETTINGS) {
  const sample = await room.audience.sample(room.roomId, 256);
  return room.ledger.storePlan(messageId, planAudience(sample, settings));
}
