import { MEMBER_JOINED } from '../../handlers/chat/events';
import { slotOf } from '../../handlers/chat/ids';
import { UNKNOWN_CONNECTION } from '../../handlers/chat/protocol/answers';
import { resumeReply, type RecoveredRoom, type UnrecoveredRoom } from '../../handlers/chat/protocol/replies';
import { DAY, SECOND } from '../support/memory/clock';
import { aConnection, aRoomId, SECRET_NAME, SECRET_ROOM } from '../support/memory/examples';
import { onceSeen } from './commands';
import { numbers, recalling, seqsOf } from './recalling';

describe('resuming a room', () => {
  it('gives exactly what came after the position', async () => {
    const it = await recalling();
    await it.times(45, it.sayAndArchive);
    const answer = await it.resume(40);
    expect(answer).toMatchObject({
      recovered: true,
      roomId: it.roomId,
      epoch: it.room.epoch,
      seq: 45,
      more: false,
    });
    expect(seqsOf(messagesOf(answer))).toEqual([41, 42, 43, 44, 45]);
  });

  it('works from a position that was taken when nobody had said anything', async () => {
    const it = await recalling();
    const nothing = { recovered: true, messages: [], seq: 0, more: false };
    expect(await it.resume(0)).toMatchObject(nothing);
    await it.times(2, it.say);
    const answer = await it.resume(0);
    expect(seqsOf(messagesOf(answer))).toEqual([1, 2]);
    expect(await it.resume(2)).toMatchObject({ ...nothing, seq: 2 });
  });

  it('goes on page after page until the head, each message once', async () => {
    const it = await recalling();
    await it.times(250, it.sayAndArchive);
    const seen: number[] = [];
    for (let more = true, seq = 7; more;) {
      const answer = recovered(await it.resume(seq));
      expect(answer.messages.length).toBeLessThanOrEqual(100);
      seen.push(...seqsOf(answer.messages));
      ({ seq, more } = answer);
      expect(seq).toBe(seen.at(-1));
    }
    expect(seen).toEqual(numbers(8, 250));
  });

  it('tops up from the outbox where the archive is behind or has a hole', async () => {
    const it = await recalling();
    const messages = await it.times(10, it.say);
    for (const seq of [1, 2, 3, 5, 6]) await it.archive(messages[seq - 1]!);
    it.leaveOutbox(1, 2, 3, 5);
    expect(seqsOf(messagesOf(await it.resume(0)))).toEqual(numbers(1, 10));
  });

  it('tells a deleted message from a lost one, because the gap of its text is what was wanted', async () => {
    const it = await recalling();
    await it.times(2, it.sayAndArchive);
    await it.sayAndArchive({ kind: 'delete', ref: 1, text: '' });
    expect(messagesOf(await it.resume(0))).toMatchObject([
      { type: 'tombstone', seq: 1, reason: 'deleted' },
      { type: 'message', seq: 2 },
      { type: 'deleted', seq: 3, ref: `${it.roomId}.1` },
    ]);
  });
});

