import { messageIdOf } from '../../handlers/chat/ids';
import { missedOfPart, missedParts } from '../../handlers/chat/fan-out/ledger';
import { postToPart } from '../../handlers/fan-out/post-to-part';
import { sumUp } from '../../handlers/fan-out/sum-up';
import { eventually } from '../support/eventually';
import { HOUR } from '../support/memory/clock';
import { aConnection, roomRow, SECRET_NAME, SECRET_ROOM, SECRET_TEXT } from '../support/memory/examples';
import { everyCrash } from './every-crash';
import { claimedMessage, enter, plan, roomWithPeople, type PeopledRoom } from './rooms-with-people';

/** A planned message of the first of so many people, in one part, and a worker to post it. */
async function planned(people: number, { echo = false, remaining = 60_000 } = {}) {
  const room = await roomWithPeople(people);
  const { messageId } = await claimedMessage(room, { echo });
  const thePlan = await plan(room, messageId);
  const ports = {
    ...room,
    pause: (milliseconds: number) => Promise.resolve(room.clock.advance(milliseconds)),
    remaining: () => remaining,
  };
  const post = (attempt = 1, cursor: string | null = null) =>
    postToPart({ messageId, attempt, part: 0, plan: thePlan, cursor }, ports);
  const [sender, ...others] = room.people;
  return { ...room, messageId, thePlan, ports, post, sender: sender!, others };
}

const framesOf = ({ sockets }: Pick<PeopledRoom, 'sockets'>, people: { connectionId: string }[]) =>
  people.map(({ connectionId }) => sockets.received(connectionId).length);

