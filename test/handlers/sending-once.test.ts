import { messageIdOf } from '../../handlers/chat/ids';
import { findSent } from '../../handlers/chat/sending/sent';
import { DAY, HOUR, SECOND } from '../support/memory/clock';
import { everyCrash } from './every-crash';
import { senders, type Reply } from './senders';
import { aConnection, aDraft, SECRET_TEXT } from '../support/memory/examples';

const MESSAGE = { action: 'sendMessage', message: SECRET_TEXT, clientMessageId: 'm1' };
/** As long as a client is ever told to wait for one message, and a little more. */
const PATIENCE = 16 * SECOND;

const numbersOf = (replies: readonly Reply[]) =>
  new Set(replies.filter(({ ok }) => ok === true).map(({ seq }) => seq));

describe('a message with an id of its sender’s', () => {
  it('is kept once, and sent again gives the first reply again, marked as a duplicate', async () => {
    const { send, kept, bus } = await senders();
    const first = await send({ ...MESSAGE, id: 1 });
    expect(first).toMatchObject({ ok: true, seq: 1, duplicate: false });
    await send({ action: 'sendMessage', message: 'another' });
    expect(await send({ ...MESSAGE, id: 2 })).toEqual({ ...first, id: 2, duplicate: true });
    expect(kept().map(({ clientMessageId }) => clientMessageId)).toEqual(['m1', undefined]);
    expect(bus.events).toHaveLength(2);
  });

  it('gives the first reply for six days, also when the sender has left the room and its entry has expired', async () => {
    const { send, connections, now, clock, person, rooms, roomId, outbox, sweepExpired } = await senders();
    const first = await send(MESSAGE);
    await outbox.markArchived(roomId, 1, now());
    rooms.raiseHead(roomId, 1);
    outbox.close(roomId, 1, now() + DAY);
    clock.advance(6 * DAY);
    sweepExpired();
    const later = aConnection(now(), { userId: person.userId, rooms: [] });
    await connections.add(later);
    expect(await send({ ...MESSAGE, roomId }, later.connectionId)).toMatchObject({ ok: false });
    expect(await send(MESSAGE, later.connectionId)).toEqual({ ...first, duplicate: true });
  });

  it('sent 20 times at once is one message, and every ok says the same number', async () => {
    const { send, kept, clock } = await senders();
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(MESSAGE)));
    for (const { ok, error } of replies) {
      if (ok !== true) expect(error).toMatchObject({ name: 'busy', temporary: true, retryAfterMs: 250 });
    }
    clock.advance(250);
    const again = await Promise.all(Array.from({ length: 20 }, () => send(MESSAGE)));
    expect(again.map(({ ok }) => ok)).toEqual(Array.from({ length: 20 }, () => true));
    expect(numbersOf([...replies, ...again])).toEqual(new Set([1]));
    expect(kept()).toHaveLength(1);
  });

  it('is one message and one number wherever an invocation ends, and is accepted in the end', async () => {
    const crashes = await everyCrash(async () => {
      const { send, kept, clock, world } = await senders();
      const replies: Reply[] = [];
      return {
        world,
        run: async () => {
          const reply = await send(MESSAGE);
          replies.push(reply);
          if (reply.ok === true) return;
          expect(reply).toMatchObject({ error: { temporary: true } });
          clock.advance(PATIENCE);
        },
        check: async () => {
          replies.push(await send(MESSAGE));
          expect(replies.at(-1)).toMatchObject({ ok: true });
          expect(numbersOf(replies)).toEqual(new Set([1]));
          expect(kept()).toHaveLength(1);
        },
      };
    });
    expect(crashes).toBeGreaterThanOrEqual(12);
  });

  it('is one message also where the look for it and the second try are cut short at every call', async () => {
    const crashes = await everyCrash(async () => {
      const { send, kept, clock, world, calls } = await senders();
      const replies: Reply[] = [];
      const attempt = async () => {
        const reply = await send(MESSAGE);
        replies.push(reply);
        if (reply.ok !== true) clock.advance(PATIENCE);
      };
      // The message is kept, its reply is lost: who comes next must find it.
      await send({ action: 'sendMessage', message: 'before' });
      calls.failAt(calls.made.length + (await callsUntil('outbox.append')), 'after');
      await attempt();
      expect([replies.length, kept().length]).toEqual([1, 2]);
      return {
        world,
        run: attempt,
        check: async () => {
          await attempt();
          expect(replies.at(-1)).toMatchObject({ ok: true, seq: 2, duplicate: true });
          expect(numbersOf(replies)).toEqual(new Set([2]));
          expect(kept()).toHaveLength(2);
        },
      };
    });
    expect(crashes).toBeGreaterThanOrEqual(8);
  });

  it('tells a second sender to wait a little longer each time while the first may be at work', async () => {
    const { send, clock, calls } = await senders();
    await send({ action: 'sendMessage', message: 'before' });
    calls.failAt(calls.made.length + (await callsUntil('outbox.append')), 'before');
    await send(MESSAGE);
    const waits: number[] = [];
    let reply = await send(MESSAGE);
    while (reply.ok !== true) {
      const { retryAfterMs } = reply.error as { retryAfterMs: number };
      waits.push(retryAfterMs);
      clock.advance(retryAfterMs);
      reply = await send(MESSAGE);
    }
    expect(waits).toEqual([250, 250, 500, 1000, 2000, 4000, 7000]);
    expect(reply).toMatchObject({ seq: 2, duplicate: false });
  });

  it('is found in the archive where it has left the outbox, among thousands that came before and after', async () => {
    const { send, calls, clock, now, roomId, rooms, outbox, history, person, connections, sweepExpired } =
      await senders();
    const others = 400;
    const archiveAll = async (last: number) => {
      for (let seq = 1; seq <= last; seq += 1) {
        const entry = await outbox.find(roomId, seq);
        if (entry === undefined) continue;
        await history.keep(entry, undefined);
        await outbox.markArchived(roomId, seq, now());
        outbox.close(roomId, seq, now() + DAY);
      }
    };
    const chatter = async () => {
      for (let count = 0; count < others; count += 1) {
        clock.advance(200);
        await send({ action: 'sendMessage', message: 'chatter' });
      }
    };
    await chatter();
    calls.failAt(calls.made.length + (await callsUntil('outbox.append')), 'after');
    expect(await send(MESSAGE)).toMatchObject({ ok: false });
    await chatter();
    await archiveAll(2 * others + 1);
    rooms.raiseHead(roomId, 2 * others + 1);
    clock.advance(3 * DAY);
    sweepExpired();
    expect(outbox.rows.size).toBe(0);
    const back = aConnection(now(), { userId: person.userId });
    await connections.add(back);
    expect(await send(MESSAGE, back.connectionId)).toMatchObject({
      ok: true,
      seq: others + 1,
      duplicate: true,
    });
  });

  it('is found where a message that took as long as an invocation can live came after it with an older time', async () => {
    const { outbox, rooms, history, roomId, now, person } = await senders();
    const wanted = { senderId: person.userId, clientMessageId: 'm1', since: now() };
    const accepted = [now(), now() - 9 * SECOND];
    for (const [index, acceptedAt] of accepted.entries()) {
      const id = index === 0 ? { clientMessageId: 'm1' } : {};
      const draft = aDraft(acceptedAt, { roomId, senderId: person.userId, ...id });
      await outbox.append({ ...draft, seq: index + 1 }, 0);
    }
    expect(await findSent(roomId, wanted, { rooms, outbox, history })).toMatchObject({ seq: 1 });
  });

  it.each([
    ['another text', { ...MESSAGE, message: 'else' }],
    ['another room', { ...MESSAGE, room: 'canary room' }],
    ['another command', { action: 'deleteMessage', messageId: 'x', clientMessageId: 'm1' }],
  ])('is refused as a conflict with %s, because one id is one message', async (_, frame) => {
    const { send, kept, roomId } = await senders();
    await send(MESSAGE);
    const other = 'messageId' in frame ? { ...frame, messageId: messageIdOf(roomId, 1) } : frame;
    expect((await send(other)).error).toMatchObject({ name: 'conflict', field: '/clientMessageId' });
    expect(kept()).toHaveLength(1);
  });

  it('may be used again at once after a refusal, because nothing came of it, and leaves no trace', async () => {
    const { send, kept, dedupe } = await senders();
    const elsewhere = { ...MESSAGE, room: 'canary room elsewhere' };
    for (const attempt of [1, 2]) {
      expect([attempt, (await send(elsewhere)).error]).toMatchObject([attempt, { name: 'unknown_room' }]);
      expect(dedupe.rows.size).toBe(0);
    }
    expect(await send(MESSAGE)).toMatchObject({ ok: true, seq: 1, duplicate: false });
    expect(kept()).toHaveLength(1);
  });

  it('may be used again in the end wherever the invocation ends that refused it', async () => {
    const crashes = await everyCrash(async () => {
      const { send, kept, clock, world, dedupe } = await senders();
      const refused = () => send({ ...MESSAGE, room: 'canary room elsewhere' });
      return {
        world,
        run: async () => {
          const { error } = await refused();
          if ((error as { temporary: boolean }).temporary) clock.advance(PATIENCE);
        },
        check: async () => {
          expect((await refused()).error).toMatchObject({ name: 'unknown_room' });
          expect(dedupe.rows.size).toBe(0);
          expect(await send(MESSAGE)).toMatchObject({ ok: true, seq: 1, duplicate: false });
          expect(kept()).toHaveLength(1);
        },
      };
    });
    expect(crashes).toBeGreaterThanOrEqual(8);
  });

  it('is its sender’s own: others may choose the same', async () => {
    const { send, people, kept } = await senders(2);
    for (const { connectionId } of people) {
      expect(await send(MESSAGE, connectionId)).toMatchObject({ ok: true, duplicate: false });
    }
    expect(kept()).toHaveLength(2);
  });

  it('may be used anew after a week, when nobody can be sending it any more', async () => {
    const { send, clock, connections, now, person } = await senders();
    await send(MESSAGE);
    clock.advance(7 * DAY + HOUR);
    const later = aConnection(now(), { userId: person.userId });
    await connections.add(later);
    expect(await send(MESSAGE, later.connectionId)).toMatchObject({ seq: 2, duplicate: false });
  });
});