describe('what cannot be resumed', () => {
  it('is a stream with a hole: missing, with the head to go on from', async () => {
    const it = await recalling();
    await it.times(5, it.sayAndArchive);
    it.leaveOutbox(3);
    it.loseFromArchive(3);
    const head = { roomId: it.roomId, epoch: it.room.epoch, seq: 5 };
    expect(await it.resume(1)).toEqual({ recovered: false, reason: 'missing', ...head });
    expect(await it.resume(3)).toMatchObject({ recovered: true, seq: 5 });
  });

  it('is what expired: retention, whether the rows are deleted already or not', async () => {
    const it = await recalling({ retentionDays: 1 });
    await it.times(3, it.sayAndArchive);
    it.clock.advance(DAY - SECOND);
    await it.times(2, it.sayAndArchive);
    expect(await it.resume(0)).toMatchObject({ recovered: false, reason: 'retention', seq: 5 });
    expect(await it.resume(2)).toMatchObject({ recovered: false, reason: 'retention', seq: 5 });
    expect(await it.resume(3)).toMatchObject({ recovered: true, seq: 5 });
    it.leaveOutbox(1, 2, 3);
    it.history.sweepExpired();
    expect(await it.resume(2)).toMatchObject({ recovered: false, reason: 'retention' });
    expect(await it.resume(3)).toMatchObject({ recovered: true, seq: 5 });
  });

  it('is an expired row of the outbox that never came into the archive', async () => {
    const it = await recalling({ retentionSeconds: 5 });
    await it.say();
    it.clock.advance(5 * SECOND);
    expect(await it.resume(0)).toMatchObject({ recovered: false, reason: 'retention' });
  });

  it('is a position of another epoch, even one that fits', async () => {
    const it = await recalling();
    await it.times(2, it.sayAndArchive);
    const answer = { recovered: false, reason: 'epoch_changed', epoch: it.room.epoch, seq: 2 };
    expect(await it.resume(1, 'e_before')).toMatchObject(answer);
  });

  it('is a position above the head, because somebody has seen what this room has lost', async () => {
    const it = await recalling();
    await it.sayAndArchive();
    expect(await it.resume(2)).toMatchObject({ recovered: false, reason: 'missing', seq: 1 });
  });

  it('is more than 10,000 messages: too far', async () => {
    const it = await recalling();
    it.rooms.raiseHead(it.roomId, 10_001);
    expect(await it.resume(0)).toMatchObject({ recovered: false, reason: 'too_far', seq: 10_001 });
    expect(await it.resume(1)).toMatchObject({ recovered: false, reason: 'missing' });
  });

  it('is a room of others, and the answer does not tell whether there is such a room', async () => {
    const it = await recalling();
    const other = aRoomId();
    await it.rooms.open({ roomId: other, name: 'secret club' });
    const removed = aConnection(it.now(), { rooms: [it.roomId] });
    const banned = aConnection(it.now(), { rooms: [] });
    for (const one of [removed, banned]) await it.connections.add(one);
    await it.members.ban({ roomId: it.roomId, userId: banned.userId, since: it.now() });
    const ask = async (connectionId: string, roomId: string) => {
      const rooms = { [roomId]: { epoch: it.room.epoch, seq: 0 } };
      return (await it.ask({ action: 'resume', rooms }, connectionId)).rooms;
    };
    for (const [connectionId, roomId] of [
      [it.person.connectionId, other],
      [it.person.connectionId, aRoomId()],
      // Still in the connection's row, but no member any more.
      [removed.connectionId, it.roomId],
      [banned.connectionId, it.roomId],
    ] as const) {
      expect(await ask(connectionId, roomId)).toEqual({
        [roomId]: { recovered: false, reason: 'not_member' },
      });
    }
  });
});

