import { pushOf } from '../../handlers/chat/messages';
import { UNKNOWN_CONNECTION } from '../../handlers/chat/protocol/answers';
import { DAY, SECOND } from '../support/memory/clock';
import { aConnection, aRoomId, SECRET_NAME, SECRET_ROOM, SECRET_TEXT } from '../support/memory/examples';
import { numbers, recalling, seqsOf, type Recalling } from './recalling';

describe('paging through history', () => {
  it('gives each message as it was pushed, ascending, and the newest page where no bound is given', async () => {
    const it = await recalling();
    const messages = await it.times(130, it.sayAndArchive);
    const page = await it.page();
    expect(page).toMatchObject({ roomId: it.roomId, epoch: it.room.epoch, more: true });
    expect(page.messages).toEqual(
      messages.slice(30).map((one) => JSON.parse(JSON.stringify(pushOf(one))) as unknown),
    );
  });

  it('S4, ChatHistory: goes back below a number until the first message, without a hole or a message twice', async () => {
    const it = await recalling();
    await it.times(25, it.sayAndArchive);
    const pages = [];
    for (let before = 26, more = true; more;) {
      const page = await it.page({ before, limit: 10 });
      pages.push(seqsOf(page.messages));
      before = page.messages[0]!.seq;
      more = page.more;
    }
    expect(pages).toEqual([numbers(16, 25), numbers(6, 15), numbers(1, 5)]);
  });

  it('goes forward above a number until the last message or the upper bound', async () => {
    const it = await recalling();
    await it.times(25, it.sayAndArchive);
    const seqs = async (bounds: Record<string, unknown>) => {
      const { messages, more } = await it.page(bounds);
      return [seqsOf(messages), more];
    };
    expect(await seqs({ after: 0, limit: 10 })).toEqual([numbers(1, 10), true]);
    expect(await seqs({ after: 15, limit: 10 })).toEqual([numbers(16, 25), false]);
    expect(await seqs({ after: 3, before: 9 })).toEqual([numbers(4, 8), false]);
    expect(await seqs({ after: 3, before: 9, limit: 2 })).toEqual([[4, 5], true]);
    expect(await seqs({ after: 25 })).toEqual([[], false]);
    expect(await seqs({ after: 900, before: 3 })).toEqual([[], false]);
    expect(await seqs({ before: 0 })).toEqual([[], false]);
    expect(await seqs({ before: 1 })).toEqual([[], false]);
    expect(await seqs({ before: 900, limit: 1 })).toEqual([[25], true]);
  });

  it('is empty in a room where nobody has said anything', async () => {
    const it = await recalling();
    expect(await it.page()).toMatchObject({ messages: [], more: false });
  });

  it('gives as many messages as fit into 30 KB, and each in one of the pages', async () => {
    const it = await recalling();
    await it.times(20, () => it.sayAndArchive({ text: 'é'.repeat(2500) }));
    const up = await it.page({ after: 0 });
    expect(seqsOf(up.messages)).toEqual(numbers(1, 5));
    expect(up.more).toBe(true);
    const down = await it.page({ before: 21 });
    expect(seqsOf(down.messages)).toEqual(numbers(16, 20));
    expect(down.more).toBe(true);
  });

  it('gives a message that fills a reply alone, because paging must go on', async () => {
    const it = await recalling();
    await it.times(3, () => it.sayAndArchive({ text: '\u0001'.repeat(4800) }));
    expect(seqsOf((await it.page({ after: 1 })).messages)).toEqual([2]);
    expect(seqsOf((await it.page({ before: 2 })).messages)).toEqual([1]);
  });

  it('tops up from the outbox what the archive does not have yet, or has a hole for', async () => {
    const it = await recalling();
    const messages = await it.times(10, it.say);
    for (const seq of [1, 2, 4, 5]) await it.archive(messages[seq - 1]!);
    const page = await it.page();
    expect(seqsOf(page.messages)).toEqual(numbers(1, 10));
    expect(page.messages.every(({ type }) => type === 'message')).toBe(true);
  });

  it('reads the archive alone where that has all, because most pages are old', async () => {
    const it = await recalling();
    await it.times(3, it.sayAndArchive);
    it.calls.made.length = 0;
    await it.page();
    const counted = ['connections.admit', 'limits.take'];
    expect(it.calls.made).toEqual([...counted, 'rooms.find', 'outbox.lastSeq', 'history.range']);
  });

  it('says of a message that is in neither that it is missing, and does not hide the hole', async () => {
    const it = await recalling();
    await it.times(5, it.sayAndArchive);
    it.leaveOutbox(1, 2, 3);
    it.loseFromArchive(2);
    const page = await it.page();
    expect(seqsOf(page.messages)).toEqual(numbers(1, 5));
    expect(page.messages[1]).toEqual({
      type: 'tombstone',
      room: SECRET_ROOM,
      roomId: it.roomId,
      seq: 2,
      epoch: it.room.epoch,
      messageId: `${it.roomId}.2`,
      reason: 'missing',
    });
  });
});