describe('posting to a part', () => {
  it('S4, no echo: brings everybody but its sender the message once, and counts', async () => {
    const it = await planned(4);
    expect(await it.post()).toEqual({
      messageId: it.messageId,
      attempt: 1,
      part: 0,
      plan: it.thePlan,
      cursor: null,
      posted: 3,
      gone: 0,
      failed: 0,
    });
    expect(framesOf(it, it.others)).toEqual([1, 1, 1]);
    expect(it.sockets.received(it.sender.connectionId)).toEqual([]);
    const frame = JSON.parse(it.sockets.received(it.others[0]!.connectionId)[0]!);
    expect(frame).toMatchObject({
      type: 'message',
      room: SECRET_ROOM,
      seq: 1,
      messageId: it.messageId,
      senderId: it.sender.userId,
      sender: SECRET_NAME,
      message: SECRET_TEXT,
    });
  });

  it('brings it to its sender too who asked for an echo', async () => {
    const it = await planned(2, { echo: true });
    expect(await it.post()).toMatchObject({ posted: 2 });
    expect(framesOf(it, it.people)).toEqual([1, 1]);
  });

  it('brings it to the sender’s other devices, because only the sending socket has its reply', async () => {
    const it = await planned(1);
    const phone = aConnection(it.now(), { userId: it.sender.userId });
    await enter(it, phone);
    await it.post();
    expect(framesOf(it, [it.sender, phone])).toEqual([0, 1]);
  });

  it('passes over rows whose lease is over', async () => {
    const it = await planned(2);
    await enter(it, aConnection(it.now(), { openedAt: it.now() - 3 * HOUR }));
    expect(await it.post()).toMatchObject({ posted: 1, gone: 0, failed: 0 });
  });

  it('records who is gone and who failed, and the redrive goes to the failed alone', async () => {
    const it = await planned(4);
    const [well, gone, ill] = it.others;
    it.sockets.gone(gone!.connectionId);
    it.sockets.failing(ill!.connectionId, 1);
    expect(await it.post()).toMatchObject({ posted: 1, gone: 1, failed: 1 });
    expect(await sumUp({ messageId: it.messageId }, it)).toMatchObject({
      parts: [0],
      roomId: it.roomId,
      seq: 1,
    });
    const [record] = await it.ledger.records(it.messageId, 0);
    expect(record).toMatchObject({
      posted: [roomRow(well!).slot.slice(0, 20)],
      gone: [roomRow(gone!).slot],
      failed: [{ slot: roomRow(ill!).slot, reason: 'status_500' }],
    });

    expect(await it.post(2)).toMatchObject({ attempt: 2, posted: 1, gone: 0, failed: 0 });
    expect(framesOf(it, it.others)).toEqual([1, 0, 1]);
    expect(await sumUp({ messageId: it.messageId }, it)).toMatchObject({ parts: [] });
  });

  it('counts a failed recipient gone who left before the redrive, because nobody is there to post to', async () => {
    const it = await planned(2);
    it.sockets.failing(it.others[0]!.connectionId);
    await it.post();
    await it.audience.leave([roomRow(it.others[0]!)]);
    expect(await it.post(2)).toMatchObject({ posted: 0, gone: 1, failed: 0 });
    expect(await sumUp({ messageId: it.messageId }, it)).toMatchObject({ parts: [] });
  });

  it('does not call a connection gone whose upgrade is under way, because gone is pruned', async () => {
    const it = await planned(1);
    const arriving = aConnection(it.now(), { openedAt: it.now() - 10 });
    await enter(it, arriving);
    it.sockets.gone(arriving.connectionId, 4);
    expect(await it.post()).toMatchObject({ posted: 0, gone: 0, failed: 1 });
    expect(await it.post(2)).toMatchObject({ posted: 1, gone: 0, failed: 0 });
  });

  it('stops with a cursor when its time runs out, and goes on after it without posting anything twice', async () => {
    const it = await planned(8, { remaining: 0 });
    it.audience.pageSize = 3;
    const first = await it.post();
    expect(first).toMatchObject({ cursor: expect.any(String) });
    expect(await it.ledger.records(it.messageId, 0)).toMatchObject([{ finished: false }]);
    const second = await it.post(1, first.cursor);
    const last = await it.post(1, second.cursor);
    expect(last).toMatchObject({ cursor: null, posted: 7 });
    expect(framesOf(it, it.others)).toEqual(it.others.map(() => 1));
    expect(await it.ledger.records(it.messageId, 0)).toMatchObject([{ finished: true }]);
  });

  it('begins no page that its pace would not let it finish, because a worker that is ended leaves unknown outcomes', async () => {
    const it = await planned(8, { remaining: 45_000 });
    it.audience.pageSize = 3;
    const at = (postsPerSecond: number) =>
      postToPart(
        {
          messageId: it.messageId,
          attempt: 1,
          part: 0,
          plan: { ...it.thePlan, postsPerSecond },
          cursor: null,
        },
        it.ports,
      );
    // A full page of 1,000 takes 50 s at this pace, and 10 s at the other.
    expect(await at(20)).toMatchObject({ cursor: expect.any(String) });
    expect(await at(100)).toMatchObject({ cursor: null });
  });

  it('S1, all connections: takes pages one after the other while there is time', async () => {
    const it = await planned(8);
    it.audience.pageSize = 3;
    expect(await it.post()).toMatchObject({ cursor: null, posted: 7 });
    expect(framesOf(it, it.others)).toEqual(it.others.map(() => 1));
  });

  it('goes on to the next page while somebody of this one is slow, and is done only when they are', async () => {
    const it = await planned(8);
    it.audience.pageSize = 3;
    const byPage = (
      await it.audience.find(
        it.roomId,
        it.people.map((person) => roomRow(person).slot),
      )
    )
      .toSorted((a, b) => (a.slot < b.slot ? -1 : 1))
      .filter(({ connectionId }) => connectionId !== it.sender.connectionId);
    const [slow, ...well] = byPage;
    let wake: () => void = () => undefined;
    it.sockets.slow(slow!.connectionId, new Promise((resolve) => (wake = resolve)));

    const posting = it.post();
    await eventually(() => expect(framesOf(it, well)).toEqual([1, 1, 1, 1, 1, 1]));
    expect((await it.ledger.records(it.messageId, 0))[0]).toMatchObject({ posted: [], finished: false });
    wake();
    expect(await posting).toMatchObject({ posted: 7, gone: 0, failed: 0, cursor: null });
    expect((await it.ledger.records(it.messageId, 0))[0]).toMatchObject({ finished: true });
  });

  it('notes that it has begun before anybody is posted to, because a worker may die with the outcomes', async () => {
    const it = await planned(2);
    let release = () => {};
    it.sockets.slow(it.others[0]!.connectionId, new Promise((resolve) => (release = resolve)));
    const posting = it.post();
    await eventually(() => expect(it.calls.made).toContain('sockets.post'));
    expect(await it.ledger.records(it.messageId, 0)).toMatchObject([{ attempt: 1, finished: false }]);
    release();
    expect(await posting).toMatchObject({ posted: 1 });
  });

  it('has nothing to do for a part that is done, because an event may come again', async () => {
    const it = await planned(3);
    await it.post();
    expect(await it.post(2)).toMatchObject({ posted: 0, gone: 0, failed: 0, cursor: null });
    expect(framesOf(it, it.others)).toEqual([1, 1]);
  });

  it('posts on after a crash anywhere, so that in the end everybody has it', async () => {
    const crashes = await everyCrash(async () => {
      const it = await planned(4);
      let attempt = 0;
      return {
        world: it.world,
        // A worker that dies is followed by the next attempt.
        run: () => it.post((attempt += 1)),
        check: async () => {
          // At least once: a worker that dies between posting and noting it is not known to have posted.
          for (const count of framesOf(it, it.others)) expect([1, 2]).toContain(count);
          const records = await it.ledger.records(it.messageId);
          expect(missedParts(it.thePlan, records)).toEqual([]);
        },
      };
    });
    expect(crashes).toBeGreaterThanOrEqual(10);
  });

  it('posts nothing twice when it is tried again after its outcomes were noted', async () => {
    const it = await planned(3);
    const start = it.calls.made.length;
    await it.post();
    const add = it.calls.made.indexOf('ledger.add', start) - start;

    const again = await planned(3);
    again.calls.failAt(again.calls.made.length + add, 'after');
    await expect(again.post()).rejects.toThrow('ledger.add');
    expect(await again.post()).toMatchObject({ posted: 2 });
    expect(framesOf(again, again.others)).toEqual([1, 1]);
  });

  it('counts what is so when all is done, because a second run of an attempt makes good what failed in the first', async () => {
    const it = await planned(5);
    const [well, gone, mended, ill] = it.others;
    it.sockets.gone(gone!.connectionId);
    it.sockets.failing(mended!.connectionId, 1);
    it.sockets.failing(ill!.connectionId);
    expect(await it.post()).toMatchObject({ posted: 1, gone: 1, failed: 2 });
    expect(await it.post()).toMatchObject({ posted: 2, gone: 1, failed: 1 });
    expect(missedOfPart(await it.ledger.records(it.messageId, 0))).toEqual([roomRow(ill!).slot]);

    it.sockets.gone(ill!.connectionId);
    expect(await it.post()).toMatchObject({ posted: 2, gone: 2, failed: 0 });
    expect(missedOfPart(await it.ledger.records(it.messageId, 0))).toEqual([]);
    expect(framesOf(it, [well!, mended!])).toEqual([1, 1]);
  });

  it('counts who failed before its cursor, because nobody asks them again in this attempt', async () => {
    const it = await planned(8, { remaining: 0 });
    it.audience.pageSize = 3;
    for (const { connectionId } of it.others) it.sockets.failing(connectionId);
    let last = await it.post();
    expect(last.cursor).not.toBeNull();
    while (last.cursor !== null) last = await it.post(1, last.cursor);
    expect(last).toMatchObject({ posted: 0, failed: 7 });
    expect(missedOfPart(await it.ledger.records(it.messageId, 0))).toHaveLength(7);
  });

  it('throws without an entry or a message id, and summing up without a plan, because each of these is a fault of ours', async () => {
    const it = await planned(1);
    const post = (messageId: string) =>
      postToPart({ messageId, attempt: 1, part: 0, plan: it.thePlan, cursor: null }, it.ports);
    await expect(post(messageIdOf(it.roomId, 9))).rejects.toThrow('outbox entry');
    await expect(post('nonsense')).rejects.toThrow('message id');
    await expect(sumUp({ messageId: messageIdOf(it.roomId, 10) }, it)).rejects.toThrow('plan');
    await expect(postToPart({}, it.ports)).rejects.toThrow();
  });
});