describe('resuming on a new connection', () => {
  async function comingBack() {
    const it = await recalling();
    await it.times(3, it.sayAndArchive);
    const connection = aConnection(it.now(), { rooms: [], userId: it.person.userId });
    await it.connections.add(connection);
    const { connectionId, userId } = connection;
    const resume = async (seq: number) => {
      const rooms = { [it.roomId]: { epoch: it.room.epoch, seq } };
      return resumeReply.parse(await it.ask({ action: 'resume', rooms }, connectionId)).rooms[it.roomId];
    };
    const slot = slotOf(it.roomId, userId, connectionId);
    return { ...it, connectionId, userId, slot, resumeThere: resume };
  }

  it('enters the rooms of its person, so that what comes next is pushed to it', async () => {
    const it = await comingBack();
    expect(await it.resumeThere(1)).toMatchObject({ recovered: true, seq: 3 });
    expect((await it.connections.find(it.connectionId))?.rooms).toEqual([it.roomId]);
    expect(await it.audience.find(it.roomId, [it.slot])).toHaveLength(1);
    const { roomId, userId, connectionId } = it;
    expect(it.bus.events).toEqual([{ type: MEMBER_JOINED, detail: { roomId, userId, connectionId } }]);
    await it.resumeThere(3);
    expect(it.bus.events).toHaveLength(1);
  });

  it('enters them also where nothing can be recovered, because the client goes on from the head', async () => {
    const it = await comingBack();
    expect(await it.resumeThere(4)).toMatchObject({ recovered: false, seq: 3 });
    expect(await it.audience.find(it.roomId, [it.slot])).toHaveLength(1);
  });

  it('looks where a room stands after it has entered it: nothing falls between reply and pushes', async () => {
    const it = await comingBack();
    it.calls.made.length = 0;
    await it.resumeThere(1);
    const { made } = it.calls;
    expect(made.indexOf('outbox.lastSeq')).toBeGreaterThan(made.indexOf('audience.join'));
    expect(made.indexOf('history.range')).toBeGreaterThan(made.indexOf('outbox.lastSeq'));
  });

  it('only reads a closed room, in which nothing happens any more', async () => {
    const it = await comingBack();
    await it.rooms.close(it.roomId, it.now());
    expect(await it.resumeThere(1)).toMatchObject({ recovered: true, seq: 3 });
    expect(it.bus.events).toEqual([]);
  });

  it('does not let somebody back in who is taken out meanwhile', async () => {
    const it = await comingBack();
    onceSeen(it, it, () => it.members.remove(it.roomId, it.userId));
    expect(await it.resumeThere(1)).toEqual({ recovered: false, reason: 'not_member' });
    expect(await it.members.find(it.roomId, it.userId)).toBeUndefined();
    expect(await it.audience.find(it.roomId, [it.slot])).toEqual([]);
  });

  it('says goodbye where the connection ended meanwhile', async () => {
    const it = await comingBack();
    const admit = it.connections.admit.bind(it.connections);
    it.connections.admit = async (connectionId, taking) => {
      const connection = await admit(connectionId, taking);
      await it.connections.remove(connectionId);
      return connection;
    };
    const rooms = { [it.roomId]: { epoch: it.room.epoch, seq: 1 } };
    expect(await it.ask({ action: 'resume', rooms }, it.connectionId)).toEqual(UNKNOWN_CONNECTION);
    expect(await it.audience.find(it.roomId, [it.slot])).toEqual([]);
  });
});