describe('a message with a number that the room must be at', () => {
  const at = (ifSeq: number) => ({ action: 'sendMessage', message: SECRET_TEXT, ifSeq });

  it('is kept under the next number, or refused, and never steps on', async () => {
    const { send, kept } = await senders();
    expect(await send(at(0))).toMatchObject({ ok: true, seq: 1 });
    for (const ifSeq of [0, 2, 40]) {
      expect((await send(at(ifSeq))).error).toMatchObject({ name: 'conflict', field: '/ifSeq' });
    }
    expect(await send(at(1))).toMatchObject({ ok: true, seq: 2 });
    expect(kept()).toHaveLength(2);
  });

  it('goes to one of ten who want the same number', async () => {
    const { send, kept } = await senders();
    const replies = await Promise.all(Array.from({ length: 10 }, () => send(at(0))));
    expect(replies.filter(({ ok }) => ok === true)).toHaveLength(1);
    expect(kept()).toHaveLength(1);
  });

  it('believes no hint, because others may have gone on', async () => {
    const { send, outbox, kept } = await senders();
    await send(at(0));
    const [first] = kept();
    await outbox.append({ ...first!, seq: 2, appendId: 'another' }, 0);
    expect((await send(at(1))).error).toMatchObject({ name: 'conflict' });
    expect(await send(at(2))).toMatchObject({ ok: true, seq: 3 });
  });

  it('gives its reply again for the same id, although the room is further by then', async () => {
    const { send } = await senders();
    expect(await send({ ...at(0), clientMessageId: 'm1' })).toMatchObject({ seq: 1, duplicate: false });
    expect(await send({ ...at(0), clientMessageId: 'm1' })).toMatchObject({ seq: 1, duplicate: true });
    expect((await send({ ...at(0), clientMessageId: 'm2' })).error).toMatchObject({ name: 'conflict' });
    expect(await send({ ...at(1), clientMessageId: 'm2' })).toMatchObject({ seq: 2, duplicate: false });
  });
});

/** How many calls of a port precede this one when MESSAGE is sent. */
async function callsUntil(call: string): Promise<number> {
  const { send, calls } = await senders();
  await send({ action: 'sendMessage', message: 'before' });
  const before = calls.made.length;
  await send(MESSAGE);
  const index = calls.made.slice(before).indexOf(call);
  expect(index).toBeGreaterThan(0);
  return index;
}
