import { archiveMessage } from '../../handlers/chat/recall/history';
import { messageIdOf } from '../../handlers/chat/ids';
import { pushOf } from '../../handlers/chat/messages';
import { DAY } from '../support/memory/clock';
import { SECRET_TEXT } from '../support/memory/examples';
import { senders } from './senders';

const MESSAGE = { action: 'sendMessage', message: SECRET_TEXT };

/** A room of three with one message of the first. */
async function roomWithMessage() {
  const room = await senders(3);
  const { messageId } = (await room.send(MESSAGE)) as { messageId: string };
  const [, stranger, moderator] = room.people;
  const { roomId, now, members } = room;
  await members.enter({ roomId, userId: moderator!.userId, role: 'moderator', since: now() });
  await members.enter({ roomId, userId: stranger!.userId, role: 'member', since: now() });
  return { ...room, messageId, stranger: stranger!, moderator: moderator! };
}

const COMMANDS = [
  ['editMessage', { message: 'better' }],
  ['deleteMessage', {}],
] as const;

describe.each(COMMANDS)('%s', (action, fields) => {
  it('is a numbered message that refers to the other, and its push says so', async () => {
    const { send, kept, messageId, person, roomId, bus } = await roomWithMessage();
    const reply = await send({ action, messageId, ...fields, clientMessageId: 'e1', id: 9 });
    expect(reply).toMatchObject({ id: 9, ok: true, seq: 2, messageId: messageIdOf(roomId, 2) });
    const entry = kept()[1]!;
    const { message: text = '' } = fields as { message?: string };
    expect(entry).toMatchObject({ ref: 1, text, senderId: person.userId, clientMessageId: 'e1' });
    const push = pushOf(entry);
    expect(push).toMatchObject({
      type: action === 'editMessage' ? 'edited' : 'deleted',
      ref: messageId,
      seq: 2,
      clientMessageId: 'e1',
      ...fields,
    });
    expect(JSON.stringify(push).includes(SECRET_TEXT)).toBe(false);
    expect(bus.events.at(-1)?.detail).toMatchObject({ roomId, seq: 2 });
  });

  it('is for the author and for moderators, not for others in the room', async () => {
    const { send, kept, messageId, stranger, moderator } = await roomWithMessage();
    const frame = { action, messageId, ...fields };
    expect((await send(frame, stranger.connectionId)).error).toMatchObject({
      name: 'permission_denied',
      field: '/messageId',
    });
    expect(await send(frame, moderator.connectionId)).toMatchObject({ ok: true });
    expect(await send(frame)).toMatchObject({ ok: true });
    expect(kept()).toHaveLength(3);
  });

  it('finds a message that has left the outbox in the archive', async () => {
    const room = await roomWithMessage();
    const { send, messageId, stranger, outbox, history, rooms, roomId, now, kept } = room;
    await history.keep(kept()[0]!, undefined);
    await outbox.markArchived(roomId, 1, now());
    rooms.raiseHead(roomId, 1);
    outbox.close(roomId, 1, now() - DAY);
    room.sweepExpired();
    expect(outbox.rows.size).toBe(0);
    const frame = { action, messageId, ...fields };
    expect((await send(frame, stranger.connectionId)).error).toMatchObject({ name: 'permission_denied' });
    expect(await send(frame)).toMatchObject({ ok: true, seq: 2 });
  });

  it('refuses what is no message: no such number, an edit or a deletion, or one deleted before', async () => {
    const { send, messageId, roomId, history, kept } = await roomWithMessage();
    const refused = async (id: string) => {
      const { error } = await send({ action, messageId: id, ...fields });
      expect(error).toMatchObject({ name: 'bad_request', field: '/messageId' });
    };
    await refused(messageIdOf(roomId, 2));
    await refused('nonsense');
    await send({ action: 'editMessage', messageId, message: 'better' });
    await refused(messageIdOf(roomId, 2));
    await send({ action: 'deleteMessage', messageId });
    for (const message of kept()) await archiveMessage(message, undefined, history);
    await refused(messageId);
  });

  it('says of a room that one is not in what it says of one that does not exist', async () => {
    const { send, rooms, outbox, now, kept } = await roomWithMessage();
    const { roomId } = await rooms.open({ roomId: 'r_elsewhere00000', name: 'elsewhere' });
    await outbox.append({ ...kept()[0]!, roomId, seq: 1, appendId: 'another' }, now());
    const ask = async (messageId: string) => (await send({ action, messageId, ...fields })).error;
    const there = await ask(messageIdOf(roomId, 1));
    expect(there).toMatchObject({ name: 'unknown_room', field: '/messageId' });
    expect(await ask(messageIdOf(roomId, 2))).toEqual(there);
    expect(await ask('r_nowhere0000000.1')).toEqual(there);
  });

  it('changes nothing in a closed room', async () => {
    const { send, messageId, rooms, roomId, now } = await roomWithMessage();
    await rooms.close(roomId, now());
    expect((await send({ action, messageId, ...fields })).error).toMatchObject({ name: 'not_available' });
  });
});
