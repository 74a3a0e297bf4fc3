import type { Runtime } from '../../local/runtime';
import type { Frame } from '../support/chat-client';
import { eventually } from '../support/eventually';
import { idOf, peopleAt, pushesOf, type Person, type Reply } from '../support/people';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';

let runtime: Runtime;
let pool: UserPool;
const { person, signedIn, goodbye } = peopleAt(
  () => runtime.url,
  () => pool,
);

beforeAll(async () => {
  runtime = await startTestRuntime({ context: { alerts: 'off' } });
  pool = new UserPool(runtime);
}, 120_000);
afterEach(goodbye);
afterAll(async () => {
  pool.close();
  await runtime.close();
}, 30_000);

describe('what people in other rooms hear', () => {
  test('nothing that happens in a room reaches somebody who is in another one', async () => {
    const [ann, bob, eve] = [
      await signedIn('Ann'),
      await person('Bob'),
      await person('Eve', { room: 'a room for Eve alone' }),
    ];
    const { roomId } = await ann.ask('createRoom', { name: 'private matters' });
    await bob.ask('joinRoom', { roomId });
    const userId = await idOf(bob);
    const everything: [Person, string, object?][] = [
      [bob, 'typing', { roomId }],
      [bob, 'sendMessage', { roomId, message: 'one' }],
      [bob, 'receipt', { roomId, readSeq: 1 }],
      [bob, 'setName', { name: 'Robert' }],
      [bob, 'editMessage', { messageId: `${String(roomId)}.1`, message: 'two' }],
      [bob, 'deleteMessage', { messageId: `${String(roomId)}.1` }],
      [bob, 'signal', { to: await idOf(ann), data: { offer: 1 } }],
      [ann, 'remove', { roomId, userId }],
      [bob, 'joinRoom', { roomId }],
      [bob, 'leaveRoom', { roomId }],
      [ann, 'closeRoom', { roomId }],
    ];
    for (const [who, action, fields] of everything)
      expect({ action, reply: await who.ask(action, fields) }).toMatchObject({ action, reply: { ok: true } });
    await eventually(() =>
      expect(pushesOf(ann, roomId)).toContainEqual(expect.objectContaining({ reason: 'room_closed' })),
    );
    await runtime.stateMachines.idle();

    const heard = new Set(pushesOf(ann, roomId).map(({ type }) => type));
    for (const type of ['joined', 'typing', 'message', 'edited', 'deleted', 'renamed'])
      expect(heard).toContain(type);
    expect(eve.client.frames.filter((frame) => !isReply(frame))).toEqual([]);
  }, 60_000);

  test('whoever is not in a room hears of it in every command what they hear of none', async () => {
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

function isReply(frame: Frame): boolean {
  return typeof frame === 'object' && 'ok' in frame;
}

/** A reply byte for byte, but for the id of the command and of the request. */
function withoutIds(reply: Reply): string {
  return JSON.stringify({ ...reply, id: '', error: { ...reply.error, traceId: '' } });
}