describe('retention in history', () => {
  const reasons = async ({ page }: Recalling, bounds = {}) =>
    (await page(bounds)).messages.map((push) => (push.type === 'tombstone' ? push.reason : push.type));

  it('leaves a tombstone of what has expired, whether the row is deleted already or not, and of what is missing says so', async () => {
    const it = await recalling({ retentionDays: 1 });
    await it.times(3, it.sayAndArchive);
    it.clock.advance(DAY / 2);
    await it.times(3, it.sayAndArchive);
    it.clock.advance(DAY / 2);
    it.leaveOutbox(1, 2, 3, 4, 5, 6);
    it.loseFromArchive(1, 5);
    expect(await reasons(it)).toEqual(['expired', 'expired', 'expired', 'message', 'missing', 'message']);
    expect(JSON.stringify(await it.page({ before: 4 }))).not.toContain(SECRET_TEXT);
    expect(await reasons(it, { after: 4 })).toEqual(['missing', 'message']);
    expect(await reasons(it, { after: 0, before: 3 })).toEqual(['expired', 'expired']);
  });

  it('goes by the room’s own retention before the setting, in the archive as in the outbox', async () => {
    const it = await recalling({ retentionDays: 30, retentionSeconds: 10 });
    await it.sayAndArchive();
    await it.say();
    expect(await reasons(it)).toEqual(['message', 'message']);
    it.clock.advance(9 * SECOND);
    expect(await reasons(it)).toEqual(['expired', 'message']);
    it.clock.advance(SECOND);
    expect(await reasons(it)).toEqual(['expired', 'expired']);
    expect(JSON.stringify(await it.page())).not.toContain(SECRET_TEXT);
  });

  it('ends a walk back at what has expired, because below it everything has', async () => {
    const it = await recalling({ retentionSeconds: 60 });
    await it.times(300, it.sayAndArchive);
    const page = await it.page();
    expect(seqsOf(page.messages)).toEqual(numbers(201, 300));
    expect(page.more).toBe(false);
  });
});

describe('edits and deletions in history', () => {
  it('shows a message as it was edited last, with the number of that edit, and each edit under its own number', async () => {
    const it = await recalling();
    const [first, second] = await it.times(2, it.sayAndArchive);
    const edit = await it.sayAndArchive({ kind: 'edit', ref: 1, text: 'said better' });
    const { messages } = await it.page();
    expect(messages).toMatchObject([
      { type: 'message', seq: 1, message: 'said better', rev: edit.seq, messageId: `${it.roomId}.1` },
      { type: 'message', seq: 2, message: second!.text },
      { type: 'edited', seq: 3, message: 'said better', ref: `${it.roomId}.${first!.seq}` },
    ]);
    expect(messages[1]).not.toHaveProperty('rev');
  });

  it('shows nothing of a deleted message and its edits in any state of archive and outbox, once the deletion is archived', async () => {
    for (let state = 0; state < 16; state += 1) {
      const it = await recalling();
      const messages = [
        await it.say(),
        await it.say({ kind: 'edit', ref: 1 }),
        await it.say({ text: 'another' }),
        await it.say({ kind: 'delete', ref: 1, text: '' }),
        await it.say({ kind: 'edit', ref: 1 }),
      ];
      for (const [bit, index] of [0, 1, 2, 4].entries()) {
        if ((state & (1 << bit)) !== 0) await it.archive(messages[index]!);
      }
      await it.archive(messages[3]!);
      const wanted = [
        ['tombstone', 'deleted'],
        ['tombstone', 'deleted'],
        ['message', undefined],
        ['deleted', undefined],
        ['tombstone', 'deleted'],
      ];
      const { messages: page } = await it.page();
      expect(page.map((push) => [push.type, 'reason' in push ? push.reason : undefined])).toEqual(wanted);
      // Pages that hold only some of them know it just as well.
      const single = await Promise.all(numbers(1, 5).map((seq) => it.page({ after: seq - 1, limit: 1 })));
      const resumed = await it.resume(0);
      expect(JSON.stringify([page, single, resumed])).not.toContain(SECRET_TEXT);
    }
  });

  it('hides it within a page even before the deletion is archived', async () => {
    const it = await recalling();
    await it.sayAndArchive();
    await it.sayAndArchive({ kind: 'edit', ref: 1 });
    await it.say({ kind: 'delete', ref: 1, text: '' });
    expect(JSON.stringify(await it.page())).not.toContain(SECRET_TEXT);
  });
});