describe('resuming many rooms', () => {
  async function manyRooms(count: number, messages: number, text: string) {
    const it = await recalling();
    const positions: Record<string, { epoch: string; seq: number }> = {};
    for (let room = 0; room < count; room += 1) {
      const name = `${SECRET_ROOM} ${room}`;
      const roomId = aRoomId();
      const { epoch } = await it.rooms.open({ roomId, name });
      await it.members.enter({ roomId, userId: it.person.userId, role: 'member', since: it.now() });
      for (let seq = 1; seq <= messages; seq += 1) {
        const message = await it.say({ text });
        it.outbox.rows.clear();
        await it.history.keep({ ...message, epoch, roomId, room: name, seq }, undefined);
      }
      it.rooms.raiseHead(roomId, messages);
      positions[roomId] = { epoch, seq: 0 };
    }
    const resume = async (rooms = positions) =>
      resumeReply.parse(await it.ask({ action: 'resume', rooms })).rooms;
    return { ...it, positions, resumeAll: resume };
  }

  it('shares 30 KB: rooms that do not fit get no messages and more, and the next command goes on', async () => {
    const it = await manyRooms(12, 5, 'é'.repeat(500));
    let positions = it.positions;
    const seen = new Map<string, number[]>();
    let replies = 0;
    while (Object.keys(positions).length > 0) {
      const answers = Object.entries(await it.resumeAll(positions));
      replies += 1;
      expect(answers).toHaveLength(Object.keys(positions).length);
      for (const [roomId, answer] of answers) {
        seen.set(roomId, [...(seen.get(roomId) ?? []), ...seqsOf(recovered(answer).messages)]);
      }
      positions = Object.fromEntries(
        answers.flatMap(([roomId, answer]) => {
          const { epoch, seq, more } = recovered(answer);
          return more ? [[roomId, { epoch, seq }]] : [];
        }),
      );
    }
    expect(replies).toBeGreaterThan(2);
    expect([...seen.values()]).toEqual(Array.from({ length: 12 }, () => [1, 2, 3, 4, 5]));
  });

  it('gives the first message of all even if it fills the reply, because paging must go on', async () => {
    const it = await manyRooms(2, 2, '\u0001'.repeat(4700));
    const answers = Object.values(await it.resumeAll()).map((one) => seqsOf(recovered(one).messages));
    expect(answers).toEqual([[1], []]);
  });

  it('answers 50 rooms of long names in one reply, and refuses more', async () => {
    const it = await recalling();
    const positions = (count: number, name: string) =>
      Object.fromEntries(numbers(1, count).map((room) => [`${name} ${room}`, { epoch: 'e', seq: 0 }]));
    const reply = await it.ask({ action: 'resume', rooms: positions(50, 'é'.repeat(60)) });
    expect(Object.keys(reply.rooms as object)).toHaveLength(50);
    expect(await it.ask({ action: 'resume', rooms: positions(51, 'a') })).toMatchObject({
      error: { name: 'limit_exceeded', field: '/rooms' },
    });
  });

  it('refuses names so long that the reply would be too', async () => {
    const it = await recalling();
    const name = (room: number) => `a${' '.repeat(230)}\u{1f600}${room}`;
    const rooms = Object.fromEntries(numbers(1, 50).map((room) => [name(room), { epoch: 'e', seq: 0 }]));
    expect(await it.ask({ action: 'resume', rooms })).toMatchObject({ ok: true });
    const padded = Object.fromEntries(
      numbers(1, 50).map((room) => [`${'\u3000'.repeat(240)}a${room}`, { epoch: 'e', seq: 0 }]),
    );
    expect(await it.ask({ action: 'resume', rooms: padded })).toMatchObject({
      error: { name: 'too_large', field: '/rooms' },
    });
  });

  it.each([
    [{}, '/rooms'],
    [{ rooms: [] }, '/rooms'],
    [{ rooms: { [SECRET_NAME]: { epoch: 'e', seq: -1 } } }, `/rooms/${SECRET_NAME}/seq`],
    [{ rooms: { [SECRET_NAME]: { seq: 1 } } }, `/rooms/${SECRET_NAME}/epoch`],
    [{ rooms: { 'a\u202eb': { epoch: 'e', seq: 0 } } }, '/rooms'],
  ])('refuses %j naming the field, and logs no name', async (fields, field) => {
    const it = await recalling();
    const reply = await it.ask({ action: 'resume', ...fields });
    expect(reply).toMatchObject({ ok: false, error: { name: 'bad_request', field } });
  });

  it('is not led astray by names that objects have of their own', async () => {
    const it = await recalling();
    const body =
      '{"action":"resume","rooms":{"__proto__":{"epoch":"e","seq":0},"constructor":{"epoch":"e","seq":0}}}';
    const { rooms } = await it.ask(JSON.parse(body));
    expect(rooms).toMatchObject({ constructor: { recovered: false, reason: 'not_member' } });
  });
});

function recovered(answer: RecoveredRoom | UnrecoveredRoom): RecoveredRoom {
  if (!answer.recovered) throw new Error(`Not recovered: ${answer.reason}`);
  return answer;
}

function messagesOf(answer: RecoveredRoom | UnrecoveredRoom) {
  return recovered(answer).messages;
}
