import { MESSAGE_ACCEPTED } from '../../handlers/chat/events';
import { messageIdOf } from '../../handlers/chat/ids';
import { capturedLog } from '../support/memory/captured-log';
import { HOUR, MINUTE } from '../support/memory/clock';
import { aConnection, SECRET_NAME, SECRET_ROOM, SECRET_TEXT } from '../support/memory/examples';
import { senders } from './senders';

const MESSAGE = { action: 'sendMessage', message: SECRET_TEXT };

describe('accepting a message', () => {
  it('keeps it under the room’s next number, says so with ids alone, and replies', async () => {
    const { send, outbox, bus, roomId, person, now } = await senders();
    const messageId = messageIdOf(roomId, 1);
    const entry = expect.objectContaining({
      text: SECRET_TEXT,
      sender: SECRET_NAME,
      origin: person.connectionId,
    });
    expect(await send({ ...MESSAGE, id: 'c1', sender: 'Mallory' })).toEqual({
      id: 'c1',
      ok: true,
      messageId,
      room: SECRET_ROOM,
      roomId,
      seq: 1,
      epoch: expect.any(String),
      timestamp: new Date(now()).toISOString(),
      duplicate: false,
    });
    expect(await outbox.find(roomId, 1)).toEqual(entry);
    expect(bus.events).toEqual([
      { type: MESSAGE_ACCEPTED, detail: { messageId, roomId, seq: 1, attempt: 0 } },
    ]);
    expect(await send({ ...MESSAGE, id: 'c2' })).toMatchObject({ id: 'c2', seq: 2 });
  });

  it.each([
    ['not JSON ' + SECRET_TEXT, 'bad_request', undefined],
    [{ action: 'default' }, 'bad_request', '/message'],
    [{ action: 'nope', message: SECRET_TEXT }, 'unknown_action', '/action'],
    [{ ...MESSAGE, message: SECRET_TEXT.repeat(9) }, 'too_large', '/message'],
    [{ ...MESSAGE, room: 'canary room elsewhere' }, 'unknown_room', '/room'],
    [{ ...MESSAGE, roomId: 'r_00000000000000' }, 'unknown_room', '/roomId'],
    [{ ...MESSAGE, room: '\u0000' }, 'bad_request', '/room'],
  ])('refuses %j with %s and keeps nothing', async (frame, name, field) => {
    const { send, outbox, bus } = await senders();
    const reply = await send(frame);
    expect(reply).toMatchObject({ ok: false, error: { name, temporary: false, traceId: 'trace' } });
    expect((reply.error as { field?: string }).field).toBe(field);
    expect([outbox.rows.size, bus.events.length]).toEqual([0, 0]);
  });

  it.each([
    ['sendmsg', 'sendMessage'],
    ['SENDMESSAGE', 'sendMessage'],
    ['send', 'sendMessage'],
    ['editMesage', 'editMessage'],
    ['joinroom', 'joinRoom'],
    [7, 'sendMessage'],
  ])(
    'names the action nearest to %j, because most unknown actions are misspelt ones',
    async (action, nearest) => {
      const { send } = await senders();
      expect((await send({ ...MESSAGE, action })).error).toMatchObject({
        name: 'unknown_action',
        message: expect.stringContaining(` ${nearest}.`),
      });
    },
  );

  it('S3, keep-alive to no route: answers the tutorials’ keep-alive without a message, and renews the lease by it', async () => {
    const { send, outbox, connections, person, clock } = await senders();
    clock.advance(5 * MINUTE);
    expect(await send({ action: 'send', data: 'ping', id: 3 })).toEqual({
      id: 3,
      ok: true,
      pong: true,
      rooms: {},
      next: null,
    });
    expect(await connections.find(person.connectionId)).toMatchObject({ seenAt: clock.now() });
    expect(outbox.rows.size).toBe(0);
    expect(await send({ action: 'send', data: 'ping' }, 'unknown=')).toMatchObject({
      type: 'bye',
      code: 3010,
    });
  });

  it('writes nothing into a closed room, because it can be read and no more', async () => {
    const { send, rooms, roomId, now, outbox } = await senders();
    await rooms.close(roomId, now());
    expect((await send(MESSAGE)).error).toMatchObject({ name: 'not_available', temporary: false });
    expect(outbox.rows.size).toBe(0);
  });

  it('takes a message from a member whose connection has not joined the room yet, as after coming back', async () => {
    const { send, members, rooms, roomId, now, connections, person, calls } = await senders();
    const { userId } = person;
    const back = aConnection(now(), { userId, rooms: [] });
    await connections.add(back);
    const refusal = async () => (await send({ ...MESSAGE, roomId }, back.connectionId)).error;
    const unknown = { name: 'unknown_room', field: '/roomId' };
    expect(await refusal()).toMatchObject(unknown);
    await members.wait({ roomId, userId, since: now(), waitingConnectionId: back.connectionId });
    expect(await refusal()).toMatchObject(unknown);
    await members.admit(roomId, userId);
    expect(await send({ ...MESSAGE, roomId }, back.connectionId)).toMatchObject({ ok: true, seq: 1 });
    await rooms.close(roomId, now());
    expect(await refusal()).toMatchObject({ name: 'not_available' });
    await members.ban({ roomId, userId, since: now() });
    expect(await refusal()).toMatchObject(unknown);
    const before = calls.made.length;
    await send({ ...MESSAGE, roomId });
    expect(calls.made.slice(before)).not.toContain('members.find');
  });

  it('renews the lease of who talks, because many never ping', async () => {
    const { send, connections, person, clock } = await senders();
    clock.advance(2 * MINUTE);
    await send(MESSAGE);
    expect(await connections.find(person.connectionId)).toMatchObject({ seenAt: clock.now() });
  });

  it('repeats the id of a refused command, because its sender waits for exactly that reply', async () => {
    const { send } = await senders();
    expect(await send({ action: 'nope', id: 17 })).toMatchObject({ id: 17, ok: false });
  });

  it('says bye to a connection without a live row, because only connecting again helps', async () => {
    const { send, clock, outbox } = await senders();
    const bye = { type: 'bye', code: 3010, reconnect: true };
    expect(await send(MESSAGE, 'unknown=')).toMatchObject(bye);
    clock.advance(3 * HOUR);
    expect(await send(MESSAGE)).toMatchObject(bye);
    expect(outbox.rows.size).toBe(0);
  });

  it.each(['refuses', 'fails'] as const)(
    'replies ok when the bus %s, because the next sweep says it again',
    async (state) => {
      const { send, bus, outbox, roomId, now } = await senders();
      bus.state = state;
      expect(await send(MESSAGE)).toMatchObject({ ok: true, seq: 1 });
      expect(bus.events).toEqual([]);
      expect(await outbox.overdue(1, now() + 1)).toEqual([{ roomId, seq: 1 }]);
    },
  );

  it('numbers on above the head of a room whose rows have expired, because numbers are given once', async () => {
    const { send, rooms, roomId } = await senders();
    rooms.raiseHead(roomId, 41);
    expect(await send(MESSAGE)).toMatchObject({ seq: 42 });
  });

  it('S4, the timestamp as sort key: gives 20 senders at once numbers without gap or double', async () => {
    const { send } = await senders();
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(MESSAGE)));
    const numbers = replies.map(({ seq }) => Number(seq)).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('S4, broadcast first, store later: never says ok to what is not kept, and tells a fault of ours apart, whatever call fails', async () => {
    const clean = await senders();
    const start = clean.calls.made.length;
    await clean.send(MESSAGE);
    const made = clean.calls.made.slice(start);
    expect(made).toContain('outbox.append');
    for (const index of made.keys()) {
      for (const when of ['before', 'after'] as const) {
        const { send, calls, outbox, roomId } = await senders();
        calls.failAt(calls.made.length + index, when);
        const reply = await send({ ...MESSAGE, id: 'c1' });
        if (reply.ok === true) expect(await outbox.find(roomId, 1)).toMatchObject({ text: SECRET_TEXT });
        else expect(reply).toMatchObject({ id: 'c1', error: { name: 'internal', temporary: true } });
        // A client that tries again after a lost answer may be heard twice, never not at all; numbers stay whole.
        const again = await send(MESSAGE);
        expect(again.seq).toBe([...outbox.rows.keys()].length);
      }
    }
  });

  it('tells client and log that something broke but not in whose words, because errors quote what they choke on', async () => {
    const { send, calls } = await senders();
    calls.failAt(calls.made.length, 'before');
    const reply = await send(MESSAGE);
    expect(JSON.stringify(reply)).not.toContain('canary');
    expect(capturedLog().lines.join()).toContain('command failed');
  });
});