describe('who may read history', () => {
  it('is whoever is in the room, by this connection or as a member by another', async () => {
    const it = await recalling();
    await it.sayAndArchive();
    const elsewhere = aConnection(it.now(), { rooms: [], userId: it.person.userId });
    await it.connections.add(elsewhere);
    const reply = await it.ask({ action: 'history', room: it.roomId }, elsewhere.connectionId);
    expect(reply).toMatchObject({ ok: true, messages: [{ seq: 1 }] });
    expect(await it.ask({ action: 'history', id: 'h' })).toMatchObject({
      ok: true,
      id: 'h',
      roomId: it.roomId,
    });
  });

  it('is each of the two of a direct room, which nobody joins', async () => {
    const people = ['u_aaaaaaaaaaaaaa', 'u_bbbbbbbbbbbbbb'] as const;
    const it = await recalling({ kind: 'direct', people, name: 'nobody sees this' });
    await it.sayAndArchive();
    for (const userId of [...people, 'u_cccccccccccccc']) {
      const connection = aConnection(it.now(), { rooms: [], userId });
      await it.connections.add(connection);
      const reply = await it.ask({ action: 'history', roomId: it.roomId }, connection.connectionId);
      expect(reply.ok).toBe(userId !== 'u_cccccccccccccc');
    }
  });

  it('is nobody else, and what they are told does not tell whether there is such a room', async () => {
    const it = await recalling();
    await it.sayAndArchive();
    const stranger = aConnection(it.now(), { rooms: [] });
    const banned = aConnection(it.now(), { rooms: [] });
    for (const one of [stranger, banned]) await it.connections.add(one);
    await it.members.ban({ roomId: it.roomId, userId: banned.userId, since: it.now() });
    const refusals = [];
    for (const { connectionId } of [stranger, banned]) {
      for (const roomId of [it.roomId, aRoomId()]) {
        refusals.push(await it.ask({ action: 'history', roomId }, connectionId));
      }
    }
    expect(refusals[0]).toMatchObject({ ok: false, error: { name: 'unknown_room', field: '/roomId' } });
    expect(new Set(refusals.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it.each([
    [{ limit: 0 }, '/limit'],
    [{ limit: 101 }, '/limit'],
    [{ before: -1 }, '/before'],
    [{ after: '3' }, '/after'],
    [{ roomId: SECRET_NAME + '\u202e' }, '/roomId'],
  ])('refuses %j naming the field', async (fields, field) => {
    const it = await recalling();
    const reply = await it.ask({ action: 'history', ...fields });
    expect(reply).toMatchObject({ ok: false, error: { name: 'bad_request', field } });
  });

  it('says goodbye to a connection that it does not know, and knows no other action', async () => {
    const it = await recalling();
    expect(await it.ask({ action: 'history' }, 'gone=')).toEqual(UNKNOWN_CONNECTION);
    expect(await it.ask({ action: 'remember' })).toMatchObject({ error: { name: 'unknown_action' } });
  });
});
