import { push } from '../../handlers/chat/protocol/pushes';
import type { Frame } from '../support/chat-client';
import { eventually } from '../support/eventually';
import { idOf, type Person, type Reply } from '../support/people';
import { peopleOfARuntime } from '../support/people-of-a-runtime';

// Ten seconds pass before somebody is said to have left.
const { person, signedIn, runtime } = peopleOfARuntime({ speed: 4 });

describe('what people in other rooms hear', () => {
  test('S4, every room’s messages: nothing that happens in a room reaches somebody who is in another one', async () => {
    const [ann, bob, eve] = [
      await signedIn('Ann'),
      await person('Bob'),
      await person('Eve', { room: 'a room for Eve alone' }),
    ];
    const { roomId } = await ann.ask('createRoom', { name: 'private matters' });
    const behindADoor = { data: { group_name: 'behind a door', approval: true } };
    const meetings = [];
    for (let count = 0; count < 3; count += 1) meetings.push(await ann.ask('createMeeting', behindADoor));
    const [one, two, three] = meetings.map(({ group_id, roomId: meeting }) => ({
      group_id,
      roomId: meeting,
    }));
    const [userId, to] = [await idOf(bob), await idOf(ann)];
    // What each does, and who hears what of it before the next.
    const everything: [Person, string, object, Person, string][] = [
      [bob, 'joinRoom', { roomId }, ann, 'joined'],
      [bob, 'typing', { roomId }, ann, 'typing'],
      [bob, 'sendMessage', { roomId, message: 'one' }, ann, 'message'],
      [bob, 'receipt', { roomId, readSeq: 1 }, ann, 'receipts'],
      [bob, 'setName', { name: 'Robert' }, ann, 'renamed'],
      [bob, 'editMessage', { messageId: `${String(roomId)}.1`, message: 'two' }, ann, 'edited'],
      [bob, 'deleteMessage', { messageId: `${String(roomId)}.1` }, ann, 'deleted'],
      [bob, 'signal', { to, data: { offer: 1 } }, ann, 'signal'],
      [bob, 'joinMeeting', { data: { group_id: one!.group_id } }, ann, 'waiting'],
      [ann, 'admit', { roomId: one!.roomId, userId }, bob, 'admitted'],
      [bob, 'joinMeeting', { data: { group_id: two!.group_id } }, ann, 'waiting'],
      [ann, 'refuse', { roomId: two!.roomId, userId }, bob, 'refused'],
      [ann, 'admit', { roomId: three!.roomId, userId }, bob, 'invited'],
      [bob, 'leaveRoom', { roomId }, ann, 'left'],
      [bob, 'joinRoom', { roomId }, ann, 'joined'],
      [ann, 'remove', { roomId, userId }, bob, 'removed'],
      [ann, 'closeRoom', { roomId }, ann, 'removed'],
    ];
    for (const [who, action, fields, hearer, type] of everything) {
      expect({ action, reply: await who.ask(action, fields) }).toMatchObject({ action, reply: { ok: true } });
      await eventually(() => expect(typesHeard(hearer)).toContain(type), { timeout: 20_000 });
    }
    await runtime().stateMachines.idle();

    // Everything that can be pushed but `bye`, which is about a connection and no room.
    const all = push.def.options
      .map((option) => option.def.shape.type.def.values[0])
      .filter((type) => type !== 'bye');
    expect([...new Set([...typesHeard(ann), ...typesHeard(bob)])].sort()).toEqual(all.sort());
    expect(eve.client.frames.filter((frame) => !isReply(frame))).toEqual([]);
  }, 60_000);

  test('S0, access control: whoever is not in a room hears of it in every command what they hear of none', async () => {
    const [ann, eve] = [await signedIn('Ann'), await signedIn('Eve')];
    const { roomId } = await ann.ask('createRoom', { name: 'unheard of' });
    const meeting = await ann.ask('createMeeting', { data: 'secret' });
    await ann.ask('sendMessage', { roomId, message: 'one' });
    await ann.ask('sendMessage', { roomId: meeting.roomId, message: 'one' });
    const userId = await idOf(ann);
    const commands: [string, (roomId: string) => object][] = [
      ['sendMessage', (room) => ({ roomId: room, message: 'x' })],
      ['sendMessage', (room) => ({ roomId: room, message: 'x', ifSeq: 1 })],
      ['editMessage', (room) => ({ messageId: `${room}.1`, message: 'x' })],
      ['deleteMessage', (room) => ({ messageId: `${room}.1` })],
      ['history', (room) => ({ roomId: room })],
      ['typing', (room) => ({ roomId: room })],
      ['receipt', (room) => ({ roomId: room, readSeq: 1 })],
      ['members', (room) => ({ roomId: room })],
      ['leaveRoom', (room) => ({ roomId: room })],
      ...['remove', 'ban', 'unban', 'admit', 'refuse'].map((action): [string, (room: string) => object] => [
        action,
        (room) => ({ roomId: room, userId }),
      ]),
      ['setRole', (room) => ({ roomId: room, userId, role: 'member' })],
      ['closeRoom', (room) => ({ roomId: room })],
      ['revokeCode', (room) => ({ roomId: room })],
    ];
    for (const [action, fieldsFor] of commands) {
      const replies = [];
      for (const room of [roomId, 'r_00000000000000', meeting.roomId, 'm_00000000000000'].map(String))
        replies.push(withoutIds(await eve.ask(action, fieldsFor(room))));
      expect({ action, replies: new Set(replies).size }).toEqual({ action, replies: 1 });
      expect(replies[0]).toContain('unknown_room');
    }
    // `resume` answers each room of its own.
    const at = { epoch: 'e_x', seq: 0 };
    const asked = [roomId, 'r_00000000000000', meeting.roomId, 'm_00000000000000'].map(String);
    const { rooms } = await eve.ask('resume', { rooms: Object.fromEntries(asked.map((room) => [room, at])) });
    for (const room of asked) {
      expect((rooms as Record<string, unknown>)[room]).toEqual({ recovered: false, reason: 'not_member' });
    }
  }, 60_000);
});

/** The types of all pushes that somebody got so far. */
function typesHeard({ client }: Person): unknown[] {
  return client.frames.flatMap((frame) => (typeof frame === 'object' && 'type' in frame ? [frame.type] : []));
}

function isReply(frame: Frame): boolean {
  return typeof frame === 'object' && 'ok' in frame;
}

/** A reply byte for byte, but for the id of the command and of the request. */
function withoutIds(reply: Reply): string {
  return JSON.stringify({ ...reply, id: '', error: { ...reply.error, traceId: '' } });
}
