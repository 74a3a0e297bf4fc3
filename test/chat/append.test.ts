import { DUE_AFTER } from '../../handlers/chat/fan-out/leases';
import { append } from '../../handlers/chat/sending/append';
import { HeadHints } from '../../handlers/chat/sending/hints';
import { ClientError } from '../../handlers/chat/errors';
import type { Outbox } from '../../handlers/chat/storage/messages';
import { SECOND } from '../support/memory/clock';
import { seededRandom } from '../support/seeded-random';
import { aDraft, aRoomId } from '../support/memory/examples';
import { world } from '../support/memory/world';

/** The outbox as it is across a network: a write takes 5 to 15 ms, a read 1 to 3 ms, half of it on the way back. */
function faraway(outbox: Outbox, more = 0): Outbox {
  const later = async <T>(shortest: number, call: () => Promise<T>) => {
    const travel = () =>
      new Promise((resolve) => setTimeout(resolve, (shortest + Math.random() * 2 * shortest) / 2));
    await travel();
    const result = await call();
    await travel();
    return result;
  };
  return variant(outbox, {
    append: (...message) => later(5 + more, () => outbox.append(...message)),
    lastSeq: (roomId) => later(1 + more, () => outbox.lastSeq(roomId)),
  });
}

/** Runs on virtual time and seeded chance: how busy this machine is must not decide who waits. */
async function onVirtualTime<Result>(work: () => Promise<Result>): Promise<Result> {
  jest.useFakeTimers();
  const random = jest.spyOn(Math, 'random').mockImplementation(seededRandom(7));
  try {
    let done = false;
    const result = work().finally(() => (done = true));
    result.catch(() => {});
    while (!done) await jest.advanceTimersByTimeAsync(5);
    return await result;
  } finally {
    random.mockRestore();
    jest.useRealTimers();
  }
}

/** Callers, each a process of its own, that send one message after the other into one room. */
function contend(messages: number, more: number): Promise<{ numbers: number[]; busy: number }> {
  return onVirtualTime(async () => {
    const { outbox, now } = world();
    const roomId = aRoomId();
    const store = faraway(outbox, more);
    const numbers: number[] = [];
    let busy = 0;
    const caller = async () => {
      const ports = { outbox: store, hints: new HeadHints(), now: Date.now };
      for (let count = 0; count < messages; count += 1) {
        const head = ports.hints.get(roomId, Date.now()) ?? (await store.lastSeq(roomId));
        await append(aDraft(now(), { roomId }), head, ports).then(
          ({ seq }) => numbers.push(seq),
          () => (busy += 1),
        );
      }
    };
    await Promise.all(Array.from({ length: 20 }, caller));
    return { numbers, busy };
  });
}

describe('numbering', () => {
  it('serves 20 callers with 25 messages each, and tells at most one in a thousand that it is busy', async () => {
    const { numbers, busy } = await contend(25, 0);
    expect(busy / 500).toBeLessThanOrEqual(0.001);
    const inOrder = numbers.toSorted((a, b) => a - b);
    expect(inOrder).toEqual(Array.from({ length: 500 - busy }, (_, index) => index + 1));
  });

  it('lets who waits longest go first where numbers are slow, because chance would let some wait for ever', async () => {
    expect(await contend(40, 8)).toMatchObject({ busy: 0 });
  });

  it('catches up with a room that went on for thousands of messages, because a hint can be a minute old', async () => {
    const { outbox, now } = world();
    const roomId = aRoomId();
    const message = aDraft(now(), { roomId });
    await Promise.all(
      Array.from({ length: 3000 }, (_, index) => outbox.append({ ...message, seq: index + 1 }, now())),
    );
    const ports = { outbox: faraway(outbox), hints: new HeadHints(), now };
    expect(await append(message, 7, ports)).toMatchObject({ seq: 3001 });
  });

  it('goes on above a taken number whose row is gone meanwhile, because it was given all the same', async () => {
    const { outbox, now } = world();
    const roomId = aRoomId();
    const taking = variant(outbox, {
      append: (message, due) => (message.seq < 5 ? Promise.resolve('taken') : outbox.append(message, due)),
    });
    const ports = { outbox: taking, hints: new HeadHints(), now };
    expect(await append(aDraft(now(), { roomId }), 2, ports)).toMatchObject({ seq: 5 });
  });

  it('gives up as busy after 3 s, because the sender waits and may try again', async () => {
    const { outbox, now } = world();
    const taking = variant(outbox, { append: () => Promise.resolve('taken') });
    await onVirtualTime(async () => {
      const began = performance.now();
      const appending = append(aDraft(now()), 0, { outbox: taking, hints: new HeadHints(), now });
      await expect(appending).rejects.toThrow(ClientError);
      await expect(appending).rejects.toMatchObject({ error: 'busy' });
      expect(performance.now() - began).toBeGreaterThanOrEqual(3000);
      expect(performance.now() - began).toBeLessThan(3100);
    });
  });

  it('is due for the sweep two minutes after it was accepted, should its event get lost', async () => {
    const { outbox, now } = world();
    const draft = aDraft(now());
    await append(draft, 0, { outbox, hints: new HeadHints(), now });
    expect(DUE_AFTER).toBe(120 * SECOND);
    expect(await outbox.overdue(1, now() + 120 * SECOND)).toEqual([]);
    expect(await outbox.overdue(1, now() + 120 * SECOND + 1)).toHaveLength(1);
  });

  it('keeps hints of ten thousand rooms at most, because a process may live for long', () => {
    const hints = new HeadHints();
    for (let room = 0; room <= 10_000; room += 1) hints.set(`r${room}`, 1, 0);
    expect(hints.get('r10000', 0)).toBe(1);
    expect(hints.get('r0', 0)).toBeUndefined();
  });
});

/** The same outbox with some calls replaced. */
function variant(outbox: Outbox, changes: Partial<Outbox>): Outbox {
  return new Proxy(outbox, {
    get: (target, name: keyof Outbox) => changes[name] ?? target[name].bind(target),
  });
}
